//! From a box in an image to a place on the ground before the robot.

use nalgebra::{Isometry3, Point3, UnitQuaternion, Vector3};
use sinew_node::declared::NodeParams;
use sinew_perception::bearing::CameraModel;
use sinew_perception::heads::BoundingBox;
use sinew_perception::image::ImageView;
use sinew_robot::camera::CameraPose;

use super::{DistanceBy, FollowParams, FollowParamsError};

/// Finds places.
#[derive(Debug, Clone, Copy)]
pub struct Ranger {
    camera: CameraPose,
    by: DistanceBy,
    height_m: f64,
}

impl Ranger {
    /// With a camera there, in the way that the parameters say, which are all checked.
    ///
    /// # Errors
    /// Where the parameters cannot be.
    pub fn new(camera: CameraPose, params: &FollowParams) -> Result<Self, FollowParamsError> {
        params.check().map_err(FollowParamsError)?;
        Ok(Self {
            camera,
            by: params.distance,
            height_m: params.target_height_m,
        })
    }

    /// Whether it needs an image of depth.
    pub fn needs_depth(&self) -> bool {
        self.by == DistanceBy::Depth
    }

    /// Where the thing in the box is: in the optical frame, m.
    ///
    /// `orientation` is `world_from_base`, of which only the tilt counts. `None` where the box says nothing of
    /// that: above the horizon for `ground`, without measured depth for `depth`.
    pub fn in_optical(
        &self,
        camera: &CameraModel,
        bbox: &BoundingBox,
        orientation: &UnitQuaternion<f64>,
        depth: Option<&ImageView<'_>>,
    ) -> Option<[f64; 3]> {
        match self.by {
            DistanceBy::Height => camera.by_height(bbox, self.height_m),
            DistanceBy::Depth => camera.by_depth(bbox, depth?),
            DistanceBy::Ground => {
                let level_from_optical = self.level_from_optical(orientation);
                let down = level_from_optical.inverse_transform_vector(&-Vector3::z());
                camera.by_ground(bbox, down.into(), level_from_optical.translation.z)
            }
        }
    }

    /// The same place in the level frame below the base: x forward, y left, m.
    pub fn on_ground(&self, in_optical: [f64; 3], orientation: &UnitQuaternion<f64>) -> [f64; 2] {
        let place = self.level_from_optical(orientation) * Point3::from(in_optical);
        [place.x, place.y]
    }

    /// The level frame has its origin on the ground below the base, z up, and x where the robot faces.
    fn level_from_optical(&self, orientation: &UnitQuaternion<f64>) -> Isometry3<f64> {
        let (_, _, yaw) = orientation.euler_angles();
        let tilt = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), -yaw) * orientation;
        let level_from_base = Isometry3::from_parts(Vector3::new(0.0, 0.0, self.camera.base_height_m).into(), tilt);
        level_from_base * self.camera.base_from_optical
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use sinew_messages::sensor_msgs::msg::CameraInfo;
    use sinew_perception::bearing::ImageKind;

    use super::*;

    fn lens() -> CameraModel {
        let mut info = CameraInfo {
            width: 320,
            height: 240,
            ..CameraInfo::default()
        };
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (150.0, 150.0, 159.5, 119.5);
        CameraModel::of(&info, ImageKind::Raw).unwrap()
    }

    /// Looks straight ahead, pitched down, from above the base.
    fn camera_pose(pitch_rad: f64) -> CameraPose {
        let link_from_optical = UnitQuaternion::from_euler_angles(-FRAC_PI_2, 0.0, -FRAC_PI_2);
        CameraPose {
            base_from_optical: Isometry3::from_parts(
                Vector3::new(0.1, 0.0, 0.4).into(),
                UnitQuaternion::from_euler_angles(0.0, pitch_rad, 0.0) * link_from_optical,
            ),
            base_height_m: 0.7,
        }
    }

    /// The box of an upright, flat thing of this height that stands at a place before the robot.
    fn seen(camera: CameraPose, tilt: UnitQuaternion<f64>, [x, y]: [f64; 2], height: f64) -> BoundingBox {
        let level_from_base = Isometry3::from_parts(Vector3::new(0.0, 0.0, 0.7).into(), tilt);
        let optical_from_level = (level_from_base * camera.base_from_optical).inverse();
        let pixel = |z: f64| {
            let p = optical_from_level * Point3::new(x, y, z);
            [150.0 * p.x / p.z + 160.0, 150.0 * p.y / p.z + 120.0].map(|at| at as f32)
        };
        let ([foot_x, bottom], [_, top]) = (pixel(0.0), pixel(height));
        BoundingBox {
            left: foot_x - 5.0,
            right: foot_x + 5.0,
            top,
            bottom,
        }
    }

    fn ranger(camera: CameraPose, distance: DistanceBy) -> Ranger {
        Ranger::new(
            camera,
            &FollowParams {
                distance,
                target_height_m: 0.3,
                ..FollowParams::default()
            },
        )
        .unwrap()
    }

    #[test]
    fn a_place_on_the_ground_is_found_from_a_camera_that_leans_with_the_robot() {
        let camera = camera_pose(0.6);
        for (roll, pitch, yaw) in [(0.0, 0.0, 0.0), (0.1, -0.15, 2.0), (-0.12, 0.1, -3.0)] {
            let orientation = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
            let tilt = UnitQuaternion::from_euler_angles(roll, pitch, 0.0);
            let bbox = seen(camera, tilt, [2.0, 0.5], 0.3);
            let ranger = ranger(camera, DistanceBy::Ground);
            let place = ranger.in_optical(&lens(), &bbox, &orientation, None).unwrap();
            let [x, y] = ranger.on_ground(place, &orientation);
            assert!((x - 2.0).abs() < 1e-3 && (y - 0.5).abs() < 1e-3, "({x}, {y})");
        }
    }

    #[test]
    fn a_known_height_gives_about_the_same_place() {
        // The camera looks level: there the height of a box is in proportion to that of the thing.
        let camera = camera_pose(0.0);
        let upright = UnitQuaternion::identity();
        let bbox = seen(camera, upright, [4.0, -0.5], 0.3);
        let ranger = ranger(camera, DistanceBy::Height);
        let place = ranger.in_optical(&lens(), &bbox, &upright, None).unwrap();
        let [x, y] = ranger.on_ground(place, &upright);
        assert!((x - 4.0).abs() < 0.02 && (y + 0.5).abs() < 0.02, "({x}, {y})");
    }

    #[test]
    fn what_is_above_the_horizon_stands_nowhere() {
        let ranger = ranger(camera_pose(0.6), DistanceBy::Ground);
        let sky = BoundingBox {
            left: 100.0,
            top: 0.0,
            right: 120.0,
            bottom: 10.0,
        };
        let found = ranger.in_optical(&lens(), &sky, &UnitQuaternion::identity(), None);
        assert_eq!(found, None);
    }
}
