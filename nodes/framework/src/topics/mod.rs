//! The form of messages that several nodes share.

mod camera_info;
mod command_form;
mod impedance;

pub use camera_info::pinhole_camera_info;
pub use command_form::{
    CommandForm, EFFORT_TOPIC, IMPEDANCE_TOPIC, JOINT_STATE_TOPIC, POSITION_TOPIC, TRAJECTORY_TOPIC,
};
pub use impedance::{empty_impedance, read_impedance};
