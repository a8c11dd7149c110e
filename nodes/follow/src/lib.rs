//! The node `follow`: walks to what a detector sees, and stops before it.
//!
//! | in | type | |
//! |---|---|---|
//! | `camera/detections` | `vision_msgs/Detection2DArray` | boxes in pixels, with ids where they are tracked |
//! | `camera/camera_info` | `sensor_msgs/CameraInfo` | calibration of the same images, with binning, region of interest and distortion |
//! | `camera/depth/image_rect_raw` | `sensor_msgs/Image` | with `distance: depth`: the same view in any resolution |
//! | `imu/data` | `sensor_msgs/Imu` | how the robot leans |
//! | `camera/image_raw` (`image_rect`) | `sensor_msgs/Image` | one image, where there is any, for the size of all |
//!
//! | out | type | |
//! |---|---|---|
//! | `cmd_vel` | `geometry_msgs/Twist` | 20 Hz |
//! | `~/target` | `geometry_msgs/PoseStamped` | where the target is, in the camera's optical frame |
//! | `~/state` | `std_msgs/String` | latched: blind, searching, approaching, arrived |
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: what it does, or why it sees nothing |
//!
//! Without images it stands; without the target it turns on the spot to find it. What it sees is `blind_secs` old at
//! most, by the stamps of all that it is made of: detections that are older, stamped by a clock that is off, or
//! repeated, are no images, nor are those without a calibration within `camera_info_secs` and, within `sync_secs`,
//! a reading of the IMU and an image of depth. The log says each reason once, `/diagnostics` while it lasts.

mod choice;
mod controller;
mod node;
mod params;
mod ranger;
mod recent;
mod refusal;
mod report;
mod synchronizer;
mod target_follower;

pub use choice::{Candidate, Choice};
pub use controller::{FollowController, Observation, Pursuit};
pub use node::Follow;
pub use params::{DistanceBy, FollowParams, FollowParamsError};
pub use ranger::Ranger;
pub use target_follower::{DetectedImage, FollowStep, TargetFollower, TargetPlace};
