//! What reaches a robot behind topics, in every form of the joint command: heard by somebody who plays the
//! robot on the local bus, in virtual time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod bad_readings;
mod hanging;
mod heard;
mod node;
mod own_stop;
mod properties;
mod rig;
mod safe_actions;
