//! The shipped packages. Their files are made by `examples/regenerate.rs`, not by hand.

pub mod builtin_interfaces;
pub mod controller_manager_msgs;
pub mod diagnostic_msgs;
pub mod geometry_msgs;
pub mod lifecycle_msgs;
mod list;
pub mod nav_msgs;
pub mod rcl_interfaces;
pub mod rosgraph_msgs;
pub mod sensor_msgs;
pub mod sinew_msgs;
pub mod std_msgs;
pub mod std_srvs;
pub mod tf2_msgs;
pub mod trajectory_msgs;
pub mod unique_identifier_msgs;
pub mod vision_msgs;
