//! Simulated robots, which stand behind [`RobotIo`](sinew_control::io::RobotIo) as real ones do.
//!
//! - [`Physics`] is what moves one robot on its ground, stepped with drive commands: [`world`] is the engine that is
//!   always there, `mujoco` the other, in builds with the feature `mujoco`.
//! - [`camera`] sees the robot and its world: colour, depth, and where things are in the picture.
//! - [`robot`] puts sensors, delays, pushes and a clock around it: [`SimRobot`].
//!
//! All of it is a function of its inputs and of [`SimParams::seed`].
//!
//! Strider stands for a second:
//!
//! ```
//! use sinew_control::io::RobotIo;
//! use sinew_control::state::{JointCommand, RobotState};
//! use sinew_robot::load;
//! use sinew_sim::{SimParams, SimRobot};
//!
//! let model = load("robots/strider/scene.xml".as_ref())?;
//! let mut robot = SimRobot::new(&model, &SimParams::default())?;
//!
//! let description = robot.description();
//! let mut command = JointCommand::zeros(description.dof());
//! for (j, joint) in description.joints.iter().enumerate() {
//!     command.position[j] = joint.default_rad;
//!     command.kp[j] = joint.stiffness.unwrap_or(0.0);
//!     command.kd[j] = joint.damping.unwrap_or(0.0);
//! }
//!
//! let mut state = RobotState::new(command.dof(), robot.capabilities().feet.len());
//! for tick in 0..200 {
//!     robot.read(tick * 5_000_000, &mut state)?;
//!     robot.write(&command, &state)?;
//! }
//! assert!(state.imu.tilt_rad() < 0.05);
//! assert!(state.foot_contact.iter().all(|&contact| contact));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod camera;
mod carriers;
mod feet;
#[cfg(feature = "mujoco")]
pub mod mujoco;
mod params;
mod physics;
pub mod robot;
pub mod world;

pub use params::{Engine, SimParams};
pub use physics::{BodyMotion, Divergence, DriveCommand, Failure, JointMotion, Physics};
pub use robot::{PoseSnapshot, SimRobot};
