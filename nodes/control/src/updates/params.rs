//! Parameters of updates.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::policies::SwitchWhen;
use sinew_control::probation::ProbationRules;
use sinew_node::updates::Promote;

/// How another policy gets into charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateParams {
    /// Folder of the robot's releases: the policy in charge comes from there, and new ones do. Where it holds none yet,
    /// the policy of `path` becomes its factory release. None when absent: only `path` runs.
    #[schemars(extend("x-path" = true))]
    pub store: Option<PathBuf>,
    /// The longest inference that is admitted, µs: 99 of 100 have to be shorter, on this machine, beside the loop. 0 for
    /// `safety.inference_budget_secs`.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub max_inference_us: f64,
    /// How long a candidate runs beside the one in charge while the robot runs, s; 0 for not at all.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub shadow_secs: f64,
    /// How far the targets of a candidate in shadow may be from those of the policy in charge, rad, in 99 of 100 steps.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_divergence_rad: f64,
    /// How many verdicts of the gate a candidate in shadow may cause, 1/s.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub max_verdicts_per_sec: f64,
    /// Who says that a candidate takes charge.
    pub promote: Promote,
    /// When it may: while the robot stands, or while it runs, too.
    pub when: SwitchWhen,
    /// How long the offset between the targets of the two takes to decay, s.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub blend_secs: f64,
    /// The same where it is taken back.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub rollback_blend_secs: f64,
    /// How long it is watched while the robot runs, s.
    #[schemars(range(min = 0.0, max = 1e7))]
    pub probation_secs: f64,
    /// What it may do meanwhile.
    pub probation: ProbationRules,
    /// After how many ends in a row, each before the process was well, a release is taken back.
    #[schemars(range(min = 1, max = 100))]
    pub crash_limit: u32,
}

impl Default for UpdateParams {
    fn default() -> Self {
        Self {
            store: None,
            max_inference_us: 0.0,
            shadow_secs: 60.0,
            max_divergence_rad: 0.3,
            max_verdicts_per_sec: 5.0,
            promote: Promote::default(),
            when: SwitchWhen::default(),
            blend_secs: 0.5,
            rollback_blend_secs: 0.2,
            probation_secs: 300.0,
            probation: ProbationRules::default(),
            crash_limit: 3,
        }
    }
}
