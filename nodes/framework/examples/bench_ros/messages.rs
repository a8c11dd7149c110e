//! What is sent.

use std::time::{SystemTime, UNIX_EPOCH};

use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::sensor_msgs::msg::{Image, JointState};

/// What Strider's drives say.
pub(crate) fn joint_state() -> JointState {
    let mut message = JointState::default();
    message.header.frame_id = "base".to_owned();
    message.name = (0..12).map(|joint| format!("left_leg_joint_{joint}")).collect();
    message.position = (0..12).map(f64::from).collect();
    message.velocity = message.position.clone();
    message.effort = message.position.clone();
    message
}

/// What a camera sees, 0.92 MB.
pub(crate) fn image() -> Image {
    let (width, height) = (640, 480);
    Image {
        width,
        height,
        encoding: "rgb8".to_owned(),
        step: 3 * width,
        data: vec![127; (3 * width * height) as usize],
        ..Image::default()
    }
}

/// The same clock in all processes.
fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_nanos() as u64
}

pub(crate) fn stamp() -> Time {
    let now = now_ns();
    Time {
        sec: (now / 1_000_000_000) as i32,
        nanosec: (now % 1_000_000_000) as u32,
    }
}

/// Time since `stamp`, ns.
pub(crate) fn age_ns(stamp: &Time) -> u64 {
    let stamped = stamp.sec as u64 * 1_000_000_000 + u64::from(stamp.nanosec);
    now_ns().saturating_sub(stamped)
}
