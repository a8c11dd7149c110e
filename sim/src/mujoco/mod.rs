//! MuJoCo as the engine that moves the robot.
//!
//! MuJoCo reads the MJCF itself, so that what it simulates is what its users know, with its own contacts, constraints and
//! solver. Sinew sets what its parameters say (time, masses, friction, slope) and takes the actuators over: each becomes a
//! drive, `torque = kp (q* − q) + kd (q̇* − q̇) + feed-forward`, of which MuJoCo's implicit integrator knows kd.
//!
//! The library is loaded when the first world is made; see [`mujoco`].

mod adapt;
mod error;
mod ffi;
mod parts;
mod scene;

use std::fmt;

use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion, Vector3};
use sinew_robot::RobotModel;

use self::adapt::{DrivePlace, numbers, parameters};
pub use self::error::MujocoError;
use self::ffi::Simulation;
pub use self::ffi::{Mujoco, mujoco};
use self::parts::{JointPlace, Parts};
use crate::carriers::carriers;
use crate::feet::{Standing, TouchingShape};
use crate::params::SimParams;
use crate::physics::{
    BodyMotion, CONTACT_FORCE_N, Divergence, DriveCommand, Failure, HELD_INERTIA, JointMotion, Physics,
};
use crate::world::WorldError;

/// Of MuJoCo's warnings, in the order of `mjtWarning`: contacts or constraints that found no memory.
const WARNINGS_OF_MEMORY: [usize; 2] = [1, 2];
/// A position, a velocity, an acceleration that is no number, or too large for one.
const WARNINGS_OF_STATE: [usize; 3] = [3, 4, 5];

/// A robot on its ground, moved by MuJoCo.
pub struct MujocoWorld {
    simulation: Simulation,
    parts: Parts,
    drives: Vec<DrivePlace>,
    feet: Vec<String>,
    /// For each geom the foot that it is part of.
    foot_of_geom: Vec<Option<usize>>,
    is_ground: Vec<bool>,
    /// Force between each foot and the ground in the last step, N.
    foot_force: Vec<f64>,
    start: Isometry3<f64>,
    /// Armature of the base's six degrees of freedom, as the description has it.
    base_armature: [f64; 6],
    held: bool,
    steps: u64,
    /// Names of all joints in tree order, and of the base.
    joint_names: Vec<String>,
    base_name: String,
    broken: Option<Broken>,
}

/// Why the world stands still.
#[derive(Debug)]
enum Broken {
    Diverged(Divergence),
    OutOfMemory(u64),
}

impl fmt::Debug for MujocoWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MujocoWorld")
            .field("simulation", &self.simulation)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

impl MujocoWorld {
    /// Has MuJoCo read the robot's file and puts the robot on the ground in its start pose. Of the parameters, those of
    /// sensors, drives, pushes and the camera are for whoever makes these.
    ///
    /// # Errors
    /// [`WorldError`] for parameters that cannot be, for a library that is not there, and what MuJoCo refuses.
    pub fn new(model: &RobotModel, params: &SimParams) -> Result<Self, WorldError> {
        params.check()?;
        model.check_keyframe(params.keyframe.as_deref())?;
        let mut simulation = Simulation::load(&model.file, &scene::scene(model)?)?;
        let parts = Parts::find(model, &simulation)?;
        adapt::set_options(&mut simulation, model, params);
        adapt::scale_masses(&mut simulation, &parts, params.mass_scale);
        let ground = adapt::ground_geoms(&simulation, &parts);
        if let Some(friction) = params.friction {
            adapt::set_ground_friction(&mut simulation, &ground, friction);
        }
        adapt::tilt_ground(&mut simulation, &ground, params.slope_rad);
        let drives = adapt::take_drives(&mut simulation, model, &parts, params.kd_includes_joint_damping)?;

        let keyframe = params.keyframe.as_deref();
        let start_joints = model.default_joints(keyframe);
        let start = model.start_pose(keyframe, &start_joints, params.slope_rad);
        let touching = adapt::touching_geoms(&simulation, &parts);
        let (carriers, carried) = carriers(model, params.mass_scale);
        let standing = Standing {
            model,
            params,
            carriers: &carriers,
            carried: &carried,
            start: &start,
            joints: &start_joints,
        };
        let shapes = touching
            .iter()
            .map(|(_, body, geom)| TouchingShape { body: *body, geom });
        let feet = standing.feet(&shapes.collect::<Vec<_>>())?;
        let geoms = simulation.geom_bodyid().len();
        let mut foot_of_geom = vec![None; geoms];
        for (foot, (_, shapes)) in feet.iter().enumerate() {
            for &shape in shapes {
                foot_of_geom[touching[shape].0] = Some(foot);
            }
        }
        let base_armature = parts.base.map(|base| numbers(simulation.dof_armature_mut(), base.dof));
        let joints = model.bodies.iter().filter_map(|body| body.joint.as_ref());
        let mut world = Self {
            foot_of_geom,
            is_ground: (0..geoms).map(|geom| ground.contains(&geom)).collect(),
            foot_force: vec![0.0; feet.len()],
            feet: feet.into_iter().map(|(name, _)| name).collect(),
            start,
            base_armature: base_armature.unwrap_or_default(),
            held: false,
            steps: 0,
            joint_names: joints.map(|joint| joint.name.clone()).collect(),
            base_name: model.bodies[0].name.clone(),
            broken: None,
            simulation,
            parts,
            drives,
        };
        world.place(&start, &start_joints);
        Ok(world)
    }

    fn command(&mut self, commands: &[DriveCommand]) {
        for (drive, command) in self.drives.iter().zip(commands) {
            let command = command.less_damping(drive.damping_in_kd);
            let bias = &mut self.simulation.actuator_biasprm_mut()[parameters(drive.actuator)];
            (bias[1], bias[2]) = (-command.kp, -command.kd);
            let is_limited = command.limit.is_finite();
            self.simulation.actuator_forcelimited_mut()[drive.actuator] = is_limited;
            if is_limited {
                let range = &mut self.simulation.actuator_forcerange_mut()[2 * drive.actuator..2 * drive.actuator + 2];
                range.copy_from_slice(&[-command.limit, command.limit]);
            }
            self.simulation.ctrl_mut()[drive.ctrl] =
                command.kp * command.position + command.kd * command.velocity + command.effort;
        }
    }

    /// Adds up what presses the feet on the ground: known only between the halves of a step.
    fn feel_ground(&mut self) {
        self.foot_force.fill(0.0);
        for (index, contact) in self.simulation.contacts().iter().enumerate() {
            let [Ok(one), Ok(other)] = contact.geom.map(usize::try_from) else {
                continue;
            };
            let foot = match (self.is_ground[one], self.is_ground[other]) {
                (true, false) => self.foot_of_geom[other],
                (false, true) => self.foot_of_geom[one],
                _ => None,
            };
            if let Some(foot) = foot {
                let [normal, first, second, ..] = self.simulation.contact_force(index);
                self.foot_force[foot] += Vector3::new(normal, first, second).norm();
            }
        }
    }

    /// Puts a held base back to its start, at rest.
    fn pin_base(&mut self) {
        let start = self.start;
        self.move_base(&start);
        if let Some(base) = self.parts.base {
            self.simulation.qvel_mut()[base.dof..base.dof + 6].fill(0.0);
        }
    }

    fn move_base(&mut self, pose: &Isometry3<f64>) {
        let Some(base) = self.parts.base else { return };
        let (p, q) = (pose.translation.vector, pose.rotation);
        self.simulation.qpos_mut()[base.qpos..base.qpos + 7].copy_from_slice(&[p.x, p.y, p.z, q.w, q.i, q.j, q.k]);
    }

    fn find_fault(&self) -> Option<Broken> {
        let warnings = self.simulation.warnings();
        if WARNINGS_OF_MEMORY.iter().any(|&kind| warnings[kind].number > 0) {
            return Some(Broken::OutOfMemory(self.steps));
        }
        if WARNINGS_OF_STATE.iter().all(|&kind| warnings[kind].number == 0) {
            return None;
        }
        let (positions, velocities) = (self.simulation.qpos(), self.simulation.qvel());
        // MuJoCo takes what is beyond 1e10 for no number, too.
        let is_bad = |place: &JointPlace| {
            let sound = |number: f64| number.abs() <= 1e10;
            !(sound(positions[place.qpos]) && sound(velocities[place.dof]))
        };
        // Where the acceleration is bad, positions and velocities may not be yet: MuJoCo names the degree of freedom.
        let named = |kind: usize| (warnings[kind].number > 0).then_some(warnings[kind].lastinfo as usize);
        let dof = named(WARNINGS_OF_STATE[2]).or(named(WARNINGS_OF_STATE[1]));
        let joint = self.parts.joints.iter().position(is_bad);
        let joint = joint.or_else(|| self.parts.joints.iter().position(|place| Some(place.dof) == dof));
        let place = match joint {
            Some(joint) => format!("joint \"{}\"", self.joint_names[joint]),
            None => format!("body \"{}\"", self.base_name),
        };
        Some(Broken::Diverged(Divergence {
            place,
            step: self.steps,
        }))
    }
}

impl Physics for MujocoWorld {
    fn feet(&self) -> Vec<String> {
        self.feet.clone()
    }

    fn bodies(&self) -> usize {
        self.parts.bodies.len()
    }

    fn dof(&self) -> usize {
        self.drives.len()
    }

    /// The halves of MuJoCo's step the other way round, so that after it all that follows from the new positions is known
    /// at no more cost.
    fn step(&mut self, commands: &[DriveCommand]) {
        if self.broken.is_some() {
            return;
        }
        self.command(commands);
        self.simulation.step2();
        self.feel_ground();
        if self.held {
            self.pin_base();
        }
        self.simulation.step1();
        self.steps += 1;
        self.broken = self.find_fault();
    }

    fn joint(&self, index: usize) -> JointMotion {
        let drive = self.drives[index];
        let place = self.parts.joints[drive.joint];
        JointMotion {
            position: self.simulation.qpos()[place.qpos],
            velocity: self.simulation.qvel()[place.dof],
            effort: self.simulation.actuator_force()[drive.output],
        }
    }

    fn body(&self, index: usize) -> BodyMotion {
        let place = self.parts.bodies[index];
        let carrier = self.carrier_pose(place.body);
        let pose = carrier * place.carrier_from_body;
        let [wx, wy, wz, vx, vy, vz] = self.simulation.body_velocity(place.body);
        let angular_velocity = Vector3::new(wx, wy, wz);
        let lever = pose.translation.vector - carrier.translation.vector;
        BodyMotion {
            pose,
            linear_velocity: Vector3::new(vx, vy, vz) + angular_velocity.cross(&lever),
            angular_velocity,
        }
    }

    fn body_poses(&self, poses: &mut Vec<Isometry3<f64>>) {
        poses.clear();
        let places = self.parts.bodies.iter();
        poses.extend(places.map(|place| self.carrier_pose(place.body) * place.carrier_from_body));
    }

    fn foot_contact(&self, foot: usize) -> bool {
        self.foot_force[foot] > CONTACT_FORCE_N
    }

    fn push(&mut self, velocity: Vector3<f64>) {
        let Some(base) = self.parts.base.filter(|_| !self.held) else {
            return;
        };
        for (slot, change) in self.simulation.qvel_mut()[base.dof..].iter_mut().zip(velocity.iter()) {
            *slot += change;
        }
        self.simulation.step1();
    }

    fn hold_base(&mut self, held: bool) {
        let Some(base) = self.parts.base.filter(|_| self.held != held) else {
            return;
        };
        self.held = held;
        let armature = if held { [HELD_INERTIA; 6] } else { self.base_armature };
        self.simulation.dof_armature_mut()[base.dof..base.dof + 6].copy_from_slice(&armature);
        self.pin_base();
        self.simulation.step1();
    }

    fn place(&mut self, base: &Isometry3<f64>, joints: &[f64]) {
        self.simulation.reset();
        self.move_base(base);
        for (place, position) in self.parts.joints.iter().zip(joints) {
            self.simulation.qpos_mut()[place.qpos] = *position;
        }
        self.simulation.step1();
        self.foot_force.fill(0.0);
    }

    fn failure(&self) -> Option<Failure<'_>> {
        match self.broken.as_ref()? {
            Broken::Diverged(divergence) => Some(Failure::Diverged(divergence)),
            Broken::OutOfMemory(step) => Some(Failure::OutOfMemory(*step)),
        }
    }
}

impl MujocoWorld {
    /// Where a body of MuJoCo's is.
    fn carrier_pose(&self, body: usize) -> Isometry3<f64> {
        let [x, y, z] = numbers(self.simulation.xpos(), 3 * body);
        let [w, i, j, k] = numbers(self.simulation.xquat(), 4 * body);
        let rotation = UnitQuaternion::new_unchecked(Quaternion::new(w, i, j, k));
        Isometry3::from_parts(Translation3::new(x, y, z), rotation)
    }
}
