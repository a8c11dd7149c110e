//! From a robot's description to rapier's bodies, joints and colliders.

use std::collections::HashMap;

use nalgebra::{DVector, Isometry3, Translation3, UnitQuaternion, Vector3};
use rapier3d::dynamics::MultibodyDofCoupling;
use rapier3d::prelude::{
    GenericJointBuilder, JointAxesMask, JointAxis, MassProperties, Multibody, MultibodyJointHandle, PhysicsWorld,
    RigidBodyBuilder, RigidBodyHandle,
};
use sinew_robot::{Geom, Joint, JointKind, RobotModel};

use super::colliders::RobotCollider;
use super::divergence::Names;
use super::drive::JointDrive;
use super::{BodyPlacement, Foot, World, WorldError, colliders, convert};
use crate::carriers::{Carrier, carriers};
use crate::feet::{Standing, TouchingShape};
use crate::params::SimParams;
use crate::physics::Physics;

/// What building needs to pass around.
pub(super) struct Builder<'a> {
    pub(super) model: &'a RobotModel,
    pub(super) params: &'a SimParams,
    pub(super) fixed_geoms: Vec<Geom>,
    pub(super) physics: PhysicsWorld,
    pub(super) carriers: Vec<Carrier>,
    /// For each body its carrier, and its frame in the carrier's head.
    pub(super) carried: Vec<(usize, Isometry3<f64>)>,
    pub(super) pair_bits: HashMap<String, (u32, u32)>,
}

impl World {
    /// Builds a world and puts the robot on the ground in its start pose. Of the parameters, those of sensors, drives,
    /// pushes and the camera are for whoever makes these.
    ///
    /// # Errors
    /// [`WorldError`] for parameters that cannot be, and collision meshes that are no bodies.
    pub fn new(model: &RobotModel, params: &SimParams) -> Result<Self, WorldError> {
        params.check()?;
        model.check_keyframe(params.keyframe.as_deref())?;
        let (carriers, carried) = carriers(model, params.mass_scale);
        let mut builder = Builder {
            model,
            params,
            fixed_geoms: model.fixed_geoms(params.slope_rad),
            physics: PhysicsWorld::new(),
            carriers,
            carried,
            pair_bits: colliders::pair_bits(model)?,
        };
        builder.world()
    }
}

impl Builder<'_> {
    fn world(&mut self) -> Result<World, WorldError> {
        let model = self.model;
        let keyframe = self.params.keyframe.as_deref();
        let start_joints = model.default_joints(keyframe);
        let start = model.start_pose(keyframe, &start_joints, self.params.slope_rad);

        let gravity = match self.params.gravity_m_s2 {
            Some(gravity) => Vector3::new(0.0, 0.0, -gravity),
            None => model.gravity,
        };
        self.physics.gravity = convert::vector(&gravity);
        let parameters = &mut self.physics.integration_parameters;
        parameters.dt = self.params.timestep_secs as f32;
        parameters.num_solver_iterations = self.params.solver_iterations;

        let ground = self.insert_fixed_geoms()?;
        let handles = self.insert_bodies();
        let root_shift = self.root_shift();
        let placements: Vec<BodyPlacement> = self
            .carried
            .iter()
            .map(|(carrier, pose)| BodyPlacement {
                handle: handles[*carrier],
                carrier_from_body: if *carrier == 0 { root_shift * pose } else { *pose },
            })
            .collect();
        let (multibody, joints) = self.insert_joints(&handles, root_shift)?;
        let colliders = self.insert_colliders(&placements)?;
        let feet = self.feet(&colliders, &start, &start_joints)?;
        let hooks = self.exclusions(&colliders);
        let tree_order: Vec<usize> = model.jointed_bodies().collect();
        let driven = model
            .driven_bodies()
            .iter()
            .filter_map(|body| tree_order.iter().position(|other| other == body))
            .collect();
        let mut world = World {
            physics: std::mem::take(&mut self.physics),
            hooks,
            placements,
            multibody,
            joints,
            driven,
            feet,
            ground,
            floating_base: model.floating_base,
            held: false,
            start,
            response: DVector::zeros(0),
            steps: 0,
            names: self.names(),
            diverged: None,
            stepping: false,
        };
        world.response = DVector::zeros(world.degrees_of_freedom());
        world.place(&start, &start_joints);
        Ok(world)
    }

    /// The feet, each with what touches the ground.
    fn feet(
        &self,
        colliders: &[RobotCollider],
        start: &Isometry3<f64>,
        joints: &[f64],
    ) -> Result<Vec<Foot>, WorldError> {
        let standing = Standing {
            model: self.model,
            params: self.params,
            carriers: &self.carriers,
            carried: &self.carried,
            start,
            joints,
        };
        let shapes = colliders.iter().map(|collider| TouchingShape {
            body: collider.body,
            geom: &collider.geom,
        });
        let feet = standing.feet(&shapes.collect::<Vec<_>>())?.into_iter();
        let handles = |shapes: Vec<usize>| shapes.into_iter().map(|shape| colliders[shape].handle).collect();
        Ok(feet.map(|(name, shapes)| (name, handles(shapes))).collect())
    }

    fn names(&self) -> Names {
        let joints = self.model.bodies.iter().filter_map(|body| body.joint.as_ref());
        Names {
            joints: joints.map(|joint| joint.name.clone()).collect(),
            base: self.model.bodies[0].name.clone(),
        }
    }

    /// Rapier takes the velocity of a multibody's root as that of its centre of mass but moves
    /// its origin with it, so the origin is put there. A bolted root does not move.
    fn root_shift(&self) -> Isometry3<f64> {
        if !self.model.floating_base {
            return Isometry3::identity();
        }
        Translation3::from(-self.carriers[0].inertia.com.coords).into()
    }

    fn insert_bodies(&mut self) -> Vec<RigidBodyHandle> {
        let root_shift = self.root_shift();
        let mut handles = Vec::with_capacity(self.carriers.len());
        for (index, carrier) in self.carriers.iter().enumerate() {
            let floats = index > 0 || self.model.floating_base;
            let inertia = if index == 0 {
                carrier.inertia.transformed(&root_shift)
            } else {
                carrier.inertia
            };
            let mass = MassProperties::with_inertia_matrix(
                convert::point(&inertia.com),
                inertia.mass as f32,
                convert::matrix(&inertia.about_com),
            );
            let body = if floats {
                RigidBodyBuilder::dynamic()
            } else {
                RigidBodyBuilder::fixed()
            };
            let weight = if inertia.mass > 0.0 {
                carrier.weighing / inertia.mass
            } else {
                1.0
            };
            let body = body
                .additional_mass_properties(mass)
                .gravity_scale(weight as f32)
                .can_sleep(false);
            handles.push(self.physics.bodies.insert(body));
        }
        handles
    }

    fn insert_joints(
        &mut self,
        handles: &[RigidBodyHandle],
        root_shift: Isometry3<f64>,
    ) -> Result<(MultibodyJointHandle, Vec<JointDrive>), WorldError> {
        let model = self.model;
        let mut drives = Vec::new();
        let mut last = None;
        for (index, carrier) in self.carriers.iter().enumerate().skip(1) {
            let body = &model.bodies[carrier.head];
            let (Some(joint), Some(parent)) = (&body.joint, body.parent) else {
                continue;
            };
            let (parent_carrier, parent_frame) = self.carried[parent];
            let shift = if parent_carrier == 0 {
                root_shift
            } else {
                Isometry3::identity()
            };
            let joint_frame = joint_frame(joint);
            let locked = match joint.kind {
                JointKind::Hinge => JointAxesMask::LOCKED_REVOLUTE_AXES,
                JointKind::Slide => JointAxesMask::LOCKED_PRISMATIC_AXES,
            };
            let mut data = GenericJointBuilder::new(locked)
                .local_frame1(convert::pose(&(shift * parent_frame * body.pose * joint_frame)))
                .local_frame2(convert::pose(&joint_frame))
                .contacts_enabled(false);
            if let Some([lower, upper]) = joint.range {
                let (axis, offset) = match joint.kind {
                    JointKind::Hinge => (JointAxis::AngX, joint.reference),
                    JointKind::Slide => (JointAxis::LinX, joint.reference),
                };
                data = data.limits(axis, [(lower - offset) as f32, (upper - offset) as f32]);
            }
            last = self
                .physics
                .multibody_joints
                .insert(handles[parent_carrier], handles[index], data.build(), true);
            let damping_in_kd = if self.params.kd_includes_joint_damping {
                model.damping_in_kd(carrier.head)
            } else {
                0.0
            };
            drives.push(JointDrive::new(joint, index, damping_in_kd));
        }
        let handle = last.ok_or_else(|| WorldError::Setting {
            key: "robot",
            expected: "a tree with at least one joint".to_owned(),
            found: format!("{} bodies", model.bodies.len()),
        })?;
        if let Some((multibody, _)) = self.physics.multibody_joints.get_mut(handle) {
            // Settles how many degrees of freedom a bolted root has.
            multibody.forward_kinematics(&self.physics.bodies, true);
            multibody.damping_mut().fill(0.0);
            let armature = multibody.armature().clone();
            let mut filled = armature * 0.0;
            for (drive, carrier) in drives.iter().zip(self.carriers.iter().skip(1)) {
                if let Some(joint) = &model.bodies[carrier.head].joint {
                    filled[super::first_dof(multibody, drive.link)] = joint.armature as f32;
                }
            }
            multibody.armature_mut().copy_from(&filled);
            multibody.set_self_contacts_enabled(model.self_collision);
            couple(model, multibody, &drives);
        }
        Ok((handle, drives))
    }
}

/// Lets joints follow each other as the description says.
fn couple(model: &RobotModel, multibody: &mut Multibody, drives: &[JointDrive]) {
    let places: Vec<usize> = model.jointed_bodies().collect();
    let drive_of = |body: usize| {
        let place = places.iter().position(|&other| other == body);
        place.and_then(|place| drives.get(place))
    };
    for coupling in &model.couplings {
        let Some(follower) = drive_of(coupling.follower) else {
            continue;
        };
        // With a factor of zero any joint will do.
        let leader = coupling.leader.and_then(drive_of).unwrap_or(follower);
        // Rapier's positions count from the reference.
        let offset = coupling.multiplier * leader.reference() + coupling.offset - follower.reference();
        multibody.add_dof_coupling(MultibodyDofCoupling {
            link1: leader.link,
            dof1: 0,
            axis1: leader.axis(),
            link2: follower.link,
            dof2: 0,
            axis2: follower.axis(),
            coeff: coupling.multiplier as f32,
            offset: offset as f32,
        });
    }
}

/// The joint's frame in its body: x along the axis, through the anchor.
fn joint_frame(joint: &Joint) -> Isometry3<f64> {
    let rotation = UnitQuaternion::rotation_between(&Vector3::x(), &joint.axis)
        .unwrap_or_else(|| UnitQuaternion::from_axis_angle(&Vector3::z_axis(), std::f64::consts::PI));
    Isometry3::from_parts(Translation3::from(joint.anchor.coords), rotation)
}
