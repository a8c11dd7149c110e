//! A robot for this module's tests.

use sinew_control::robot::{JointDescription, RobotDescription};

/// A robot of the joints `left` and `right`.
pub(super) fn two_joints() -> RobotDescription {
    let joint = |name: &str| JointDescription {
        name: name.to_owned(),
        lower_rad: -1.0,
        upper_rad: 1.0,
        velocity_rad_s: 10.0,
        effort_nm: 10.0,
        default_rad: 0.0,
        stiffness: None,
        damping: None,
    };
    RobotDescription {
        name: "two".to_owned(),
        joints: vec![joint("left"), joint("right")],
    }
}
