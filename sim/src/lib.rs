//! sim
pub mod description;
pub mod robot;
pub mod world;

pub use description::{RobotModel, load};
pub use robot::{SimParams, SimRobot};
