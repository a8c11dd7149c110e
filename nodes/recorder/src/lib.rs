//! The node `recorder`: what a robot did, in MCAP files.
//!
//! | service | type | |
//! |---|---|---|
//! | `~/mark` | `std_srvs/Trigger` | writes what the black box has, and what comes after, into a file of its own |
//!
//! Every tick of the control loop in the same process goes into the recording: what was read, what the policy was shown
//! and gave, what the gate made of it, how long it took. Beside it are what the loop is made of, the policy and the
//! robot's description, so that `sinew replay` can run it again, and the topics of `topics`. Neither the loop nor the bus
//! waits: ticks are taken from the loop's tap, and what the disk is too slow for is counted as lost, in the file, too.

mod black_box;
mod disk;
mod loop_recording;
mod monitor;
mod node;
mod own_identity;
mod params;
mod queue;
mod recorded_loop;
mod session;
pub mod tick_message;
mod topics;
mod watched_events;

pub use loop_recording::{
    InstalledWriter, LoopRecording, LoopRecordingError, LoopTime, TickBytes, TickSource, write_loop,
};
pub use node::Recorder;
pub use own_identity::own_identity;
pub use params::RecorderParams;
pub use recorded_loop::{
    BadTickMessage, FileOfRecording, InstalledPolicy, RecordedLoop, RecordedLoopError, files_in_order, recordings,
};
