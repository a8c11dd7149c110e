//! The node `follow`: walks to what a detector sees, and stops before it.
//!
//! | in | type | |
//! |---|---|---|
//! | `camera/detections` | `vision_msgs/Detection2DArray` | boxes in pixels, with ids where they are tracked |
//! | `camera/camera_info` | `sensor_msgs/CameraInfo` | calibration of the same images |
//! | `camera/depth/image_rect_raw` | `sensor_msgs/Image` | with `distance: depth` |
//! | `imu/data` | `sensor_msgs/Imu` | how the robot leans |
//!
//! | out | type | |
//! |---|---|---|
//! | `cmd_vel` | `geometry_msgs/Twist` | 20 Hz |
//! | `~/target` | `geometry_msgs/PoseStamped` | where the target is, in the camera's optical frame |
//! | `~/state` | `std_msgs/String` | latched: blind, searching, approaching, arrived |
//!
//! Without images it stands; without the target it turns on the spot to find it.

mod follower;
mod node;
mod params;
mod ranger;
mod target;

pub use follower::{Follower, Look, Pursuit};
pub use node::Follow;
pub use params::{DistanceBy, FollowParams};
pub use ranger::{Ranger, Seat, SeatError};
pub use target::{Candidate, Choice};
