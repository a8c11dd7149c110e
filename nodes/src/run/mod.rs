//! One run of a robot: put together, driven, measured.

mod assemble;
mod drive;
mod metrics;
mod summary;

pub use assemble::{Loaded, RunError, simulated_loop};
pub use drive::{Limits, drive};
pub use metrics::{Metrics, VELOCITY_WINDOW_SECS};
pub use summary::{DurationSummary, PolicySummary, SafetySummary, StopSummary, Summary};
