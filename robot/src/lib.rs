//! Robots as files describe them, without any physics.
//!
//! - [`load`] reads MJCF and URDF into one [`RobotModel`].
//! - [`RobotModel::rest_poses`] says where the bodies are when the robot stands at rest, by forward kinematics.
//! - [`camera`] says where a camera sits on a robot and how points become pixels.
//! - [`export`] writes a robot for Gazebo, for MuJoCo and as URDF.
//!
//! Simulators build their worlds from the same model; what runs on a real robot needs no more than this.
//!
//! ```
//! use sinew_robot::camera::{CameraParams, CameraPose};
//! use sinew_robot::load;
//!
//! let model = load("../sim/robots/strider/scene.xml".as_ref())?;
//! assert_eq!(model.description().dof(), 19);
//!
//! let pose = CameraPose::find(&model, None, &CameraParams::default())?;
//! let above_ground_m = pose.base_height_m + pose.base_from_optical.translation.z;
//! assert!((above_ground_m - 1.14).abs() < 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod camera;
mod check;
mod description;
mod error;
pub mod export;
mod ground;
mod imu;
mod inertia;
mod joints;
mod keyframe;
mod kinematics;
mod load;
mod mesh;
mod mjcf;
mod model;
mod support;
mod urdf;
mod xml;

pub use self::error::DescriptionError;
pub use self::imu::ImuMount;
pub use self::inertia::unit_density;
pub use self::keyframe::UnknownKeyframe;
pub use self::load::{LoadOptions, load, load_with};
pub use self::model::{
    Actuator, Body, CameraMount, ContactMask, ContactPair, Coupling, Drive, Geom, Inertia, Joint, JointKind, Keyframe,
    MeshShape, RobotModel, Shape, Site,
};
pub use self::xml::MAX_FILE_BYTES;
