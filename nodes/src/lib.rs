//! Nodes around a real-time control loop: a robot, a policy, a course, and what came of it.
//!
//! The binary `sinew` is this library with a command line. A program of your own uses the library to
//! add what Sinew does not have, such as an observation term (`nodes/examples/own_term.rs`):
//!
//! ```no_run
//! use sinew::params::Params;
//! use sinew::run::Loaded;
//! use sinew_control::observation::TermRegistry;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let params = Params::load("launch/robots/strider.yaml".as_ref())?;
//! let loaded = Loaded::with_terms(&params, TermRegistry::builtin())?;
//! let (mut control, operator) = loaded.simulated_loop(&params, false, 1)?;
//! operator.command(params.course.at(0.0));
//! let record = control.tick();
//! println!("{} after {} s", record.mode.name(), record.time_secs);
//! # Ok(())
//! # }
//! ```

pub mod bus;
pub mod camera;
pub mod control;
pub mod course;
pub mod declared;
mod diagnostics;
pub mod eval;
pub mod follow;
mod lens;
pub mod lifecycle;
pub mod log;
pub mod node;
mod pace;
pub mod params;
pub mod perception;
pub mod picture;
pub mod run;
pub mod security;
pub mod signals;
pub mod sim;
mod stamps;

pub use stamps::StampBy;

/// The guide, whose examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Guide;
