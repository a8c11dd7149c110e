//! Nodes around a real-time control loop: a robot, a policy, a course, and what came of it.
//!
//! The binary `sinew` is this library with a command line. A program of your own uses the library to
//! add what Sinew does not have, such as an observation term (`nodes/examples/own_term.rs`):
//!
//! ```no_run
//! use sinew::params::Params;
//! use sinew::run::{Loaded, simulated_loop};
//! use sinew_control::observation::TermRegistry;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let params = Params::load("launch/robots/strider.yaml".as_ref())?;
//! let loaded = Loaded::with_terms(&params.loop_source(), TermRegistry::builtin())?;
//! let (mut control, operator) = simulated_loop(&loaded, &params, false, 1)?;
//! operator.command(params.course.at(0.0));
//! let record = control.tick();
//! println!("{} after {} s", record.mode.name(), record.time_secs);
//! # Ok(())
//! # }
//! ```

pub mod eval;
pub mod params;
pub mod picture;
pub mod plan;
pub mod run;
pub mod security;

pub use sinew_node::{bus, declared, lifecycle, log, node, signals, stamps, topics};
pub use sinew_node_camera as camera;
pub use sinew_node_control as control;
pub use sinew_node_course as course;
pub use sinew_node_follow as follow;
pub use sinew_node_perception as perception;
pub use sinew_node_sim as sim;

/// The program with Sinew's own nodes, to which yours can be added.
pub fn app() -> node::App {
    node::App::new()
        .node::<control::Control>()
        .node::<sim::Sim>()
        .node::<course::CourseNode>()
        .node::<perception::Perception>()
        .node::<follow::Follow>()
        .node::<camera::Camera>()
}
