//! A simulated robot, behind [`RobotIo`].

mod drives;
mod noise;
mod sensors;
mod snapshot;

use nalgebra::{Isometry3, Vector3};
use sinew_control::exchange::Taker;
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{GroundTruth, Imu, JointCommand, RobotState};
use sinew_robot::{ImuMount, RobotModel};

pub use self::snapshot::PoseSnapshot;

use self::drives::Drives;
use self::noise::Noise;
use self::sensors::SensorErrors;
use self::snapshot::SnapshotSender;
use crate::params::{Engine, SimParams};
use crate::physics::Physics;
use crate::world::{World, WorldError};

/// A simulated robot. Its time is the controller's: each [`read`](RobotIo::read) advances the
/// physics in whole steps to the time asked for, with the last command held.
#[derive(Debug)]
pub struct SimRobot {
    world: Box<dyn Physics>,
    description: RobotDescription,
    capabilities: Capabilities,
    drives: Drives,
    errors: SensorErrors,
    pushes: Noise,
    params: SimParams,
    mount: ImuMount,
    /// The body whose motion is the base's.
    base: usize,
    gravity: Vector3<f64>,
    step_nanos: u64,
    clock: SimClock,
    /// Velocity of the IMU's point one step ago, and its mean acceleration since.
    imu_velocity: Vector3<f64>,
    imu_acceleration: Vector3<f64>,
    snapshots: SnapshotSender,
}

/// Times on the controller's clock.
#[derive(Debug, Default, Clone, Copy)]
struct SimClock {
    /// When the simulation began: the first read.
    start_nanos: Option<u64>,
    /// How long it has run.
    elapsed_nanos: u64,
    /// When the first command came, since the beginning: the harness counts from then.
    first_written_nanos: Option<u64>,
    /// When the last command came, since the beginning.
    written_nanos: u64,
    /// When the next push comes, since the beginning.
    push_nanos: u64,
}

impl SimRobot {
    /// Builds a robot on its ground.
    ///
    /// # Errors
    /// [`WorldError`] naming the parameter that cannot be, or what the engine cannot carry.
    pub fn new(model: &RobotModel, params: &SimParams) -> Result<Self, WorldError> {
        let mount = model
            .imu_mount(params.imu.as_deref())
            .ok_or_else(|| WorldError::Setting {
                key: "imu",
                expected: "the name of a site or body".to_owned(),
                found: format!("\"{}\"", params.imu.as_deref().unwrap_or_default()),
            })?;
        let mut world = physics(model, params)?;
        world.hold_base(params.harness_secs > 0.0);
        let description = model.description_at(params.keyframe.as_deref());
        if ![0, description.dof()].contains(&params.drive_damping.len()) {
            return Err(WorldError::Setting {
                key: "drive_damping",
                expected: format!("a damping for each of {} joints, or none", description.dof()),
                found: params.drive_damping.len().to_string(),
            });
        }
        let delay_steps = (params.command_delay_secs / params.timestep_secs).round() as usize;
        let capabilities = Capabilities {
            base_velocity: params.base_velocity_truth.then_some("simulator ground truth"),
            feet: world.feet(),
            own_stop: true,
            own_gains: None,
        };
        Ok(Self {
            drives: Drives::new(&description, params.motor_strength, delay_steps, &params.drive_damping),
            errors: SensorErrors::new(params, description.dof()),
            pushes: Noise::new(params.seed, 2),
            gravity: match params.gravity_m_s2 {
                Some(gravity) => Vector3::new(0.0, 0.0, -gravity),
                None => model.gravity,
            },
            step_nanos: (params.timestep_secs * 1e9).round() as u64,
            clock: SimClock {
                push_nanos: nanos(params.push_period_secs),
                ..SimClock::default()
            },
            imu_velocity: Vector3::zeros(),
            imu_acceleration: Vector3::zeros(),
            snapshots: SnapshotSender::default(),
            params: params.clone(),
            world,
            description,
            capabilities,
            mount,
            base: model.base_body(),
        })
    }

    /// The robot as the control loop sees it.
    pub fn description(&self) -> &RobotDescription {
        &self.description
    }

    /// The physics.
    pub fn world(&self) -> &dyn Physics {
        &*self.world
    }

    /// Snapshots for a camera: from now on each read sends one, to the reader who asked last.
    pub fn pose_snapshots(&mut self) -> Taker<PoseSnapshot> {
        self.snapshots.connect(self.world.bodies())
    }

    /// Sends snapshots to the reader who had those of another robot.
    pub fn take_over_snapshots(&mut self, other: &mut Self) {
        self.snapshots = std::mem::take(&mut other.snapshots);
    }

    /// Puts the robot anywhere, at rest; joint positions of all joints in tree order.
    pub fn set_state(&mut self, world_from_base: &Isometry3<f64>, joints: &[f64]) {
        self.world.place(world_from_base, joints);
        self.imu_velocity = Vector3::zeros();
        self.imu_acceleration = Vector3::zeros();
    }

    /// Adds to the base's velocity, m/s in the world frame.
    pub fn push(&mut self, velocity: Vector3<f64>) {
        self.world.push(velocity);
    }

    /// Lets about `nanos` pass, in whole steps, with the last command held: for a command that comes so long after the
    /// reading that it answers.
    pub fn wait(&mut self, nanos: u64) {
        let steps = (nanos + self.step_nanos / 2) / self.step_nanos;
        for _ in 0..steps {
            if self.world.failure().is_some() {
                return;
            }
            self.step();
        }
    }

    /// Velocity of the IMU's point in the world frame.
    fn mount_velocity(&self) -> Vector3<f64> {
        let body = self.world.body(self.mount.body);
        let lever = body.pose.rotation * self.mount.point;
        body.linear_velocity + body.angular_velocity.cross(&lever)
    }

    fn step(&mut self) {
        let clock = &mut self.clock;
        let commanded = clock.first_written_nanos.map(|first| clock.elapsed_nanos - first);
        if self.params.harness_secs > 0.0 && commanded >= Some(nanos(self.params.harness_secs)) {
            self.world.hold_base(false);
        }
        if self.params.push_speed_m_s > 0.0 && clock.elapsed_nanos >= clock.push_nanos {
            clock.push_nanos += nanos(self.params.push_period_secs);
            let push = self.pushes.heading() * self.params.push_speed_m_s;
            self.world.push(push);
            // A push is not an acceleration that the IMU could make sense of.
            self.imu_velocity += push;
        }
        let silent_nanos = clock.elapsed_nanos - clock.written_nanos;
        if silent_nanos >= nanos(self.params.command_timeout_secs) {
            self.drives.damp();
        }
        self.world.step(self.drives.next());
        self.clock.elapsed_nanos += self.step_nanos;
        let velocity = self.mount_velocity();
        let dt = self.params.timestep_secs;
        self.imu_acceleration = (velocity - self.imu_velocity) / dt;
        self.imu_velocity = velocity;
    }

    fn fill(&mut self, state: &mut RobotState, stamp_nanos: u64) {
        for j in 0..self.description.dof() {
            let joint = self.world.joint(j);
            state.position[j] = self.errors.joint_position(j, joint.position);
            state.velocity[j] = self.errors.joint_velocity(joint.velocity);
            state.effort[j] = joint.effort;
            state.joint_stamp_nanos[j] = stamp_nanos;
        }
        for (foot, contact) in state.foot_contact.iter_mut().enumerate() {
            *contact = self.world.foot_contact(foot);
        }
        let carrier = self.world.body(self.mount.body);
        let into_body = carrier.pose.rotation.inverse();
        let specific_force = into_body * (self.imu_acceleration - self.gravity);
        state.imu = Imu {
            orientation: self.errors.orientation(carrier.pose.rotation),
            angular_velocity: self.errors.gyro(into_body * carrier.angular_velocity),
            linear_acceleration: self.errors.accelerometer(specific_force),
            stamp_nanos,
        };
        state.base_velocity = self
            .params
            .base_velocity_truth
            .then(|| into_body * self.mount_velocity());
        let base = self.world.body(self.base);
        state.truth = Some(GroundTruth {
            position: base.pose.translation.vector,
            orientation: base.pose.rotation,
            linear_velocity: base.linear_velocity,
            angular_velocity: base.pose.rotation.inverse() * base.angular_velocity,
        });
    }
}

impl RobotIo for SimRobot {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        let start = *self.clock.start_nanos.get_or_insert(now_nanos);
        let target = now_nanos.saturating_sub(start);
        while self.clock.elapsed_nanos + self.step_nanos <= target {
            self.step();
            if self.world.failure().is_some() {
                return Err(IoError::NoState);
            }
        }
        // After a wait it may be half a step ahead of the controller's time, in which nothing can be measured yet.
        let stamp_nanos = (start + self.clock.elapsed_nanos).min(now_nanos);
        self.fill(state, stamp_nanos);
        self.snapshots.send(stamp_nanos, &*self.world, state.imu.orientation);
        Ok(())
    }

    fn write(&mut self, command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        let parts = [
            &command.position,
            &command.velocity,
            &command.effort,
            &command.kp,
            &command.kd,
        ];
        let sound = |part: &Vec<f64>| part.len() == self.description.dof() && part.iter().all(|x| x.is_finite());
        if !parts.into_iter().all(sound) {
            return Err(IoError::WriteFailed);
        }
        self.drives.write(command);
        self.clock.written_nanos = self.clock.elapsed_nanos;
        self.clock.first_written_nanos.get_or_insert(self.clock.elapsed_nanos);
        Ok(())
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    /// The drives damp, as they do when no command comes.
    fn own_stop(&mut self) -> Result<(), IoError> {
        self.drives.damp();
        self.clock.written_nanos = self.clock.elapsed_nanos;
        Ok(())
    }

    fn failure(&self) -> Option<String> {
        self.world.failure().map(|failure| failure.to_string())
    }
}

/// The world that the parameters' engine moves.
fn physics(model: &RobotModel, params: &SimParams) -> Result<Box<dyn Physics>, WorldError> {
    match params.engine {
        Engine::Embedded => Ok(Box::new(World::new(model, params)?)),
        #[cfg(feature = "mujoco")]
        Engine::Mujoco => Ok(Box::new(crate::mujoco::MujocoWorld::new(model, params)?)),
        #[cfg(not(feature = "mujoco"))]
        Engine::Mujoco => Err(WorldError::Setting {
            key: "engine",
            expected: "embedded, for this program was built without the feature `mujoco`".to_owned(),
            found: "mujoco".to_owned(),
        }),
    }
}

fn nanos(secs: f64) -> u64 {
    (secs * 1e9).round() as u64
}
