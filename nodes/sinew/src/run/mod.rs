//! One run of a robot: put together, driven, measured.

mod assemble;
mod camera_follower;
mod command_source;
mod delayed;
mod drive;
mod inference_latency;
mod metrics;
mod record;
mod summary;

pub use assemble::{RunError, commanded_loop, simulated_loop, simulator};
pub use camera_follower::{AnnotatedImage, CameraFollower, CameraFollowerError, FollowLog};
pub use command_source::CommandSource;
pub use drive::{Limits, drive, expected_ticks};
pub use inference_latency::InferenceLatency;
pub use metrics::{Metrics, VELOCITY_WINDOW_SECS, heading_velocity};
pub use record::{RecordedRun, RunRecorder};
pub use sinew_node_control::{LoopSource, PolicyOnRobot, PolicySummary, records_kept};
pub use summary::{DurationSummary, FollowSummary, SafetySummary, StopSummary, Summary};
