//! A robot in Gazebo's physics, as the control loop sees any.

use std::path::Path;

use sinew::control::ControlParams;
use sinew::run::PolicyOnRobot;
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::state::{GroundTruth, Imu, JointCommand, RobotState};
use sinew_robot::export::{JointDrive, Options, Target, export};

use crate::host::{Host, HostState};

/// Gazebo's usual step.
const STEP_SECS: f64 = 0.001;

/// How a command gets to the joints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drives {
    /// Gains and all, in every step of the physics: as a drive with five numbers does it.
    EveryStep,
    /// As a torque that is held from tick to tick: as a controller of torques does it.
    HeldTorque,
}

pub(crate) struct GazeboRobot {
    host: Host,
    state: HostState,
    command: Vec<f64>,
    drives: Drives,
    start_nanos: Option<u64>,
    held_until_nanos: u64,
    feet: Vec<String>,
}

/// Exports `loaded`'s robot into `folder`; the name of its file.
pub(crate) fn exported(loaded: &PolicyOnRobot, control: &ControlParams, folder: &Path) -> String {
    let gains = loaded.drive_gains(control);
    let joints = loaded.robot.joints.iter().enumerate();
    let options = Options {
        drives: joints
            .map(|(j, joint)| JointDrive {
                joint: joint.name.clone(),
                kp: gains.kp[j],
                kd: gains.kd[j],
            })
            .collect(),
        drive_damping: control.drive_damping,
        keyframe: control.keyframe.clone(),
        ..Options::default()
    };
    let exported = export(&loaded.model, Target::Gazebo, folder, &options).unwrap();
    exported.write(folder).unwrap();
    exported.files[0].name.to_string_lossy().into_owned()
}

impl GazeboRobot {
    /// The exported robot in its rest pose, held there by its base for `held_secs`.
    pub(crate) fn new(
        loaded: &PolicyOnRobot,
        (folder, file): (&Path, &str),
        drives: Drives,
        keyframe: Option<&str>,
        held_secs: f64,
    ) -> Self {
        let model = &loaded.model;
        let joints: Vec<String> = loaded.robot.joints.iter().map(|joint| joint.name.clone()).collect();
        let rest = model.default_joints(keyframe);
        let base = model.start_pose(keyframe, &rest, 0.0);
        let mount = model.imu_mount(None).unwrap();
        let feet: Vec<String> = Vec::new();
        let (host, state) = Host::start(
            folder,
            file,
            STEP_SECS,
            &model.bodies[mount.body].name,
            (&joints, &loaded.robot.default_positions()),
            &feet,
            &base,
        );
        Self {
            command: vec![0.0; 5 * joints.len()],
            host,
            state,
            drives,
            start_nanos: None,
            held_until_nanos: (held_secs * 1e9) as u64,
            feet,
        }
    }
}

impl RobotIo for GazeboRobot {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        let start = *self.start_nanos.get_or_insert(now_nanos);
        let passed = now_nanos.saturating_sub(start + self.state.nanos);
        let steps = (passed as f64 * 1e-9 / STEP_SECS).round() as u32;
        if steps > 0 {
            let held = self.state.nanos < self.held_until_nanos;
            self.state = self.host.step(steps, held, &self.command);
        }
        let read = &self.state;
        let stamp = start + read.nanos;
        for (j, [position, velocity, effort]) in read.joints.iter().enumerate() {
            state.position[j] = *position;
            state.velocity[j] = *velocity;
            state.effort[j] = *effort;
            state.joint_stamp_nanos[j] = stamp.max(1);
        }
        state.foot_contact.copy_from_slice(&read.touching);
        let orientation = read.imu_pose.rotation;
        state.imu = Imu {
            orientation,
            angular_velocity: read.angular_velocity,
            linear_acceleration: read.acceleration,
            stamp_nanos: stamp.max(1),
        };
        state.base_velocity = Some(orientation.inverse() * read.linear_velocity);
        state.truth = Some(GroundTruth {
            position: read.imu_pose.translation.vector,
            orientation,
            linear_velocity: read.linear_velocity,
            angular_velocity: read.angular_velocity,
        });
        Ok(())
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        for (j, row) in self.command.chunks_exact_mut(5).enumerate() {
            let numbers = match self.drives {
                Drives::EveryStep => [
                    command.position[j],
                    command.velocity[j],
                    command.effort[j],
                    command.kp[j],
                    command.kd[j],
                ],
                Drives::HeldTorque => {
                    let torque = command.torque_nm(j, accepted.position[j], accepted.velocity[j]);
                    [0.0, 0.0, torque, 0.0, 0.0]
                }
            };
            row.copy_from_slice(&numbers);
        }
        Ok(())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            base_velocity: Some("the physics"),
            feet: self.feet.clone(),
            ..Capabilities::default()
        }
    }
}
