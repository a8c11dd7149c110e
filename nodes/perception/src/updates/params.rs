//! Parameters of updates.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::updates::Promote;

use super::ProbationRules;

/// How another model gets into charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateParams {
    /// Folder of the robot's releases of this model: the model in charge comes from there, and new ones do. Where it holds
    /// none yet, the model of `model` becomes its factory release. None when absent: only `model` runs.
    #[schemars(extend("x-path" = true))]
    pub store: Option<PathBuf>,
    /// The longest run that is admitted, µs, from pixels to the result: 99 of 100 have to be shorter, on this machine,
    /// beside the model in charge. 0 for the time from one run of that to the next.
    #[schemars(range(min = 0.0, max = 1e7))]
    pub max_inference_us: f64,
    /// How long a candidate runs beside the one in charge while images come, s; 0 for not at all.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub shadow_secs: f64,
    /// How far a candidate in shadow has to agree with the model in charge, as F1 by class and place, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_agreement: f64,
    /// How far they have to agree about one image, likewise: less is the event `disagreement`, for which a recorder writes its
    /// black box; 0 for `min_agreement`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub disagreement: f64,
    /// How much their boxes of the same things have to overlap on the mean, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_overlap: f64,
    /// Who says that a candidate takes charge.
    pub promote: Promote,
    /// How long it is watched while images come, s.
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
            shadow_secs: 60.0,
            min_agreement: 0.7,
            disagreement: 0.0,
            min_overlap: 0.7,
            promote: Promote::default(),
            probation_secs: 300.0,
            probation: ProbationRules::default(),
            crash_limit: 3,
        }
    }
}
