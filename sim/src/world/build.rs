//! From a robot's description to rapier's bodies, joints and colliders.

use std::collections::{HashMap, HashSet};

use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use rapier3d::prelude::{
    ActiveHooks, CoefficientCombineRule, ColliderBuilder, ColliderHandle, GenericJointBuilder, Group,
    InteractionGroups, InteractionTestMode, JointAxesMask, MassProperties, PhysicsWorld, RigidBodyBuilder,
    RigidBodyHandle,
};

use super::drive::JointDrive;
use super::shape::collision_shape;
use super::{Exclusions, Place, World, WorldError, WorldSettings, convert, ground};
use crate::description::{Geom, Inertia, Joint, JointKind, RobotModel};

/// How far above the lowest point of the robot a foot may hang in the start pose, m.
const FOOT_CLEARANCE: f64 = 0.02;

/// Bodies of the description that move as one: a jointed body (or the base) with everything that
/// is rigidly fixed to it.
struct Carrier {
    /// Its first body, whose joint it has.
    head: usize,
    /// Mass of all of it, in the head's frame.
    inertia: Inertia,
}

/// What building needs to pass around.
struct Builder<'a> {
    model: &'a RobotModel,
    settings: &'a WorldSettings,
    scenery: Vec<Geom>,
    physics: PhysicsWorld,
    carriers: Vec<Carrier>,
    /// For each body its carrier, and its frame in the carrier's head.
    carried: Vec<(usize, Isometry3<f64>)>,
    pair_bits: HashMap<String, (u32, u32)>,
}

impl World {
    /// Builds a world and puts the robot on the ground in its start pose.
    ///
    /// # Errors
    /// [`WorldError`] for settings that cannot be, and collision meshes that are no bodies.
    pub fn new(model: &RobotModel, settings: &WorldSettings) -> Result<Self, WorldError> {
        check(model, settings)?;
        let (carriers, carried) = carriers(model, settings.mass_scale);
        let mut builder = Builder {
            model,
            settings,
            scenery: ground::scenery(model, settings.slope_rad),
            physics: PhysicsWorld::new(),
            carriers,
            carried,
            pair_bits: pair_bits(model)?,
        };
        builder.world()
    }
}

impl Builder<'_> {
    fn world(&mut self) -> Result<World, WorldError> {
        let model = self.model;
        let start_joints = model.default_joints(self.settings.keyframe.as_deref());
        let start = self.start_pose(&start_joints);

        let gravity = match self.settings.gravity_m_s2 {
            Some(gravity) => Vector3::new(0.0, 0.0, -gravity),
            None => model.gravity,
        };
        self.physics.gravity = convert::vector(&gravity);
        let parameters = &mut self.physics.integration_parameters;
        parameters.dt = self.settings.timestep_secs as f32;
        parameters.num_solver_iterations = self.settings.solver_iterations;

        let ground = self.insert_scenery()?;
        let handles = self.insert_bodies();
        let root_shift = self.root_shift();
        let places: Vec<Place> = self
            .carried
            .iter()
            .map(|(carrier, pose)| Place {
                handle: handles[*carrier],
                carrier_from_body: if *carrier == 0 { root_shift * pose } else { *pose },
            })
            .collect();
        let (multibody, joints) = self.insert_joints(&handles, root_shift)?;
        let (hooks, feet) = self.insert_colliders(&places, &start, &start_joints)?;
        let tree_order: Vec<usize> = model.jointed_bodies().collect();
        let driven = model
            .driven_bodies()
            .iter()
            .filter_map(|body| tree_order.iter().position(|other| other == body))
            .collect();
        let mut world = World {
            physics: std::mem::take(&mut self.physics),
            hooks,
            places,
            multibody,
            joints,
            driven,
            feet,
            ground,
            floating_base: model.floating_base,
            held: false,
            start,
        };
        world.place(&start, &start_joints);
        Ok(world)
    }

    /// The base's start: as the keyframe has it, lowered or raised until the robot just touches
    /// the ground.
    fn start_pose(&self, joints: &[f64]) -> Isometry3<f64> {
        let model = self.model;
        if !model.floating_base {
            return model.bodies[0].pose;
        }
        let base = match model.keyframe(self.settings.keyframe.as_deref()) {
            Some(key) => Isometry3::from_parts(Translation3::from(key.base_position), key.base_orientation),
            None => model.bodies[0].pose,
        };
        let poses = model.body_poses(&base, joints);
        let lowest = self
            .robot_geoms()
            .filter_map(|(body, geom)| ground::clearance(model, &self.scenery, geom, &poses[body]))
            .min_by(f64::total_cmp);
        Translation3::new(0.0, 0.0, -lowest.unwrap_or(0.0)) * base
    }

    fn robot_geoms(&self) -> impl Iterator<Item = (usize, &Geom)> {
        let bodies = self.model.bodies.iter().enumerate();
        bodies.flat_map(|(index, body)| body.geoms.iter().map(move |geom| (index, geom)))
    }

    /// Rapier takes the velocity of a multibody's root as that of its centre of mass but moves
    /// its origin with it, so the origin is put there.
    fn root_shift(&self) -> Isometry3<f64> {
        Translation3::from(-self.carriers[0].inertia.com.coords).into()
    }

    fn insert_scenery(&mut self) -> Result<HashSet<ColliderHandle>, WorldError> {
        let pair_mask = self.pair_bits.values().fold(0, |bits, (a, b)| bits | a | b);
        let mut ground = HashSet::new();
        for geom in self.scenery.clone() {
            let (own, wanted) = self.pair_bits.get(&geom.name).copied().unwrap_or_default();
            let kind = geom.contact.kind & !pair_mask | own;
            let affinity = geom.contact.affinity & !pair_mask | wanted;
            if kind == 0 && affinity == 0 {
                continue;
            }
            let (shape, frame) = collision_shape(&geom.shape).ok_or_else(|| no_hull("world", &geom))?;
            // The robot's side carries the friction of the pair.
            let collider = ColliderBuilder::new(shape)
                .position(convert::pose(&(geom.pose * frame)))
                .friction(0.0)
                .friction_combine_rule(CoefficientCombineRule::Max)
                .collision_groups(groups(kind, affinity));
            ground.insert(self.physics.colliders.insert(collider));
        }
        Ok(ground)
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
            handles.push(
                self.physics
                    .bodies
                    .insert(body.additional_mass_properties(mass).can_sleep(false)),
            );
        }
        handles
    }

    fn insert_joints(
        &mut self,
        handles: &[RigidBodyHandle],
        root_shift: Isometry3<f64>,
    ) -> Result<(rapier3d::prelude::MultibodyJointHandle, Vec<JointDrive>), WorldError> {
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
                    JointKind::Hinge => (rapier3d::prelude::JointAxis::AngX, joint.reference),
                    JointKind::Slide => (rapier3d::prelude::JointAxis::LinX, joint.reference),
                };
                data = data.limits(axis, [(lower - offset) as f32, (upper - offset) as f32]);
            }
            last = self
                .physics
                .multibody_joints
                .insert(handles[parent_carrier], handles[index], data.build(), true);
            let damping = model.passive_damping(carrier.head);
            drives.push(JointDrive::new(joint, index, damping));
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
        }
        Ok((handle, drives))
    }

    #[allow(clippy::type_complexity)]
    fn insert_colliders(
        &mut self,
        places: &[Place],
        start: &Isometry3<f64>,
        start_joints: &[f64],
    ) -> Result<(Exclusions, Vec<(String, Vec<ColliderHandle>)>), WorldError> {
        let model = self.model;
        let pair_mask = self.pair_bits.values().fold(0, |bits, (a, b)| bits | a | b);
        let mut inserted: Vec<(usize, ColliderHandle, String)> = Vec::new();
        let geoms: Vec<(usize, Geom)> = self.robot_geoms().map(|(body, geom)| (body, geom.clone())).collect();
        for (body, geom) in geoms {
            let (own, wanted) = self.pair_bits.get(&geom.name).copied().unwrap_or_default();
            let kind = geom.contact.kind & !pair_mask | own;
            let affinity = geom.contact.affinity & !pair_mask | wanted;
            let on_ground = self
                .scenery
                .iter()
                .filter_map(|ground| ground::friction(model, &geom, ground))
                .reduce(f64::max);
            if (kind == 0 && affinity == 0) || (on_ground.is_none() && !model.self_collision) {
                continue;
            }
            let own_friction = if geom.contact.dimensions == 1 {
                0.0
            } else {
                geom.contact.friction
            };
            let friction = match (on_ground, self.settings.friction) {
                (Some(friction), Some(asked)) if friction > 0.0 => asked,
                (Some(friction), _) => friction,
                (None, _) => own_friction,
            };
            let (shape, frame) =
                collision_shape(&geom.shape).ok_or_else(|| no_hull(&model.bodies[body].name, &geom))?;
            let pose = places[body].carrier_from_body * geom.pose * frame;
            let mut collider = ColliderBuilder::new(shape)
                .position(convert::pose(&pose))
                .density(0.0)
                .friction(friction as f32)
                .friction_combine_rule(CoefficientCombineRule::Max)
                .collision_groups(groups(kind, affinity));
            if !model.excludes.is_empty() {
                collider = collider.active_hooks(ActiveHooks::FILTER_CONTACT_PAIRS);
            }
            let handle =
                self.physics
                    .colliders
                    .insert_with_parent(collider, places[body].handle, &mut self.physics.bodies);
            inserted.push((body, handle, geom.name));
        }
        let mut hooks = Exclusions::default();
        for (one, other) in &model.excludes {
            for (a, first, _) in inserted.iter().filter(|(body, ..)| body == one) {
                for (b, second, _) in inserted.iter().filter(|(body, ..)| body == other) {
                    if a != b {
                        hooks.pairs.insert((*first, *second));
                    }
                }
            }
        }
        let feet = self.feet(&inserted, start, start_joints)?;
        Ok((hooks, feet))
    }

    /// The feet and their colliders: those that are asked for by name, else the ends of limbs
    /// that stand on the ground in the start pose.
    fn feet(
        &self,
        inserted: &[(usize, ColliderHandle, String)],
        start: &Isometry3<f64>,
        start_joints: &[f64],
    ) -> Result<Vec<(String, Vec<ColliderHandle>)>, WorldError> {
        let model = self.model;
        let on_carrier = |carrier: usize| -> Vec<ColliderHandle> {
            let of_it = inserted.iter().filter(|(body, ..)| self.carried[*body].0 == carrier);
            of_it.map(|(_, handle, _)| *handle).collect()
        };
        if !self.settings.feet.is_empty() {
            return self
                .settings
                .feet
                .iter()
                .map(|name| {
                    let by_geom: Vec<ColliderHandle> = inserted
                        .iter()
                        .filter(|(_, _, geom)| geom == name)
                        .map(|(_, handle, _)| *handle)
                        .collect();
                    if !by_geom.is_empty() {
                        return Ok((name.clone(), by_geom));
                    }
                    let body = model.body_index(name).or(model.site(name).map(|(body, _)| body));
                    match body.map(|body| on_carrier(self.carried[body].0)) {
                        Some(colliders) if !colliders.is_empty() => Ok((name.clone(), colliders)),
                        _ => Err(WorldError::Setting {
                            key: "feet",
                            expected: "names of bodies, geoms or sites with a shape that touches the \
                                   ground"
                                .to_owned(),
                            found: format!("\"{name}\""),
                        }),
                    }
                })
                .collect();
        }
        let poses = model.body_poses(start, start_joints);
        let mut feet = Vec::new();
        for (index, carrier) in self.carriers.iter().enumerate() {
            let is_end = !self.carriers.iter().any(|other| {
                let parent = model.bodies[other.head].parent;
                parent.is_some_and(|parent| self.carried[parent].0 == index)
            });
            let lowest = self
                .robot_geoms()
                .filter(|(body, _)| self.carried[*body].0 == index)
                .filter_map(|(body, geom)| ground::clearance(model, &self.scenery, geom, &poses[body]))
                .min_by(f64::total_cmp);
            if is_end && lowest.is_some_and(|height| height < FOOT_CLEARANCE) {
                feet.push((model.bodies[carrier.head].name.clone(), on_carrier(index)));
            }
        }
        Ok(feet)
    }
}

/// Groups bodies that move as one.
fn carriers(model: &RobotModel, mass_scale: f64) -> (Vec<Carrier>, Vec<(usize, Isometry3<f64>)>) {
    let mut carriers: Vec<Carrier> = Vec::new();
    let mut carried: Vec<(usize, Isometry3<f64>)> = Vec::with_capacity(model.bodies.len());
    for (index, body) in model.bodies.iter().enumerate() {
        let inertia = body.inertia.scaled(mass_scale);
        match body.parent {
            Some(parent) if body.joint.is_none() => {
                let (carrier, frame) = carried[parent];
                let pose = frame * body.pose;
                let whole = &mut carriers[carrier].inertia;
                *whole = whole.merged(&inertia.transformed(&pose));
                carried.push((carrier, pose));
            }
            _ => {
                carriers.push(Carrier { head: index, inertia });
                carried.push((carriers.len() - 1, Isometry3::identity()));
            }
        }
    }
    (carriers, carried)
}

/// The joint's frame in its body: x along the axis, through the anchor.
fn joint_frame(joint: &Joint) -> Isometry3<f64> {
    let rotation = UnitQuaternion::rotation_between(&Vector3::x(), &joint.axis)
        .unwrap_or_else(|| UnitQuaternion::from_axis_angle(&Vector3::z_axis(), std::f64::consts::PI));
    Isometry3::from_parts(Translation3::from(joint.anchor.coords), rotation)
}

/// Bits that let the geoms of `<pair>`s touch, taken from those that no mask uses: every first
/// geom gets one to have, which its partners look for.
fn pair_bits(model: &RobotModel) -> Result<HashMap<String, (u32, u32)>, WorldError> {
    let geoms = model.bodies.iter().flat_map(|body| &body.geoms);
    let used = geoms
        .chain(&model.scenery)
        .fold(0, |bits, geom| bits | geom.contact.kind | geom.contact.affinity);
    let mut free: Vec<u32> = (0..32).map(|k| 1 << k).filter(|bit| used & bit == 0).collect();
    let mut firsts: Vec<&str> = model.pairs.iter().map(|pair| pair.geom1.as_str()).collect();
    firsts.sort_unstable();
    firsts.dedup();
    if firsts.len() > free.len() {
        return Err(WorldError::TooManyPairs {
            count: firsts.len(),
            room: free.len(),
        });
    }
    let mut bits: HashMap<String, (u32, u32)> = HashMap::new();
    for first in firsts {
        let Some(bit) = free.pop() else { break };
        bits.entry(first.to_owned()).or_default().0 |= bit;
        for pair in model.pairs.iter().filter(|pair| pair.geom1 == first) {
            bits.entry(pair.geom2.clone()).or_default().1 |= bit;
        }
    }
    Ok(bits)
}

/// MuJoCo's rule: two geoms touch when either has a bit that the other looks for.
fn groups(kind: u32, affinity: u32) -> InteractionGroups {
    InteractionGroups::new(
        Group::from_bits_retain(kind),
        Group::from_bits_retain(affinity),
        InteractionTestMode::Or,
    )
}

fn no_hull(body: &str, geom: &Geom) -> WorldError {
    WorldError::NoHull {
        body: body.to_owned(),
        geom: geom.name.clone(),
    }
}

fn check(model: &RobotModel, settings: &WorldSettings) -> Result<(), WorldError> {
    let within = |key, value: f64, low: f64, high: f64| {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(WorldError::Setting {
            key,
            expected: format!("from {low} to {high}"),
            found: value.to_string(),
        })
    };
    within("timestep_secs", settings.timestep_secs, 1e-5, 0.02)?;
    within("solver_iterations", settings.solver_iterations as f64, 1.0, 64.0)?;
    within("friction", settings.friction.unwrap_or(1.0), 0.0, 10.0)?;
    within("slope_rad", settings.slope_rad, -1.0, 1.0)?;
    within("gravity_m_s2", settings.gravity_m_s2.unwrap_or(0.0), 0.0, 100.0)?;
    within("mass_scale", settings.mass_scale, 0.01, 100.0)?;
    if let Some(name) = &settings.keyframe
        && model.keyframe(Some(name)).is_none()
    {
        let names: Vec<&str> = model.keyframes.iter().map(|key| key.name.as_str()).collect();
        return Err(WorldError::Setting {
            key: "keyframe",
            expected: format!("one of the description's keyframes ({})", names.join(", ")),
            found: format!("\"{name}\""),
        });
    }
    Ok(())
}
