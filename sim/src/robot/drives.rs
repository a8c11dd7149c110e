//! The drives' electronics: commands that arrive late, and damping when none arrive.

use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;

use crate::physics::DriveCommand;

/// Speed in rad/s at which a drive without a damping in its description would use its full torque
/// to brake.
const BRAKING_SPEED_RAD_S: f64 = 10.0;

/// A drive per joint, in robot order.
#[derive(Debug)]
pub(super) struct Drives {
    /// Written last.
    latest: JointCommand,
    /// Commands on their way: one per step of delay, and the one that arrives.
    pipe: Vec<JointCommand>,
    /// Place in the pipe that arrives at this step.
    head: usize,
    strength: f64,
    limits: Vec<f64>,
    braking: Vec<f64>,
    /// Damping that each drive adds by itself.
    own_kd: Vec<f64>,
    /// What the physics gets.
    commands: Vec<DriveCommand>,
}

impl Drives {
    /// Drives that damp by themselves with `own_kd`, where that is not empty.
    pub(super) fn new(robot: &RobotDescription, strength: f64, delay_steps: usize, own_kd: &[f64]) -> Self {
        let dof = robot.dof();
        // A motor without strength has no torque, not even where none is the limit.
        let limit = |effort: f64| if strength == 0.0 { 0.0 } else { effort * strength };
        let limits: Vec<f64> = robot.joints.iter().map(|joint| limit(joint.effort_nm)).collect();
        let braking: Vec<f64> = robot
            .joints
            .iter()
            .map(|joint| match joint.damping {
                Some(damping) => damping,
                None if joint.effort_nm.is_finite() => joint.effort_nm / BRAKING_SPEED_RAD_S,
                None => 1.0,
            })
            .collect();
        let mut own_kd = own_kd.to_vec();
        own_kd.resize(dof, 0.0);
        // One that damps by itself is not braked besides.
        let braking: Vec<f64> = braking
            .iter()
            .zip(&own_kd)
            .map(|(kd, own)| (kd - own).max(0.0))
            .collect();
        let mut at_rest = JointCommand::zeros(dof);
        at_rest.kd.copy_from_slice(&braking);
        Self {
            pipe: vec![at_rest.clone(); delay_steps + 1],
            latest: at_rest,
            head: 0,
            strength,
            limits,
            braking,
            own_kd,
            commands: vec![DriveCommand::default(); dof],
        }
    }

    /// Takes a command from the controller.
    pub(super) fn write(&mut self, command: &JointCommand) {
        self.latest.copy_from(command);
    }

    /// Forgets all commands: the drives only damp.
    pub(super) fn damp(&mut self) {
        self.latest.position.fill(0.0);
        self.latest.velocity.fill(0.0);
        self.latest.effort.fill(0.0);
        self.latest.kp.fill(0.0);
        self.latest.kd.copy_from_slice(&self.braking);
    }

    /// What each drive does in the next physics step.
    pub(super) fn next(&mut self) -> &[DriveCommand] {
        self.pipe[self.head].copy_from(&self.latest);
        self.head = (self.head + 1) % self.pipe.len();
        let arrived = &self.pipe[self.head];
        for (j, drive) in self.commands.iter_mut().enumerate() {
            let (asked, own) = (self.strength * arrived.kd[j], self.strength * self.own_kd[j]);
            *drive = DriveCommand {
                position: arrived.position[j],
                velocity: arrived.velocity[j],
                // Its own damping is against standing still, whatever velocity is asked for.
                effort: self.strength * arrived.effort[j] - own * arrived.velocity[j],
                kp: self.strength * arrived.kp[j],
                kd: asked + own,
                limit: self.limits[j],
            };
        }
        &self.commands
    }
}
