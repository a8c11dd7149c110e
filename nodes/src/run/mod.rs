//! One run of a robot: put together, driven, measured.

mod assemble;
mod drive;
mod metrics;
mod summary;

pub use assemble::{Loaded, RunError};
pub use drive::{Limits, drive, expected_ticks};
pub use metrics::{Metrics, VELOCITY_WINDOW_SECS, heading_velocity};
pub use summary::{DurationSummary, PolicySummary, SafetySummary, StopSummary, Summary};
