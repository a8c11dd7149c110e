use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use sinew_node::declared::NodeParams;

/// Parameters of the node `camera`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CameraParams {
    /// Where images come from: a JPEG or PNG file, a folder of them, or a camera of Linux such as
    /// /dev/v4l/by-id/usb-…-index0, which stays the same, or /dev/video0, which may change.
    #[schemars(extend("x-path" = true))]
    pub source: PathBuf,
    /// Images per second. A camera is asked for it, and has its own mind.
    #[schemars(range(min = 0.01, max = 1000.0))]
    pub rate_hz: f64,
    /// Whether a file, or a folder after its last one, is shown again; else the node deactivates itself.
    pub repeat: bool,
    /// Pixels in a row that a camera is asked for; as it is set up when left out. Together with `height`.
    #[schemars(range(min = 1, max = 16_384))]
    pub width: Option<u32>,
    /// Rows that a camera is asked for.
    #[schemars(range(min = 1, max = 16_384))]
    pub height: Option<u32>,
    /// How a camera is asked to send its pixels; as it is set up when left out.
    pub pixel_format: Option<PixelFormat>,
    /// Begins the names of the topics: `<camera_name>/image_raw`.
    pub camera_name: String,
    /// Frame of the images: x to the right, y downwards, z forwards.
    pub frame_id: String,
    /// Calibration in the YAML form of ROS's camera_calibration. It must be for images of this size.
    #[schemars(extend("x-path" = true))]
    pub camera_info: Option<PathBuf>,
    /// Field of view from the upper edge to the lower of a camera without distortion, in place of a
    /// calibration, rad.
    #[schemars(range(min = 0.01, max = 3.0))]
    pub fovy_rad: Option<f64>,
}

impl Default for CameraParams {
    fn default() -> Self {
        Self {
            source: PathBuf::new(),
            rate_hz: 30.0,
            repeat: true,
            width: None,
            height: None,
            pixel_format: None,
            camera_name: "camera".to_owned(),
            frame_id: "camera_optical_frame".to_owned(),
            camera_info: None,
            fovy_rad: None,
        }
    }
}

impl NodeParams for CameraParams {
    fn validate(&self) -> Result<(), String> {
        let alone = |given: &str, missing: &str| Err(format!("`{given}`: expected `{missing}` with it, found none"));
        match (self.width, self.height) {
            (Some(_), None) => return alone("width", "height"),
            (None, Some(_)) => return alone("height", "width"),
            _ => {}
        }
        if self.camera_name.is_empty() {
            return Err("`camera_name`: expected a name, found nothing".to_owned());
        }
        if let (Some(file), Some(fovy)) = (&self.camera_info, self.fovy_rad) {
            return Err(format!(
                "`fovy_rad`: expected none beside `camera_info`, {}, found {fovy}",
                file.display()
            ));
        }
        Ok(())
    }
}

impl CameraParams {
    /// The first parameter that only means something to a camera, where one is given.
    pub(super) fn of_cameras_only(&self) -> Option<&'static str> {
        let given = [
            ("width", self.width.is_some()),
            ("height", self.height.is_some()),
            ("pixel_format", self.pixel_format.is_some()),
        ];
        given.iter().find(|(_, is_given)| *is_given).map(|(name, _)| *name)
    }
}

/// How a camera sends its pixels, by the names that Linux has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum PixelFormat {
    /// Y, U, Y, V for two pixels: `yuv422_yuy2`.
    Yuyv,
    /// U, Y, V, Y for two pixels: `yuv422`.
    Uyvy,
    /// A plane of Y, one of U, V pairs: `nv12`.
    Nv12,
    /// A plane of Y, one of V, U pairs: `nv21`.
    Nv21,
    /// Red, green, blue: `rgb8`.
    Rgb3,
    /// Blue, green, red: `bgr8`.
    Bgr3,
    /// Grey: `mono8`.
    Grey,
    /// Grey of 16 bits: `mono16`.
    Y16,
    /// A mosaic: `bayer_rggb8`.
    Rggb,
    /// A mosaic: `bayer_bggr8`.
    Ba81,
    /// A mosaic: `bayer_gbrg8`.
    Gbrg,
    /// A mosaic: `bayer_grbg8`.
    Grbg,
    /// A JPEG for each image, decoded to `rgb8`.
    Mjpg,
    /// The same by another name.
    Jpeg,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<CameraParams, String> {
        let params: CameraParams = serde_yaml_ng::from_str(yaml).map_err(|error| error.to_string())?;
        params.validate().map(|()| params)
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_name() {
        for (yaml, named) in [
            ("{width: 640}", "`width`: expected `height`"),
            ("{height: 480}", "`height`: expected `width`"),
            ("{camera_name: ''}", "`camera_name`"),
            ("{camera_info: left.yaml, fovy_rad: 1.0}", "left.yaml"),
            ("{pixel_format: yuyv}", "YUYV"),
            ("{fps: 30}", "fps"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(named), "{yaml}: {error}");
        }
        let params = read("{width: 640, height: 480, pixel_format: Y16}").unwrap();
        assert_eq!(params.pixel_format, Some(PixelFormat::Y16));
        assert_eq!(params.of_cameras_only(), Some("width"));
    }
}
