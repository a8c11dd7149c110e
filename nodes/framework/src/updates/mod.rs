//! What is alike in nodes whose model another release of it may replace while they run: what an operator asks for, and what
//! is told and reported of it.

mod report;
mod requests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use report::UpdateReport;
pub use requests::{UpdateRequest, UpdateRequests};

/// Who says that a candidate which may take charge does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Promote {
    /// An operator: `~/promote`, or `sinew release promote`.
    #[default]
    Operator,
    /// Nobody has to: one that has passed its time in shadow does.
    Rule,
}
