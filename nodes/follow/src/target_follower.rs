//! The core of following: from what was detected in an image to a velocity command. No bus, no clock of its own.

use nalgebra::UnitQuaternion;
use sinew_control::command::VelocityCommand;
use sinew_perception::bearing::CameraModel;
use sinew_perception::image::ImageView;

use super::{Candidate, Choice, FollowController, FollowParams, Observation, Pursuit, Ranger};

/// What was detected in an image, and all from which a place follows, of the time of the image.
#[derive(Debug, Clone)]
pub struct DetectedImage<'a> {
    /// What was detected.
    pub candidates: Vec<Candidate<'a>>,
    /// The camera that took it.
    pub camera: CameraModel,
    /// `world_from_base`, of which only the tilt counts.
    pub orientation: UnitQuaternion<f64>,
    /// The same view in depths, where the follower [needs](TargetFollower::needs_depth) them.
    pub depth: Option<ImageView<'a>>,
    /// How long ago the oldest was taken of what this is made of, s.
    pub age_secs: f64,
}

/// Where the target is by one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TargetPlace {
    /// Nothing that was detected is the target.
    NotDetected,
    /// It is there, pixels, which is outside the images that the camera model tells of: the model is of other images.
    OutsideImage([f32; 2]),
    /// The image of depth measured nothing at any pixel: its camera is covered or broken.
    NothingMeasured,
    /// It was detected, and its box says nothing of its place: above the horizon, or out of the depth camera's reach.
    Unknown,
    /// Its place.
    At {
        /// In the camera's optical frame, m.
        in_optical: [f64; 3],
        /// In the robot's level frame: x forward, y left, origin below the base, m.
        on_ground: [f64; 2],
    },
}

/// What follows from an image, or from there being none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FollowStep {
    /// How the robot is to move.
    pub command: VelocityCommand,
    /// Where the target is; `None` without an image.
    pub target: Option<TargetPlace>,
}

/// Walks to one of the things that are detected, and stops before it.
#[derive(Debug)]
pub struct TargetFollower {
    choice: Choice,
    ranger: Ranger,
    controller: FollowController,
}

impl TargetPlace {
    /// What the controller is told. Where an image cannot be trusted, there is as good as none.
    fn observation(self) -> Observation {
        match self {
            Self::OutsideImage(_) | Self::NothingMeasured => Observation::NoImage,
            Self::NotDetected | Self::Unknown => Observation::NotSeen,
            Self::At { on_ground, .. } => Observation::At(on_ground),
        }
    }
}

impl TargetFollower {
    /// One that has no target yet, and finds places with this ranger.
    pub fn new(ranger: Ranger) -> Self {
        Self {
            choice: Choice::default(),
            ranger,
            controller: FollowController::default(),
        }
    }

    /// Whether images must come with their depth.
    pub fn needs_depth(&self) -> bool {
        self.ranger.needs_depth()
    }

    /// The step at `now_secs`, with an image where a new one has come. Times that go back begin anew.
    pub fn update(&mut self, now_secs: f64, image: Option<&DetectedImage<'_>>, params: &FollowParams) -> FollowStep {
        let target = image.map(|image| self.locate(image, params));
        let observation = target.map_or(Observation::NoImage, TargetPlace::observation);
        let age_secs = image.map_or(0.0, |image| image.age_secs);
        let command = self.controller.update_with(now_secs, observation, age_secs, params);
        FollowStep { command, target }
    }

    /// What it is doing.
    pub fn pursuit(&self) -> Pursuit {
        self.controller.pursuit()
    }

    /// Chooses the target, and finds its place.
    pub(super) fn locate(&mut self, image: &DetectedImage<'_>, params: &FollowParams) -> TargetPlace {
        let candidates = image.candidates.iter().copied();
        let Some(chosen) = self.choice.choose(&params.target, params.min_score, candidates) else {
            return TargetPlace::NotDetected;
        };
        let centre = chosen.bbox.centre();
        if !image.camera.contains(centre) {
            return TargetPlace::OutsideImage(centre);
        }
        let (camera, orientation, depth) = (&image.camera, &image.orientation, image.depth.as_ref());
        match self.ranger.in_optical(camera, &chosen.bbox, orientation, depth) {
            Some(in_optical) => TargetPlace::At {
                in_optical,
                on_ground: self.ranger.on_ground(in_optical, orientation),
            },
            None if depth.is_some_and(measures_nothing) => TargetPlace::NothingMeasured,
            None => TargetPlace::Unknown,
        }
    }
}

/// Whether a camera of depth is covered or broken: what is only out of its reach leaves the rest of the image.
fn measures_nothing(depth: &ImageView<'_>) -> bool {
    (0..depth.height()).all(|y| (0..depth.width()).all(|x| depth.depth_m(x, y).is_none()))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use nalgebra::{Isometry3, Vector3};
    use sinew_messages::sensor_msgs::msg::CameraInfo;
    use sinew_perception::bearing::ImageKind;
    use sinew_perception::heads::BoundingBox;
    use sinew_robot::camera::CameraPose;

    use super::*;
    use crate::DistanceBy;

    fn params() -> FollowParams {
        FollowParams {
            target: "ball".to_owned(),
            distance: DistanceBy::Height,
            target_height_m: 0.3,
            ..FollowParams::default()
        }
    }

    /// Of a camera that looks straight ahead.
    fn follower() -> TargetFollower {
        let forwards = UnitQuaternion::from_euler_angles(-FRAC_PI_2, 0.0, -FRAC_PI_2);
        let pose = CameraPose {
            base_from_optical: Isometry3::from_parts(Vector3::zeros().into(), forwards),
            base_height_m: 0.7,
        };
        TargetFollower::new(Ranger::new(pose, &params()).unwrap())
    }

    /// An image of 320×240 with a box of 15 pixels around a place in it.
    fn image(class: &str, centre: [f32; 2]) -> DetectedImage<'_> {
        let mut info = CameraInfo {
            width: 320,
            height: 240,
            ..CameraInfo::default()
        };
        (info.k[0], info.k[4], info.k[2], info.k[5]) = (150.0, 150.0, 159.5, 119.5);
        DetectedImage {
            candidates: vec![Candidate {
                class,
                id: "1",
                score: 0.9,
                bbox: BoundingBox::centred(centre, [15.0, 15.0]),
            }],
            camera: CameraModel::of(&info, ImageKind::Raw).unwrap(),
            orientation: UnitQuaternion::identity(),
            depth: None,
            age_secs: 0.0,
        }
    }

    #[test]
    fn a_target_that_is_detected_twice_is_approached_from_where_it_is() {
        let (mut follower, params) = (follower(), params());
        let image = image("ball", [160.0, 120.0]);
        follower.update(0.0, Some(&image), &params);
        let step = follower.update(0.1, Some(&image), &params);
        let Some(TargetPlace::At { on_ground: [x, y], .. }) = step.target else {
            panic!("{step:?}");
        };
        assert!((x - 3.0).abs() < 0.01 && y.abs() < 0.01, "({x}, {y})");
        assert!(step.command.lin_vel_x > 0.0);
        assert_eq!(follower.pursuit(), Pursuit::Approaching);
    }

    #[test]
    fn without_its_target_in_an_image_it_searches_and_an_image_of_another_camera_is_none() {
        let (mut follower, params) = (follower(), params());
        let step = follower.update(0.0, Some(&image("box", [160.0, 120.0])), &params);
        assert_eq!(step.target, Some(TargetPlace::NotDetected));
        assert_eq!(follower.pursuit(), Pursuit::Searching);
        // Its box is where the camera's images end long before: nothing is known, and soon the robot stands.
        let outside = image("ball", [400.0, 120.0]);
        let later_secs = params.blind_secs + 0.1;
        let step = follower.update(later_secs, Some(&outside), &params);
        assert_eq!(step.target, Some(TargetPlace::OutsideImage([400.0, 120.0])));
        assert_eq!(
            (step.command, follower.pursuit()),
            (VelocityCommand::default(), Pursuit::Blind)
        );
    }
}
