//! Where a thing is in space: from its box, the camera's calibration, and one thing more that is known.
//!
//! Positions are in the camera's optical frame (REP-103: x to the right, y downwards, z forwards), m. Images are
//! taken as rectified: distortion is not looked at.

use sinew_messages::geometry_msgs::msg::PoseStamped;
use sinew_messages::sensor_msgs::msg::CameraInfo;
use sinew_messages::std_msgs::msg::Header;
use thiserror::Error;

use crate::heads::BoundingBox;
use crate::image::ImageView;

/// The camera's calibration cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("CameraInfo: expected focal lengths above 0 in `k` (or `p`), found {found:?}")]
pub struct NotCalibrated {
    /// Focal lengths in x and y, pixels.
    pub found: [f64; 2],
}

/// A camera without distortion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PinholeCamera {
    /// Focal lengths in x and y, pixels.
    focal: [f64; 2],
    /// Where the optical axis meets the image, pixels.
    centre: [f64; 2],
}

impl PinholeCamera {
    /// Takes the projection matrix `p` of rectified images, or `k` where there is none.
    ///
    /// # Errors
    /// Where the camera is not calibrated.
    pub fn of(info: &CameraInfo) -> Result<Self, NotCalibrated> {
        let (focal, centre) = match info.p[0] > 0.0 {
            true => ([info.p[0], info.p[5]], [info.p[2], info.p[6]]),
            false => ([info.k[0], info.k[4]], [info.k[2], info.k[5]]),
        };
        let usable = focal.iter().all(|f| f.is_finite() && *f > 0.0) && centre.iter().all(|c| c.is_finite());
        match usable {
            true => Ok(Self { focal, centre }),
            false => Err(NotCalibrated { found: focal }),
        }
    }

    /// The direction of a point of the image, 1 m forwards.
    pub fn ray(&self, [x, y]: [f32; 2]) -> [f64; 3] {
        // Calibration counts from the middle of the first pixel, boxes from its corner.
        let axis = |at: f32, i: usize| (f64::from(at) - 0.5 - self.centre[i]) / self.focal[i];
        [axis(x, 0), axis(y, 1), 1.0]
    }

    /// The angle to a point of the image: to the left and upwards, rad.
    pub fn bearing_rad(&self, point: [f32; 2]) -> [f64; 2] {
        let [x, y, _] = self.ray(point);
        [-x.atan(), -y.atan2(x.hypot(1.0))]
    }

    /// The centre of a thing that is `height_m` high. `None` for a box without height.
    pub fn by_height(&self, bbox: &BoundingBox, height_m: f64) -> Option<[f64; 3]> {
        let pixels = f64::from(bbox.size()[1]);
        let forwards = self.focal[1] * height_m / pixels;
        (pixels > 0.0)
            .then(|| scaled(self.ray(bbox.centre()), forwards))
            .flatten()
    }

    /// The foot of a thing on level ground: `down` is the direction of gravity in the optical frame (of length
    /// 1), the camera is `camera_height_m` above the ground. `None` where the box ends at the horizon or above.
    pub fn by_ground(&self, bbox: &BoundingBox, down: [f64; 3], camera_height_m: f64) -> Option<[f64; 3]> {
        let foot = self.ray([bbox.centre()[0], bbox.bottom]);
        let descent: f64 = foot.iter().zip(down).map(|(ray, down)| ray * down).sum();
        (descent > 1e-6)
            .then(|| scaled(foot, camera_height_m / descent))
            .flatten()
    }

    /// The centre of a thing by an image of depth that shows the same: the median in the middle quarter of the
    /// box. `image` is the size of the image that the box is in. `None` where no depth was measured.
    pub fn by_depth(&self, bbox: &BoundingBox, image: [usize; 2], depth: &ImageView<'_>) -> Option<[f64; 3]> {
        let scale = [
            depth.width() as f32 / image[0] as f32,
            depth.height() as f32 / image[1] as f32,
        ];
        let ([x, y], [width, height]) = (bbox.centre(), bbox.size());
        let range = |centre: f32, side: f32, scale: f32, limit: usize| {
            let start = ((centre - side / 4.0) * scale).max(0.0) as usize;
            let end = ((centre + side / 4.0) * scale).ceil().max(0.0) as usize;
            start..end.min(limit)
        };
        let columns = range(x, width, scale[0], depth.width());
        let rows = range(y, height, scale[1], depth.height());
        let mut found: Vec<f32> = rows
            .flat_map(|y| columns.clone().filter_map(move |x| depth.depth_m(x, y)))
            .collect();
        let middle = found.len() / 2;
        if found.is_empty() {
            return None;
        }
        let (_, median, _) = found.select_nth_unstable_by(middle, f32::total_cmp);
        scaled(self.ray(bbox.centre()), f64::from(*median))
    }
}

/// `None` where the factor is no sane distance.
fn scaled(ray: [f64; 3], forwards: f64) -> Option<[f64; 3]> {
    let position = ray.map(|axis| axis * forwards);
    (forwards > 0.0 && position.iter().all(|axis| axis.is_finite())).then_some(position)
}

/// A position as a message with the stamp and frame of the image; it has no direction of its own.
pub fn pose(header: &Header, [x, y, z]: [f64; 3]) -> PoseStamped {
    let mut message = PoseStamped {
        header: header.clone(),
        ..PoseStamped::default()
    };
    let position = &mut message.pose.position;
    (position.x, position.y, position.z) = (x, y, z);
    message.pose.orientation.w = 1.0;
    message
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::Encoding;

    fn camera() -> PinholeCamera {
        let mut info = CameraInfo::default();
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (500.0, 500.0, 319.5, 239.5);
        PinholeCamera::of(&info).unwrap()
    }

    /// A thing of 1 m by 1 m around `at`, as the camera sees it.
    fn seen([x, y, z]: [f64; 3]) -> BoundingBox {
        let pixel = |at: f64, centre: f64| (500.0 * at / z + centre) as f32;
        BoundingBox {
            left: pixel(x - 0.5, 320.0),
            top: pixel(y - 0.5, 240.0),
            right: pixel(x + 0.5, 320.0),
            bottom: pixel(y + 0.5, 240.0),
        }
    }

    fn assert_near(found: Option<[f64; 3]>, expected: [f64; 3]) {
        let found = found.unwrap();
        let off = found
            .iter()
            .zip(expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(off < 1e-3, "{found:?}, expected {expected:?}");
    }

    #[test]
    fn three_ways_lead_to_the_same_place() {
        let at = [1.0, 0.7, 4.0];
        let bbox = seen(at);
        assert_near(camera().by_height(&bbox, 1.0), at);
        assert_near(camera().by_ground(&bbox, [0.0, 1.0, 0.0], 1.2), [1.0, 1.2, 4.0]);
        let millimetres = 4000u16.to_le_bytes().repeat(320 * 240);
        let depth = ImageView::new(Encoding::Depth16, [320, 240], 640, false, &millimetres).unwrap();
        assert_near(camera().by_depth(&bbox, [640, 480], &depth), at);
    }

    #[test]
    fn left_and_up_are_positive_and_the_sky_is_not_on_the_ground() {
        let [left, up] = camera().bearing_rad([70.0, 240.0]);
        assert!((left - 0.5f64.atan()).abs() < 1e-9 && up.abs() < 1e-9);
        assert!(camera().bearing_rad([320.0, 100.0])[1] > 0.0);
        assert_eq!(camera().by_ground(&seen([0.0, -2.0, 4.0]), [0.0, 1.0, 0.0], 1.2), None);
    }

    #[test]
    fn a_camera_without_calibration_is_refused() {
        let error = PinholeCamera::of(&CameraInfo::default()).unwrap_err();
        assert!(error.to_string().contains("expected focal lengths"), "{error}");
    }

    proptest! {
        #[test]
        fn no_box_gives_a_place_that_is_no_number(edges in any::<[f32; 4]>(), height in any::<f64>()) {
            let [left, top, right, bottom] = edges;
            let bbox = BoundingBox { left, top, right, bottom };
            let depth = ImageView::new(Encoding::Depth16, [4, 4], 8, false, &[1; 32]).unwrap();
            let places = [
                camera().by_height(&bbox, height),
                camera().by_ground(&bbox, [0.0, 0.8, 0.6], height),
                camera().by_depth(&bbox, [640, 480], &depth),
            ];
            for place in places.into_iter().flatten() {
                prop_assert!(place.iter().all(|axis| axis.is_finite()));
            }
        }
    }
}
