//! The control tick of Sinew: `RobotIo::read → RobotState → Observation → Policy → Action →
//! SafetyGate → RobotIo::write`, in one thread, at a fixed rate.
//!
//! Plain data and traits only: no tokio, no socket, no file, no ONNX Runtime. Nothing in a tick
//! allocates, locks, logs or blocks.

mod action;
pub mod alloc;
pub mod clock;
pub mod command;
pub mod contract;
pub mod exchange;
mod finite;
pub mod gate;
pub mod io;
pub mod mailbox;
pub mod observation;
pub mod policies;
pub mod probation;
pub mod ranges;
pub mod realtime;
pub mod record;
pub mod replay;
pub mod robot;
pub mod shadow;
mod start;
pub mod state;
pub mod sync;
pub mod tap;
pub mod tick;
pub mod timing;

pub use start::{Mode, StartParams};
