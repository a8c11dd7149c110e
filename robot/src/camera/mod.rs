//! Where a camera sits on a robot, or in its world, and how points become pixels.
//!
//! Frames follow REP-103: the optical frame has x to the right, y down and z forward.

mod intrinsics;
mod mount;
mod optical_frame;
mod params;
mod placement;
mod pose;

pub use self::intrinsics::Intrinsics;
pub use self::mount::Mount;
pub use self::optical_frame::link_from_optical;
pub use self::params::{CameraError, CameraParams};
pub use self::placement::Placement;
pub use self::pose::{CameraPose, CameraPoseError};
