//! Many robots: what each says of its releases, and what follows from that for a rollout.

mod collection;
mod decision;
mod folder;
mod report;

pub use collection::{Collection, NotKept};
pub use decision::{Count, Decision, Moment, WideningRules, decide};
pub use folder::read_reports;
pub use report::{MessageNumber, ReportError, RobotReport};
