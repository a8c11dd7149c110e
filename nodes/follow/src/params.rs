//! What is followed, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_perception::bearing::ImageKind;
use sinew_robot::camera::CameraParams;
use thiserror::Error;

use sinew_node::declared::NodeParams;
use sinew_node::stamps::StampBy;

/// Parameters of the node `follow`. All have defaults; an unknown key is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FollowParams {
    /// Class of what is followed, as the detector names it.
    #[schemars(extend("x-live" = true))]
    pub target: String,
    /// Least score of a detection that counts.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-live" = true))]
    pub min_score: f64,
    /// Where the robot stops: distance over ground from its base to the target's place, m.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-live" = true))]
    pub stop_distance_m: f64,
    /// How far from that distance it still counts as there, m.
    #[schemars(range(min = 0.001, max = 10.0), extend("x-live" = true))]
    pub tolerance_m: f64,
    /// Fastest walk towards the target, m/s.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-live" = true))]
    pub max_speed_m_s: f64,
    /// Fastest walk backwards when the target comes too near, m/s.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-live" = true))]
    pub max_retreat_m_s: f64,
    /// Fastest turn, rad/s.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-live" = true))]
    pub max_turn_rad_s: f64,
    /// Speed per metre of distance that is left, 1/s.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-live" = true))]
    pub speed_gain: f64,
    /// Turning rate per radian of bearing, 1/s.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-live" = true))]
    pub turn_gain: f64,
    /// Turning rate while the target is looked for, rad/s; 0 to stand and wait.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-live" = true))]
    pub search_turn_rad_s: f64,
    /// How long a target that is not seen any more is believed to be where it was, s.
    #[schemars(range(min = 0.0, max = 60.0), extend("x-live" = true))]
    pub memory_secs: f64,
    /// What is seen in an image counts for so long after it was taken; then the robot stands, s.
    #[schemars(range(min = 0.01, max = 60.0), extend("x-live" = true))]
    pub blind_secs: f64,
    /// How the distance is found.
    pub distance: DistanceBy,
    /// Height of the target, m, for `distance: height`.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub target_height_m: f64,
    /// Keyframe of the description that gives the pose in which the camera is carried; `home`, or the first, when left
    /// out.
    pub keyframe: Option<String>,
    /// Where the camera sits, if not where the robot's description has its first one.
    pub camera: CameraParams,
    /// Name of the camera whose topics are used: `NAME/detections`, `NAME/camera_info`,
    /// `NAME/depth/image_rect_raw`.
    pub camera_name: String,
    /// Which images the detections are from: `raw` ones (`image_raw`), or `rectified` ones (`image_rect`).
    pub image: ImageKind,
    /// Pixels in a row of the images that detections are from, where they were resized and CameraInfo was not.
    /// Together with `image_height`.
    #[schemars(range(min = 1, max = 16_384))]
    pub image_width: Option<u32>,
    /// Rows of these images.
    #[schemars(range(min = 1, max = 16_384))]
    pub image_height: Option<u32>,
    /// What says when something was seen or measured, for all inputs.
    pub stamp: StampBy,
    /// How far in time depth and the reading of the IMU may be from the image that they are taken for, s.
    #[schemars(range(min = 0.001, max = 10.0), extend("x-live" = true))]
    pub sync_secs: f64,
    /// The same for CameraInfo; 0 where it comes seldom, and the camera never changes, s.
    #[schemars(range(min = 0.0, max = 3600.0), extend("x-live" = true))]
    pub camera_info_secs: f64,
}

/// How the distance of a target is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DistanceBy {
    /// It stands on level ground, as the robot does: the lower edge of its box says where.
    Ground,
    /// Its height is known.
    Height,
    /// The camera measures depth.
    Depth,
}

impl Default for FollowParams {
    fn default() -> Self {
        Self {
            target: "person".to_owned(),
            min_score: 0.4,
            stop_distance_m: 1.0,
            tolerance_m: 0.05,
            max_speed_m_s: 0.5,
            max_retreat_m_s: 0.2,
            max_turn_rad_s: 0.6,
            speed_gain: 0.8,
            turn_gain: 1.2,
            search_turn_rad_s: 0.6,
            memory_secs: 1.5,
            blind_secs: 1.0,
            distance: DistanceBy::Ground,
            target_height_m: 0.0,
            keyframe: None,
            camera: CameraParams::default(),
            camera_name: "camera".to_owned(),
            image: ImageKind::Raw,
            image_width: None,
            image_height: None,
            stamp: StampBy::Message,
            sync_secs: 0.2,
            camera_info_secs: 2.0,
        }
    }
}

impl FollowParams {
    /// Width and height of resized images.
    pub(super) fn image_size(&self) -> Option<[usize; 2]> {
        Some([self.image_width? as usize, self.image_height? as usize])
    }
}

/// A parameter is out of range, or does not go with another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct FollowParamsError(pub String);

impl NodeParams for FollowParams {
    fn validate(&self) -> Result<(), String> {
        if self.distance == DistanceBy::Height && self.target_height_m <= 0.0 {
            return Err(format!(
                "`target_height_m`: expected the target's height, above 0, with `distance: height`, found {}",
                self.target_height_m
            ));
        }
        for (given, missing, is_alone) in [
            (
                "image_width",
                "image_height",
                self.image_width.is_some() && self.image_height.is_none(),
            ),
            (
                "image_height",
                "image_width",
                self.image_height.is_some() && self.image_width.is_none(),
            ),
        ] {
            if is_alone {
                return Err(format!("`{given}`: expected `{missing}` with it, found none"));
            }
        }
        Ok(())
    }
}
