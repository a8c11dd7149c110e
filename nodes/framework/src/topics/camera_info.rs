//! A lens without distortion, as messages say it.

use sinew_messages::sensor_msgs::msg::CameraInfo;
use sinew_messages::std_msgs::msg::Header;

/// An ideal pinhole as `sensor_msgs/CameraInfo` says it: `size` is width and height, `focal` is fx and fy, `centre`
/// is cx and cy, all in pixels.
pub fn pinhole_camera_info(header: &Header, size: [u32; 2], focal: [f64; 2], centre: [f64; 2]) -> CameraInfo {
    let ([width, height], [fx, fy], [cx, cy]) = (size, focal, centre);
    CameraInfo {
        header: header.clone(),
        height,
        width,
        distortion_model: "plumb_bob".to_owned(),
        d: vec![0.0; 5],
        k: [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        r: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p: [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        ..CameraInfo::default()
    }
}
