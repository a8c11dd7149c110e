//! A joint with its drive, as springs and dampers of the multibody's mass matrix.

use nalgebra::DVector;
use rapier3d::prelude::{JointAxesMask, Multibody};
use sinew_robot::{Joint, JointKind};

use super::first_dof;
use crate::physics::DriveCommand;

/// Speed in rad/s below which dry friction is viscous: it holds a joint by creeping.
const CREEP_RAD_S: f64 = 0.02;
/// How far above its limit, as a share of it, a torque may be for want of precision.
const TORQUE_TOLERANCE: f64 = 1e-4;
/// Least share of an impulse on a joint that its inertia is taken to answer, not its drive.
const LEAST_SHARE: f64 = 0.05;
/// Stiffness below which a spring could not carry a torque in f32, N·m/rad.
const LEAST_STIFFNESS: f64 = 0.1;

/// Rapier's part of the drives' law. Implicitly applied, q and q̇ are those at the *end* of the step, so that no gain is
/// too high for the step. Where the law would exceed the limit, at the start of the step or where the joint's present
/// velocity takes it, all of it is scaled down to the limit for that step. What an impact within the step adds beyond
/// the limit is taken back at its end.
impl DriveCommand {
    fn torque(&self, position: f64, velocity: f64) -> f64 {
        self.kp * (self.position - position) + self.kd * (self.velocity - velocity) + self.effort
    }

    /// The factor that keeps the law within its limit for a step of `dt`.
    fn scale(&self, position: f64, velocity: f64, dt: f64) -> f64 {
        let now = self.torque(position, velocity).abs();
        let ahead = self.torque(position + dt * velocity, velocity).abs();
        let torque = now.max(ahead);
        if torque > self.limit { self.limit / torque } else { 1.0 }
    }
}

/// A joint in the world.
#[derive(Debug, Clone)]
pub(super) struct JointDrive {
    pub(super) link: usize,
    command: DriveCommand,
    axis: usize,
    axis_mask: JointAxesMask,
    reference: f64,
    range: Option<[f64; 2]>,
    damping: f64,
    /// The part of the damping that a command's kd stands for as well.
    damping_in_kd: f64,
    friction: f64,
    spring: (f64, f64),
    position: f64,
    velocity: f64,
    scale: f64,
    effort: f64,
}

impl JointDrive {
    /// A joint on a link of the multibody. Its own damping stays whatever the drive does; a kd adds to
    /// it, but for its part that is `damping_in_kd`.
    pub(super) fn new(joint: &Joint, link: usize, damping_in_kd: f64) -> Self {
        let (axis, axis_mask) = match joint.kind {
            JointKind::Slide => (0, JointAxesMask::LIN_X),
            JointKind::Hinge => (3, JointAxesMask::ANG_X),
        };
        Self {
            link,
            command: DriveCommand::default(),
            axis,
            axis_mask,
            reference: joint.reference,
            range: joint.range,
            damping: joint.damping,
            damping_in_kd,
            friction: joint.friction,
            spring: joint.spring,
            position: joint.reference,
            velocity: 0.0,
            scale: 1.0,
            effort: 0.0,
        }
    }

    /// Takes the command for the steps to come.
    pub(super) fn command(&mut self, command: &DriveCommand) {
        self.command = command.less_damping(self.damping_in_kd);
    }

    pub(super) fn axis(&self) -> usize {
        self.axis
    }

    pub(super) fn reference(&self) -> f64 {
        self.reference
    }

    pub(super) fn position(&self) -> f64 {
        self.position
    }

    pub(super) fn velocity(&self) -> f64 {
        self.velocity
    }

    /// Torque that the drive applied at the end of the last step.
    pub(super) fn effort(&self) -> f64 {
        self.effort
    }

    /// Sets springs, dampers and limits for the step to come.
    pub(super) fn apply(&mut self, multibody: &mut Multibody, dt: f64) {
        let (q, v) = (self.position, self.velocity);
        let command = &self.command;
        self.scale = command.scale(q, v, dt);
        let (kp, kd) = (self.scale * command.kp, self.scale * command.kd);
        let constant = self.scale * (command.kp * command.position + command.kd * command.velocity + command.effort)
            + self.spring.0 * self.spring.1;
        let stiffness = kp + self.spring.0;
        let damping = kd + self.damping + self.friction / v.abs().max(CREEP_RAD_S);

        // rapier's spring pulls with −stiffness (q − rest) at the end of the step.
        let (stiffness, rest) = if stiffness >= LEAST_STIFFNESS {
            (stiffness, constant / stiffness)
        } else {
            let ahead = q + dt * v;
            let torque = constant - stiffness * ahead;
            (LEAST_STIFFNESS, ahead + torque / LEAST_STIFFNESS)
        };

        let dof = first_dof(multibody, self.link);
        multibody.damping_mut()[dof] = damping as f32;
        let outside = self.range.is_some_and(|[lower, upper]| q < lower || q > upper);
        let (axis, mask) = (self.axis, self.axis_mask);
        if let Some(link) = multibody.link_mut(self.link) {
            let rest = (rest - self.reference) as f32;
            link.joint.set_spring(axis, stiffness as f32, rest);
            // A limit costs a row of the solver, so it is there only while it is passed.
            link.joint.data.limit_axes.set(mask, outside);
        }
    }

    /// Reads back what the step did.
    pub(super) fn observe(&mut self, multibody: &Multibody) {
        let Some(link) = multibody.link(self.link) else {
            return;
        };
        self.position = f64::from(link.joint().coords()[self.axis]) + self.reference;
        let dof = link.assembly_id();
        self.velocity = f64::from(multibody.generalized_velocity()[dof]);
        let torque = self.scale * self.command.torque(self.position, self.velocity);
        self.effort = torque.max(-self.command.limit).min(self.command.limit);
    }

    /// Takes back what the drive pushed beyond its limit in a step of `dt`, because something hit
    /// the joint meanwhile; whether there was anything. `response` is scratch space.
    pub(super) fn relieve(&self, multibody: &mut Multibody, dt: f64, response: &mut DVector<f32>) -> bool {
        let torque = self.scale * self.command.torque(self.position, self.velocity);
        if torque.abs() <= self.command.limit * (1.0 + TORQUE_TOLERANCE) {
            return false;
        }
        let dof = first_dof(multibody, self.link);
        response.fill(0.0);
        response[dof] = 1.0;
        multibody.inv_augmented_mass().solve_mut(response);
        // The mass matrix of the step holds the drive's gains, which answer an impulse in part.
        let answered = dt * self.scale * (self.command.kd + dt * self.command.kp) * f64::from(response[dof]);
        let excess = torque - self.command.limit.copysign(torque);
        let impulse = -dt * excess / (1.0 - answered).max(LEAST_SHARE);
        multibody.generalized_velocity_mut().axpy(impulse as f32, response, 1.0);
        true
    }

    /// Fills in how far the joint must move to stand at `position`.
    pub(super) fn displace(&self, multibody: &Multibody, position: f64, out: &mut [f32]) {
        let Some(link) = multibody.link(self.link) else {
            return;
        };
        let wanted = (position - self.reference) as f32;
        out[link.assembly_id()] = wanted - link.joint().coords()[self.axis];
    }
}
