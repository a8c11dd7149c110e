//! Nodes around a real-time control loop: a robot, a policy, a course, and what came of it.
//!
//! The binary `sinew` is this library with a command line.

pub mod course;
pub mod eval;
pub mod params;
pub mod picture;
pub mod run;
