//! Parameters of updates.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::policies::SwitchWhen;
use sinew_control::probation::ProbationRules;
use sinew_node::updates::Promote;

/// Simulated walks of a candidate, before it runs beside the one in charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationParams {
    /// The robot files that `sinew eval` is given: those of this robot with `sim`, which may say what the simulated one
    /// meets. No evaluation where there are none.
    #[schemars(extend("x-path" = true))]
    pub files: Vec<PathBuf>,
    /// Number of episodes, each with another mass, friction, motor strength, delay, pushes and commands.
    #[schemars(range(min = 1, max = 1000))]
    pub episodes: u32,
    /// Length of an episode, s.
    #[schemars(range(min = 0.1, max = 3600.0))]
    pub episode_secs: f64,
    /// Seed of everything that is drawn.
    pub seed: u32,
    /// The least share of the episodes that has to be survived.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_survival: f64,
    /// The largest mean error of the velocity, m/s.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_velocity_error_m_s: f64,
    /// How long all of it may take on this machine, s. A candidate whose episodes are not over by then is refused.
    #[schemars(range(min = 1.0, max = 1e6))]
    pub budget_secs: f64,
}

impl Default for EvaluationParams {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            episodes: 20,
            episode_secs: 10.0,
            seed: 1,
            min_survival: 0.95,
            max_velocity_error_m_s: 0.3,
            budget_secs: 600.0,
        }
    }
}

impl EvaluationParams {
    /// The same with the files that it names where `path` says.
    pub(crate) fn with_files(&self, path: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            files: self.files.iter().map(|file| path(file)).collect(),
            ..self.clone()
        }
    }
}

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
    /// By which factor stiffness and damping of a joint may be more, or less, than those of the policy in charge. None where
    /// that one has some is never admitted, and neither is some where it has none.
    #[schemars(range(min = 1.0, max = 1e6))]
    pub max_gain_factor: f64,
    /// What it has to do in simulation before that.
    pub eval: EvaluationParams,
    /// How long a candidate runs beside the one in charge while the robot runs, s; 0 for not at all.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub shadow_secs: f64,
    /// How far the targets of a candidate in shadow may be from those of the policy in charge, rad, in 99 of 100 steps.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_divergence_rad: f64,
    /// How far they may be in a single step before that is the event `disagreement`, rad, for which a recorder writes its
    /// black box; 0 for `max_divergence_rad`.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub disagreement_rad: f64,
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
    /// After how many ends of the process in a row that were not in good order a candidate in it is refused, and a release on
    /// probation is taken back.
    #[schemars(range(min = 1, max = 100))]
    pub crash_limit: u32,
}

impl Default for UpdateParams {
    fn default() -> Self {
        Self {
            store: None,
            max_inference_us: 0.0,
            max_gain_factor: 2.0,
            eval: EvaluationParams::default(),
            shadow_secs: 60.0,
            max_divergence_rad: 0.3,
            disagreement_rad: 0.0,
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
