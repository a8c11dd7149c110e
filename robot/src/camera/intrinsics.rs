//! The pinhole: from points in front of the camera to pixels and back.

use nalgebra::{Point3, Vector3};

/// A camera without distortion, as `sensor_msgs/CameraInfo` describes one: the centre of the first
/// pixel is at (0, 0), and the matrix is `[fx 0 cx; 0 fy cy; 0 0 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intrinsics {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Focal length along a row, in pixels.
    pub fx: f64,
    /// Focal length along a column, in pixels.
    pub fy: f64,
    /// Where the optical axis meets a row, in pixels.
    pub cx: f64,
    /// Where the optical axis meets a column, in pixels.
    pub cy: f64,
}

impl Intrinsics {
    /// A camera with square pixels and the axis in the middle, for a field of view from the upper edge
    /// of the image to the lower.
    pub fn from_fovy(width: u32, height: u32, fovy_rad: f64) -> Self {
        let focal = f64::from(height) / 2.0 / (fovy_rad / 2.0).tan();
        Self {
            width,
            height,
            fx: focal,
            fy: focal,
            cx: (f64::from(width) - 1.0) / 2.0,
            cy: (f64::from(height) - 1.0) / 2.0,
        }
    }

    /// The pixel (column, row) that a point in the optical frame is seen at; `None` behind the camera.
    pub fn project(&self, point: &Point3<f64>) -> Option<[f64; 2]> {
        let seen = point.z > 0.0;
        seen.then(|| {
            [
                self.fx * point.x / point.z + self.cx,
                self.fy * point.y / point.z + self.cy,
            ]
        })
    }

    /// The point with depth 1 m that is seen at a pixel, in the optical frame.
    pub fn ray(&self, column: f64, row: f64) -> Vector3<f64> {
        Vector3::new((column - self.cx) / self.fx, (row - self.cy) / self.fy, 1.0)
    }
}
