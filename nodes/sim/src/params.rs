//! Parameters of the node `sim`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::declared::NodeParams;
use sinew_sim::SimParams;

/// Parameters of the node `sim`: those of the simulator.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SimNodeParams(pub SimParams);

impl NodeParams for SimNodeParams {
    fn validate(&self) -> Result<(), String> {
        self.0.check().map_err(|outside| outside.to_string())
    }
}
