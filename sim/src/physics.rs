//! What a physics engine is to the simulator: one robot on its ground, stepped with drive commands.

use std::fmt;

use nalgebra::{Isometry3, Vector3};

/// Force in N above which a foot counts as touching.
pub(crate) const CONTACT_FORCE_N: f64 = 1.0;
/// Inertia in kg and kg·m² that a held base seems to have.
pub(crate) const HELD_INERTIA: f64 = 1e7;

/// A robot in a world that an engine moves. Bodies are those of the description, in its order.
pub trait Physics: fmt::Debug + Send {
    /// Names of the feet.
    fn feet(&self) -> Vec<String>;

    /// Number of bodies of the description.
    fn bodies(&self) -> usize;

    /// Number of driven joints.
    fn dof(&self) -> usize;

    /// Advances one step with these drive commands, in robot order. Joints without a drive move freely. A world
    /// that has [failed](Self::failure) stands still.
    fn step(&mut self, commands: &[DriveCommand]);

    /// Position, velocity and drive torque of a driven joint, by its index in robot order.
    fn joint(&self, index: usize) -> JointMotion;

    /// Where a body of the description is and how it moves.
    fn body(&self, index: usize) -> BodyMotion;

    /// Where all bodies of the description are: `world_from_body`, in its order.
    fn body_poses(&self, poses: &mut Vec<Isometry3<f64>>);

    /// Whether a foot presses on the ground.
    fn foot_contact(&self, foot: usize) -> bool;

    /// Adds to the base's velocity, m/s in the world frame. A base that is held or bolted down stays at rest.
    fn push(&mut self, velocity: Vector3<f64>);

    /// Holds the base where it started, or lets it go from there with no velocity.
    fn hold_base(&mut self, held: bool);

    /// Puts the robot anywhere, at rest; joint positions of all joints in tree order. A base that is bolted down
    /// stays where it is.
    fn place(&mut self, base: &Isometry3<f64>, joints: &[f64]);

    /// Why the world stands still for ever, where it does.
    fn failure(&self) -> Option<Failure<'_>>;

    /// The motion of base and driven joints, for whoever compares two worlds bit by bit.
    fn fingerprint(&self) -> Vec<u64> {
        let base = self.body(0);
        let joints = (0..self.dof()).map(|index| self.joint(index));
        let joints = joints.flat_map(|joint| [joint.position, joint.velocity]);
        let vectors = [
            base.pose.translation.vector,
            base.linear_velocity,
            base.angular_velocity,
        ];
        let base = vectors.iter().flat_map(|vector| vector.iter());
        base.copied().chain(joints).map(f64::to_bits).collect()
    }
}

/// The command of one drive: `torque = kp (position − q) + kd (velocity − q̇) + effort`, within `limit`.
///
/// Engines integrate it implicitly in the joint's velocity, so that no damping is too high for the step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DriveCommand {
    /// Target position in rad.
    pub position: f64,
    /// Target velocity in rad/s.
    pub velocity: f64,
    /// Feed-forward torque in N·m.
    pub effort: f64,
    /// Stiffness in N·m/rad.
    pub kp: f64,
    /// Damping in N·m·s/rad.
    pub kd: f64,
    /// Largest torque in N·m.
    pub limit: f64,
}

impl DriveCommand {
    /// The command for a drive on a joint that has `damping` of its own, for which kd stands as well.
    pub(crate) fn less_damping(&self, damping: f64) -> Self {
        let there = self.kd.min(damping);
        Self {
            kd: self.kd - there,
            effort: self.effort + there * self.velocity,
            ..*self
        }
    }
}

/// Where a body is and how it moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyMotion {
    /// `world_from_body`.
    pub pose: Isometry3<f64>,
    /// Velocity of the body's origin in the world frame, m/s.
    pub linear_velocity: Vector3<f64>,
    /// Angular velocity in the world frame, rad/s.
    pub angular_velocity: Vector3<f64>,
}

/// What a joint is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointMotion {
    /// Position in rad.
    pub position: f64,
    /// Velocity in rad/s.
    pub velocity: f64,
    /// Torque of the drive in N·m.
    pub effort: f64,
}

/// Why a simulation stopped being one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure<'a> {
    /// A position or velocity is no number any more.
    Diverged(&'a Divergence),
    /// The physics engine panicked in this step, counted from 1.
    Panicked(u64),
    /// The physics engine found no memory for all contacts in this step, counted from 1.
    OutOfMemory(u64),
}

/// Where and when a position or velocity was no number any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The joint or body, with its name.
    pub place: String,
    /// The step after which it was seen, counted from 1.
    pub step: u64,
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Diverged(Divergence { place, step }) => write!(
                f,
                "the simulation diverged at {place} in step {step}: its motion is no number any more"
            )?,
            Self::Panicked(step) => write!(f, "the simulation failed in step {step}: its physics engine panicked")?,
            Self::OutOfMemory(step) => {
                return write!(
                    f,
                    "the simulation failed in step {step}: no memory for all contacts; give the MJCF a larger <size memory>"
                );
            }
        }
        f.write_str("; look at masses, inertias and gains in the description, or give a smaller `timestep_secs`")
    }
}
