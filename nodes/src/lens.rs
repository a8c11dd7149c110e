//! A lens without distortion, as messages say it.

use sinew_messages::sensor_msgs::msg::CameraInfo;
use sinew_messages::std_msgs::msg::Header;
use sinew_robot::camera::Intrinsics;

/// An ideal pinhole, as `sensor_msgs/CameraInfo` says it.
pub(crate) fn camera_info(header: &Header, lens: &Intrinsics) -> CameraInfo {
    let Intrinsics { fx, fy, cx, cy, .. } = *lens;
    CameraInfo {
        header: header.clone(),
        height: lens.height,
        width: lens.width,
        distortion_model: "plumb_bob".to_owned(),
        d: vec![0.0; 5],
        k: [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        r: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p: [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        ..CameraInfo::default()
    }
}
