//! Many robots: what each says of its releases, and what follows from that for a rollout.

mod decision;
mod report;

pub use decision::{Count, Decision, WideningRules, decide};
pub use report::{RobotReport, read_reports};
