//! One run of a robot: put together, driven, measured.

mod assemble;
mod drive;
mod lookout;
mod metrics;
mod pilot;
mod summary;

pub use assemble::{RunError, piloted_loop, simulated_loop, simulator};
pub use drive::{Limits, drive, expected_ticks};
pub use lookout::{Log, Lookout, LookoutError, Snapshot};
pub use metrics::{Metrics, VELOCITY_WINDOW_SECS, heading_velocity};
pub use pilot::Pilot;
pub use sinew_node_control::{Loaded, LoopSource, PolicySummary, records_kept};
pub use summary::{DurationSummary, FollowSummary, SafetySummary, StopSummary, Summary};
