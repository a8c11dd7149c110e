//! Robots written for other simulators: what one of them lacks in its format is put where it integrates rightly, and
//! what cannot be put anywhere is said.
//!
//! | | [`Target::Urdf`] | [`Target::Gazebo`] | [`Target::Mujoco`] |
//! |---|---|---|---|
//! | rotor inertia | in the inertia of the link that the joint moves ([`armature`]) | likewise | `armature` |
//! | damping of the drives ([`Options::drives`]) | `<dynamics damping>`, where the joint carries it | likewise | `kv` |
//! | friction with the ground | lost, said | `<mu1>`, `<mu2>` | `friction` |
//! | rest pose | lost, said | `initial_value` of ros2_control | keyframe `home` |
//! | IMU | lost, said | sensor, and ros2_control's | gyro, accelerometer, framequat |
//!
//! ```
//! use sinew_robot::export::{Options, Target, export};
//! use sinew_robot::load;
//!
//! let model = load("../sim/robots/strider/scene.xml".as_ref())?;
//! let exported = export(&model, Target::Gazebo, "/tmp/strider".as_ref(), &Options::default())?;
//! assert_eq!(exported.files[0].name.to_str(), Some("strider.urdf"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod armature;
mod at_joints;
mod controllers;
mod gazebo;
pub mod inertias;
mod meshes;
mod mjcf;
mod names;
mod sdf_world;
mod shapes;
mod surface;
mod urdf;
mod xml_text;

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::model::{Drive, RobotModel};

/// For whom a robot is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// URDF, as every ROS tool reads it.
    Urdf,
    /// URDF with what Gazebo and gz_ros2_control need.
    Gazebo,
    /// MJCF.
    Mujoco,
}

/// The drive of one joint.
#[derive(Debug, Clone, PartialEq)]
pub struct JointDrive {
    /// The joint's name.
    pub joint: String,
    /// Stiffness, N·m/rad.
    pub kp: f64,
    /// Damping, N·m·s/rad.
    pub kd: f64,
}

/// What the export is to know besides the robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Keyframe of the pose in which the robot begins; as for [`RobotModel::keyframe`] when absent.
    pub keyframe: Option<String>,
    /// The drives' gains; where there are none for a joint, those of the description count.
    pub drives: Vec<JointDrive>,
    /// Whether the joints carry the damping of their drives, so that a commander sends kp (q* − q) and a feed-forward
    /// alone.
    pub drive_damping: bool,
    /// How often ros2_control's controllers run, Hz.
    pub controller_rate_hz: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keyframe: None,
            drives: Vec::new(),
            drive_damping: true,
            controller_rate_hz: 500,
        }
    }
}

/// A file that belongs to an exported robot.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedFile {
    /// Its name, below the folder of the export.
    pub name: PathBuf,
    /// What is in it.
    pub content: Content,
}

/// What is in an exported file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// This text.
    Text(String),
    /// The same as in this file.
    CopyOf(PathBuf),
}

/// An exported robot. Nothing was written yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Its files; the robot's own first.
    pub files: Vec<ExportedFile>,
    /// What the format has no room for, and what was changed on the way, a line each.
    pub notes: Vec<String>,
}

/// Why a robot cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The keyframe is none of the description's.
    #[error(transparent)]
    Keyframe(#[from] super::keyframe::UnknownKeyframe),
    /// The robot has something that no note can make good.
    #[error("{}: {problem}", file.display())]
    Unfit {
        /// The robot's file.
        file: PathBuf,
        /// What it is, and what would be right.
        problem: String,
    },
    /// A file could not be written; the source says why.
    #[error("{}: cannot be written", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The files of `model` for another simulator, as they will lie in `folder`, which Gazebo's need to know.
///
/// # Errors
/// For a keyframe that there is not, and for what cannot be written in the format at all.
pub fn export(model: &RobotModel, target: Target, folder: &Path, options: &Options) -> Result<Exported, ExportError> {
    model.check_keyframe(options.keyframe.as_deref())?;
    match target {
        Target::Urdf => Ok(urdf::export(model, options)),
        Target::Gazebo => Ok(gazebo::export(model, folder, options)),
        Target::Mujoco => mjcf::export(model, options),
    }
}

impl Exported {
    /// Writes the files into a folder, which is made where there is none.
    ///
    /// # Errors
    /// [`ExportError::Write`] naming the file.
    pub fn write(&self, folder: &Path) -> Result<(), ExportError> {
        for file in &self.files {
            let path = folder.join(&file.name);
            let failed = |source| ExportError::Write {
                file: path.clone(),
                source,
            };
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            match &file.content {
                Content::Text(text) => std::fs::write(&path, text).map_err(failed)?,
                // A robot that is exported into its own folder has its meshes there already.
                Content::CopyOf(source) if is_same(source, &path) => {}
                Content::CopyOf(source) => std::fs::copy(source, &path).map(drop).map_err(failed)?,
            }
        }
        Ok(())
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl Options {
    /// The drive of a body's joint: as it is given here, else as the description has it.
    fn drive(&self, model: &RobotModel, body: usize) -> Option<JointDrive> {
        let joint = model.bodies[body].joint.as_ref()?;
        if let Some(given) = self.drives.iter().find(|drive| drive.joint == joint.name) {
            return Some(given.clone());
        }
        match model.actuator_of(body)?.drive {
            Drive::Torque => None,
            Drive::Position { kp, kv } => Some(JointDrive {
                joint: joint.name.clone(),
                kp,
                kd: if kv > 0.0 { kv } else { joint.damping },
            }),
        }
    }

    /// What damps a body's joint besides a commander, N·m·s/rad: its own friction of the lubricant, and with
    /// [`drive_damping`](Self::drive_damping) its drive. Where a description has one damping for both, the larger counts,
    /// as in the embedded simulator.
    fn damping(&self, model: &RobotModel, body: usize) -> f64 {
        let Some(joint) = &model.bodies[body].joint else {
            return 0.0;
        };
        let shared = model.damping_in_kd(body);
        let own = joint.damping - shared;
        match self.drive(model, body) {
            Some(drive) if self.drive_damping => own + drive.kd.max(shared),
            // A commander sends all of it but what the joint has beyond.
            Some(drive) => own + (shared - drive.kd).max(0.0),
            None => joint.damping,
        }
    }
}
