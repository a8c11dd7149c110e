//! The node `recorder`: what a robot did, in MCAP files.

mod loop_recording;
mod own_identity;
mod recorded_loop;
pub mod tick_message;

pub use loop_recording::{LoopRecording, LoopRecordingError, LoopTime, TickBytes, TickSource, write_loop};
pub use own_identity::own_identity;
pub use recorded_loop::{BadTickMessage, RecordedLoop, RecordedLoopError};
