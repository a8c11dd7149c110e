//! The embedded physics: a rapier world with one robot in it.
//!
//! The robot is one multibody in reduced coordinates. Drives act through its mass matrix, as
//! implicit springs and dampers, so that stiff gains on light links stay stable at steps of
//! several milliseconds; see [`DriveCommand`] for the law.

mod build;
mod colliders;
mod convert;
mod divergence;
mod drive;
mod error;
mod shape;

use std::collections::HashSet;
use std::fmt;

use self::divergence::Names;
use self::drive::JointDrive;
pub use self::error::WorldError;
use nalgebra::{DVector, Isometry3, Vector3};
use rapier3d::prelude::{
    ColliderHandle, Multibody, MultibodyJointHandle, PairFilterContext, PhysicsHooks, PhysicsWorld, RigidBodyHandle,
    SolverFlags,
};

use crate::physics::{
    BodyMotion, CONTACT_FORCE_N, Divergence, DriveCommand, Failure, HELD_INERTIA, JointMotion, Physics,
};

/// A foot by its name, with what touches the ground.
type Foot = (String, Vec<ColliderHandle>);

/// How one body of the description is carried by rapier.
#[derive(Debug, Clone, Copy)]
struct BodyPlacement {
    handle: RigidBodyHandle,
    /// The body's frame in the frame of the rigid body that carries it.
    carrier_from_body: Isometry3<f64>,
}

/// A robot on its ground.
pub struct World {
    physics: PhysicsWorld,
    hooks: Exclusions,
    placements: Vec<BodyPlacement>,
    /// Any joint: the way to the multibody.
    multibody: MultibodyJointHandle,
    joints: Vec<JointDrive>,
    driven: Vec<usize>,
    feet: Vec<Foot>,
    ground: HashSet<ColliderHandle>,
    floating_base: bool,
    held: bool,
    start: Isometry3<f64>,
    /// Scratch space, one number per degree of freedom.
    response: DVector<f32>,
    /// Steps taken.
    steps: u64,
    names: Names,
    diverged: Option<Divergence>,
    /// True within a step, and for ever after one that panicked.
    stepping: bool,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("bodies", &self.placements.len())
            .field("joints", &self.joints.len())
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

/// Keeps pairs that the description excludes apart.
#[derive(Debug, Default)]
struct Exclusions {
    pairs: HashSet<(ColliderHandle, ColliderHandle)>,
}

impl PhysicsHooks for Exclusions {
    fn filter_contact_pair(&self, context: &PairFilterContext<'_>) -> Option<SolverFlags> {
        let pair = (context.collider1, context.collider2);
        (!self.pairs.contains(&pair) && !self.pairs.contains(&(pair.1, pair.0)))
            .then_some(SolverFlags::COMPUTE_RIGID_IMPULSES)
    }
}

impl Physics for World {
    fn feet(&self) -> Vec<String> {
        self.feet.iter().map(|(name, _)| name.clone()).collect()
    }

    fn bodies(&self) -> usize {
        self.placements.len()
    }

    fn dof(&self) -> usize {
        self.driven.len()
    }

    fn step(&mut self, commands: &[DriveCommand]) {
        if self.failure().is_some() {
            return;
        }
        self.stepping = true;
        self.advance(commands);
        self.stepping = false;
        self.steps += 1;
        self.diverged = self.find_divergence();
    }

    fn joint(&self, index: usize) -> JointMotion {
        let joint = &self.joints[self.driven[index]];
        JointMotion {
            position: joint.position(),
            velocity: joint.velocity(),
            effort: joint.effort(),
        }
    }

    fn body(&self, index: usize) -> BodyMotion {
        let place = &self.placements[index];
        let body = &self.physics.bodies[place.handle];
        let pose = convert::to_isometry(body.position()) * place.carrier_from_body;
        let com = convert::to_vector(body.center_of_mass());
        let (com_velocity, angular_velocity) = self.velocity_of(place.handle);
        let lever = pose.translation.vector - com;
        BodyMotion {
            pose,
            linear_velocity: com_velocity + angular_velocity.cross(&lever),
            angular_velocity,
        }
    }

    fn body_poses(&self, poses: &mut Vec<Isometry3<f64>>) {
        poses.clear();
        poses.extend(self.placements.iter().map(|place| {
            let carrier = convert::to_isometry(self.physics.bodies[place.handle].position());
            carrier * place.carrier_from_body
        }));
    }

    fn foot_contact(&self, foot: usize) -> bool {
        let impulse: f64 = self.feet[foot]
            .1
            .iter()
            .flat_map(|&collider| {
                let pairs = self.physics.narrow_phase.contact_pairs_with(collider);
                pairs.map(move |pair| {
                    let other = if pair.collider1 == collider {
                        pair.collider2
                    } else {
                        pair.collider1
                    };
                    (other, pair)
                })
            })
            .filter(|(other, _)| self.ground.contains(other))
            .map(|(_, pair)| f64::from(pair.total_impulse_magnitude()))
            .sum();
        impulse > CONTACT_FORCE_N * self.timestep_secs()
    }

    fn push(&mut self, velocity: Vector3<f64>) {
        if !self.floating_base || self.held {
            return;
        }
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            let mut velocities = multibody.generalized_velocity_mut();
            for (slot, change) in velocities.iter_mut().zip(velocity.iter()) {
                *slot += *change as f32;
            }
        }
    }

    fn hold_base(&mut self, held: bool) {
        if !self.floating_base || self.held == held {
            return;
        }
        self.held = held;
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            let inertia = if held { HELD_INERTIA as f32 } else { 0.0 };
            multibody.armature_mut().rows_mut(0, 6).fill(inertia);
        }
        self.pin_base();
    }

    fn place(&mut self, base: &Isometry3<f64>, joints: &[f64]) {
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            multibody.generalized_velocity_mut().fill(0.0);
            let mut displacement = vec![0.0; multibody.ndofs()];
            for (joint, position) in self.joints.iter_mut().zip(joints) {
                joint.displace(multibody, *position, &mut displacement);
            }
            multibody.apply_displacements(&displacement);
        }
        let start = self.start;
        self.move_base(if self.floating_base { base } else { &start });
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            multibody.forward_kinematics(&self.physics.bodies, true);
            multibody.update_rigid_bodies(&mut self.physics.bodies, true);
            for joint in &mut self.joints {
                joint.observe(multibody);
            }
        }
    }

    fn failure(&self) -> Option<Failure<'_>> {
        match (&self.diverged, self.stepping) {
            (Some(divergence), _) => Some(Failure::Diverged(divergence)),
            (None, true) => Some(Failure::Panicked(self.steps + 1)),
            (None, false) => None,
        }
    }
}

impl World {
    /// Length of a step in s.
    pub fn timestep_secs(&self) -> f64 {
        f64::from(self.physics.integration_parameters.dt)
    }

    fn advance(&mut self, commands: &[DriveCommand]) {
        let dt = self.timestep_secs();
        for (command, &joint) in commands.iter().zip(&self.driven) {
            self.joints[joint].command(command);
        }
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            for joint in &mut self.joints {
                joint.apply(multibody, dt);
            }
        }
        if self.held {
            self.pin_base();
        }
        self.physics.step_with_events(&self.hooks, &());
        if self.held {
            self.pin_base();
        }
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            for joint in &mut self.joints {
                joint.observe(multibody);
            }
            let mut relieved = false;
            let substep = dt / self.physics.integration_parameters.num_solver_iterations as f64;
            for &joint in &self.driven {
                relieved |= self.joints[joint].relieve(multibody, substep, &mut self.response);
            }
            if relieved {
                for joint in &mut self.joints {
                    joint.observe(multibody);
                }
            }
        }
    }

    /// Velocity of a carrier's centre of mass, and its angular velocity. Taken from the multibody,
    /// because rapier copies velocities to its bodies only at the beginning of a step.
    fn velocity_of(&self, handle: RigidBodyHandle) -> (Vector3<f64>, Vector3<f64>) {
        let joints = &self.physics.multibody_joints;
        let motion = joints.rigid_body_link(handle).and_then(|id| {
            let multibody = joints.get_multibody(id.multibody)?;
            Some(multibody.body_jacobian(id.id) * multibody.generalized_velocity())
        });
        let Some(motion) = motion else {
            return (Vector3::zeros(), Vector3::zeros());
        };
        let part = |k: usize| Vector3::new(motion[k], motion[k + 1], motion[k + 2]).map(f64::from);
        (part(0), part(3))
    }

    fn degrees_of_freedom(&self) -> usize {
        let multibody = self.physics.multibody_joints.get(self.multibody);
        multibody.map_or(0, |(multibody, _)| multibody.ndofs())
    }

    /// Puts a held base back to its start, at rest.
    fn pin_base(&mut self) {
        let start = self.start;
        self.move_base(&start);
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(self.multibody) {
            multibody.generalized_velocity_mut().rows_mut(0, 6).fill(0.0);
        }
    }

    fn move_base(&mut self, base: &Isometry3<f64>) {
        let place = self.placements[0];
        let carrier = base * place.carrier_from_body.inverse();
        if let Some(body) = self.physics.bodies.get_mut(place.handle) {
            body.set_position(convert::pose(&carrier), false);
        }
    }
}

/// The multibody's index of degrees of freedom for a link.
fn first_dof(multibody: &Multibody, link: usize) -> usize {
    multibody.link(link).map_or(0, |link| link.assembly_id())
}
