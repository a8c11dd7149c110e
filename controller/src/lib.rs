//! The control loop behind a C interface, for a host with a thread of its own: `include/sinew_controller.h`, which is
//! made from this crate's types and functions.
//!
//! A robot's file means the same here as in `sinew run` and `sinew up`, and the same safety gate is between the policy and
//! the drives: a host hands in what it has measured and gets what its drives are to do, and no call gives a command that
//! the gate has not made or bounded.

#![allow(
    clippy::missing_safety_doc,
    reason = "each function says what its pointers have to be"
)]

mod abi;
mod log;
mod pointers;
mod types;

pub use abi::*;
pub use types::*;
