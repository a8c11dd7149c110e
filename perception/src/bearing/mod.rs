//! Where a thing is in space: from its box, the camera's calibration, and one thing more that is known.
//!
//! Positions are in the camera's optical frame (REP-103: x to the right, y downwards, z forwards), m. Which direction
//! a pixel looks in, a [`CameraModel`] says: binning, region of interest and distortion are looked at.

mod camera_model;
mod distortion;

pub use camera_model::{CameraModel, ImageKind, NotCalibrated};
use sinew_messages::geometry_msgs::msg::PoseStamped;
use sinew_messages::std_msgs::msg::Header;

use crate::heads::BoundingBox;
use crate::image::ImageView;

/// Nearer than this to being at the camera's side, as a share of its distance, no depth forwards is measured.
const SIDEWAYS: f64 = 0.05;

impl CameraModel {
    /// The centre of a thing that is `height_m` high. `None` for a box without height.
    pub fn by_height(&self, bbox: &BoundingBox, height_m: f64) -> Option<[f64; 3]> {
        let [x, _] = bbox.centre();
        let (top, bottom) = (self.forwards([x, bbox.top])?, self.forwards([x, bbox.bottom])?);
        // Seen from 1 m away it would be so high.
        let height = bottom[1] - top[1];
        (height > 0.0)
            .then(|| scaled(self.forwards(bbox.centre())?, height_m / height))
            .flatten()
    }

    /// The foot of a thing on level ground: `down` is the direction of gravity in the optical frame (of length
    /// 1), the camera is `camera_height_m` above the ground. `None` where the box ends at the horizon or above.
    pub fn by_ground(&self, bbox: &BoundingBox, down: [f64; 3], camera_height_m: f64) -> Option<[f64; 3]> {
        let foot = self.ray([bbox.centre()[0], bbox.bottom])?;
        let descent: f64 = foot.iter().zip(down).map(|(ray, down)| ray * down).sum();
        (descent > 1e-6)
            .then(|| scaled(foot, camera_height_m / descent))
            .flatten()
    }

    /// The centre of a thing by an image of depth that shows the same: the median in the middle quarter of the
    /// box. `None` where no depth was measured.
    pub fn by_depth(&self, bbox: &BoundingBox, depth: &ImageView<'_>) -> Option<[f64; 3]> {
        let image = self.size();
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
        scaled(self.forwards(bbox.centre())?, f64::from(*median))
    }

    /// The direction of a point of the image, 1 m forwards; `None` where it is not before the camera.
    fn forwards(&self, point: [f32; 2]) -> Option<[f64; 3]> {
        let ray = self.ray(point)?;
        (ray[2] > SIDEWAYS).then(|| ray.map(|axis| axis / ray[2]))
    }
}

/// `None` where the factor is no sane distance.
fn scaled(ray: [f64; 3], factor: f64) -> Option<[f64; 3]> {
    let position = ray.map(|axis| axis * factor);
    (factor > 0.0 && position.iter().all(|axis| axis.is_finite())).then_some(position)
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
    use sinew_messages::sensor_msgs::msg::CameraInfo;

    use super::*;
    use crate::image::Encoding;

    fn camera() -> CameraModel {
        let mut info = CameraInfo {
            width: 640,
            height: 480,
            ..CameraInfo::default()
        };
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (500.0, 500.0, 319.5, 239.5);
        CameraModel::of(&info, ImageKind::Raw).unwrap()
    }

    fn fisheye() -> CameraModel {
        let mut info = CameraInfo {
            width: 640,
            height: 480,
            distortion_model: "equidistant".to_owned(),
            d: vec![0.0; 4],
            ..CameraInfo::default()
        };
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (100.0, 100.0, 319.5, 239.5);
        CameraModel::of(&info, ImageKind::Raw).unwrap()
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
        assert_near(camera().by_depth(&bbox, &depth), at);
    }

    #[test]
    fn rays_go_right_down_and_forward_and_the_sky_is_not_on_the_ground() {
        let [x, y, z] = camera().ray([70.0, 240.0]).unwrap();
        assert!((x / z + 0.5).abs() < 1e-9 && y.abs() < 1e-9 && z > 0.0);
        assert!(camera().ray([320.0, 100.0]).unwrap()[1] < 0.0);
        assert_eq!(camera().by_ground(&seen([0.0, -2.0, 4.0]), [0.0, 1.0, 0.0], 1.2), None);
    }

    #[test]
    fn what_a_fisheye_sees_at_its_side_has_a_place_on_the_ground_and_none_by_depth() {
        // 60° to the right, and 2 rad.
        let before = BoundingBox::centred([320.0 + 100.0 * 60f32.to_radians(), 240.0], [8.0, 8.0]);
        let beside = BoundingBox::centred([520.0, 240.0], [8.0, 8.0]);
        let depth = [3f32; 64 * 48].map(f32::to_le_bytes).concat();
        let depth = ImageView::new(Encoding::Depth32F, [64, 48], 256, false, &depth).unwrap();
        let place = fisheye().by_depth(&before, &depth);
        assert_near(place, [3.0 * 60f64.to_radians().tan(), 0.0, 3.0]);
        assert_eq!(fisheye().by_depth(&beside, &depth), None);
        assert_eq!(fisheye().by_height(&beside, 1.0), None);
        let place = fisheye().by_ground(&beside, [0.0, 0.8, 0.6], 1.2);
        assert_eq!(place, None, "there it looks above the horizon");
        let place = fisheye().by_ground(&beside, [0.6, 0.8, 0.0], 1.2).unwrap();
        assert!(place[0] > 0.0 && place[2] < 0.0, "{place:?}");
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
                camera().by_depth(&bbox, &depth),
                fisheye().by_height(&bbox, height),
                fisheye().by_ground(&bbox, [0.0, 0.8, 0.6], height),
                fisheye().by_depth(&bbox, &depth),
            ];
            for place in places.into_iter().flatten() {
                prop_assert!(place.iter().all(|axis| axis.is_finite()));
            }
        }
    }
}
