//! Nodes around a real-time control loop: a robot, a policy, a course, and what came of it.
//!
//! The binary `sinew` is this library with a command line. A program of your own uses the library to
//! add what Sinew does not have, such as an observation term (`examples/own_term.rs`):
//!
//! ```no_run
//! # #[cfg(feature = "run")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use sinew::params::Params;
//! use sinew::run::{PolicyOnRobot, simulated_loop};
//! use sinew_control::observation::TermRegistry;
//!
//! let params = Params::load("launch/robots/strider.yaml".as_ref())?;
//! let loaded = PolicyOnRobot::with_terms(&params.loop_source(), TermRegistry::builtin())?;
//! let (mut control, operator) = simulated_loop(&loaded, &params, false, 1)?;
//! operator.command(params.course.at(0.0));
//! let record = control.tick();
//! println!("{} after {} s", record.mode.name(), record.time_secs);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "run"))]
//! # fn main() {}
//! ```
//!
//! Each node is a feature with its name, and all are there by default. The feature `run` brings `sinew run`, `eval` and
//! `policy`, which have all nodes, and the simulated robot; `sinew plan` and `up` without it mean a real one. So a robot's
//! computer may take what it runs: `--no-default-features --features control,camera,perception,ros2`.

#[cfg(feature = "run")]
pub mod eval;
#[cfg(feature = "run")]
pub mod inspect;
#[cfg(feature = "run")]
pub mod params;
#[cfg(feature = "run")]
pub mod picture;
#[cfg(feature = "control")]
pub mod plan;
#[cfg(feature = "run")]
pub mod replay;
#[cfg(feature = "run")]
pub mod run;
pub mod security;

pub use sinew_node::{bus, date, declared, lifecycle, log, node, signals, stamps, topics};
#[cfg(feature = "camera")]
pub use sinew_node_camera as camera;
#[cfg(feature = "control")]
pub use sinew_node_control as control;
#[cfg(feature = "course")]
pub use sinew_node_course as course;
#[cfg(feature = "follow")]
pub use sinew_node_follow as follow;
#[cfg(feature = "health")]
pub use sinew_node_health as health;
#[cfg(feature = "metrics")]
pub use sinew_node_metrics as metrics;
#[cfg(feature = "perception")]
pub use sinew_node_perception as perception;
#[cfg(feature = "recorder")]
pub use sinew_node_recorder as recorder;
#[cfg(feature = "sim")]
pub use sinew_node_sim as sim;
#[cfg(feature = "telemetry")]
pub use sinew_node_telemetry as telemetry;
#[cfg(feature = "updater")]
pub use sinew_node_updater as updater;
#[cfg(feature = "uploader")]
pub use sinew_node_uploader as uploader;

/// Registers Sinew's own nodes: the name of each, which is also that of the feature that brings it, and its type.
macro_rules! own_nodes {
    ($($name:literal => $node:ty),* $(,)?) => {
        /// The names of Sinew's own nodes, of those as well that this build leaves out.
        pub const NODES: &[&str] = &[$($name),*];

        /// The program with Sinew's own nodes, to which yours can be added.
        pub fn app() -> node::App {
            let app = node::App::new();
            $(
                #[cfg(feature = $name)]
                let app = app.node::<$node>();
                #[cfg(not(feature = $name))]
                let app = app.left_out($name);
            )*
            app
        }
    };
}

// The one place where a node is registered. The command line, the links of an installation and the names that
// `sinew new node` refuses follow from it, and a test holds features and documents to it.
own_nodes! {
    "control" => control::Control,
    "sim" => sim::Sim,
    "course" => course::CourseNode,
    "perception" => perception::Perception,
    "follow" => follow::Follow,
    "camera" => camera::Camera,
    "recorder" => recorder::Recorder,
    "telemetry" => telemetry::Telemetry,
    "uploader" => uploader::UploaderNode,
    "updater" => updater::UpdaterNode,
    "metrics" => metrics::Metrics,
    "health" => health::Health,
}
