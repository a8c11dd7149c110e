//! The simulator's parameters, in MuJoCo's model.

use std::ops::Range;

use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion, Vector3};
use sinew_robot::RobotModel;

use super::error::MujocoError;
use super::ffi::{Named, Simulation};
use super::parts::Parts;
use crate::params::SimParams;

/// Numbers of mjtype.h.
const INTEGRATOR_IMPLICITFAST: i32 = 3;
const DISABLE_ACTUATION: i32 = 1 << 11;
const DISABLE_SENSOR: i32 = 1 << 13;
const DISABLE_MIDPHASE: i32 = 1 << 14;
const DISABLE_AUTORESET: i32 = 1 << 16;
const ENABLE_SLEEP: i32 = 1 << 4;
const BIAS_NONE: i32 = 0;
const BIAS_AFFINE: i32 = 1;
const PLANE: i32 = 0;
/// What MuJoCo's solver may take by itself; a converged one takes a handful.
const SOLVER_ITERATIONS: i32 = 100;
const LINE_SEARCH_ITERATIONS: i32 = 50;
/// Numbers that an actuator's gain, or its bias, has.
const ACTUATOR_PARAMETERS: usize = 10;

/// What drives a joint.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrivePlace {
    /// Index of the joint in tree order.
    pub(super) joint: usize,
    pub(super) actuator: usize,
    /// Index of its input.
    pub(super) ctrl: usize,
    /// Index of its force.
    pub(super) output: usize,
    /// The part of the joint's damping that a command's kd stands for as well.
    pub(super) damping_in_kd: f64,
}

/// Time, gravity, and what MuJoCo is to do by itself.
pub(super) fn set_options(simulation: &mut Simulation, model: &RobotModel, params: &SimParams) {
    let gravity = match params.gravity_m_s2 {
        Some(gravity) => Vector3::new(0.0, 0.0, -gravity),
        None => model.gravity,
    };
    let option = simulation.option();
    option.timestep = params.timestep_secs;
    option.gravity = gravity.into();
    // The drives' damping has to be integrated implicitly, whatever the file says: an explicit kd is unstable at steps
    // of several milliseconds.
    option.integrator = INTEGRATOR_IMPLICITFAST;
    // Models for training on GPUs stop the solver after one iteration or three. What is left over of the constraints is then
    // part of the physics: a Go1 of MuJoCo Playground throws its legs about, with its base held.
    option.iterations = option.iterations.max(SOLVER_ITERATIONS);
    option.ls_iterations = option.ls_iterations.max(LINE_SEARCH_ITERATIONS);
    // A state that is no number any more is a failure and no new beginning; the sensors are Sinew's own.
    option.disableflags |= DISABLE_AUTORESET | DISABLE_SENSOR;
    option.disableflags &= !DISABLE_ACTUATION;
    option.disableactuator = 0;
    // A robot that stands still is at work.
    option.enableflags &= !ENABLE_SLEEP;
}

/// Scales the robot's masses and inertias.
pub(super) fn scale_masses(simulation: &mut Simulation, parts: &Parts, factor: f64) {
    if factor == 1.0 {
        return;
    }
    let mut bodies: Vec<usize> = parts.bodies.iter().map(|place| place.body).collect();
    bodies.sort_unstable();
    bodies.dedup();
    for body in bodies {
        simulation.body_mass_mut()[body] *= factor;
        for moment in &mut simulation.body_inertia_mut()[3 * body..3 * body + 3] {
            *moment *= factor;
        }
    }
    simulation.set_constants();
}

/// The geoms of the world: what lies in it, and on bodies that hang on it and are not the robot.
pub(super) fn ground_geoms(simulation: &Simulation, parts: &Parts) -> Vec<usize> {
    let of_world = |geom: usize| {
        let body = simulation.geom_bodyid()[geom] as usize;
        let fixed = simulation.body_weldid()[body] == 0;
        fixed && (body == 0 || parts.bodies.iter().all(|place| place.body != body))
    };
    (0..simulation.geom_bodyid().len())
        .filter(|&geom| of_world(geom))
        .collect()
}

/// Gives all contacts with the ground this friction. Of contacts between parts of the robot, those keep theirs whose
/// friction is not above it.
pub(super) fn set_ground_friction(simulation: &mut Simulation, ground: &[usize], friction: f64) {
    if friction == 0.0 {
        return take_ground_friction(simulation, ground);
    }
    let priorities = simulation.geom_priority().to_vec();
    let highest = |geoms: &mut dyn Iterator<Item = usize>| geoms.map(|geom| priorities[geom]).max();
    let lowest_of_ground = ground.iter().map(|&geom| priorities[geom]).min();
    let Some(of_ground) = highest(&mut ground.iter().copied()) else {
        return;
    };
    for (geom, &priority) in priorities.iter().enumerate() {
        let own = &mut simulation.geom_friction_mut()[3 * geom];
        if ground.contains(&geom) || Some(priority) > lowest_of_ground {
            *own = friction;
        } else if priority == of_ground {
            // Of equals the larger counts.
            *own = own.min(friction);
        }
    }
    let geoms = [simulation.pair_geom1().to_vec(), simulation.pair_geom2().to_vec()];
    for (pair, (one, other)) in geoms[0].iter().zip(&geoms[1]).enumerate() {
        let on_ground = [*one, *other].iter().any(|geom| ground.contains(&(*geom as usize)));
        for sliding in &mut simulation.pair_friction_mut()[5 * pair..5 * pair + 2] {
            if on_ground && *sliding > 0.0 {
                *sliding = friction;
            }
        }
    }
}

/// Makes contacts with the ground frictionless: a friction of zero in a contact that has one makes MuJoCo diverge.
fn take_ground_friction(simulation: &mut Simulation, ground: &[usize]) {
    let highest = simulation.geom_priority().iter().copied().max().unwrap_or(0);
    for &geom in ground {
        simulation.geom_condim_mut()[geom] = 1;
        simulation.geom_priority_mut()[geom] = highest.saturating_add(1);
    }
    for pair in 0..simulation.pair_geom1().len() {
        let geoms = [simulation.pair_geom1()[pair], simulation.pair_geom2()[pair]];
        if geoms.iter().any(|geom| ground.contains(&(*geom as usize))) {
            simulation.pair_dim_mut()[pair] = 1;
        }
    }
}

/// Turns the ground so that it climbs towards +x.
pub(super) fn tilt_ground(simulation: &mut Simulation, ground: &[usize], slope_rad: f64) {
    if slope_rad == 0.0 {
        return;
    }
    let uphill = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -slope_rad);
    let mut bodies = Vec::new();
    for &geom in ground {
        let body = simulation.geom_bodyid()[geom] as usize;
        if body == 0 {
            turn(
                uphill,
                geom,
                Simulation::geom_pos_mut,
                Simulation::geom_quat_mut,
                simulation,
            );
            // Its frame is not its body's any more.
            simulation.geom_sameframe_mut()[geom] = 0;
            if simulation.geom_type()[geom] != PLANE {
                // The boxes around the world's shapes, of which MuJoCo makes a tree, are those of the level ground.
                simulation.option().disableflags |= DISABLE_MIDPHASE;
            }
        } else if simulation.body_parentid()[body] == 0 && !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    for body in bodies {
        turn(
            uphill,
            body,
            Simulation::body_pos_mut,
            Simulation::body_quat_mut,
            simulation,
        );
    }
}

/// One of the simulation's arrays.
type Array = fn(&mut Simulation) -> &mut [f64];

fn turn(rotation: UnitQuaternion<f64>, index: usize, positions: Array, rotations: Array, simulation: &mut Simulation) {
    let [x, y, z] = numbers(positions(simulation), 3 * index);
    let [w, i, j, k] = numbers(rotations(simulation), 4 * index);
    let own = UnitQuaternion::from_quaternion(Quaternion::new(w, i, j, k));
    let turned = rotation * Isometry3::from_parts(Translation3::new(x, y, z), own);
    positions(simulation)[3 * index..3 * index + 3].copy_from_slice(turned.translation.vector.as_slice());
    let q = turned.rotation;
    rotations(simulation)[4 * index..4 * index + 4].copy_from_slice(&[q.w, q.i, q.j, q.k]);
}

/// So many numbers of an array from this one on.
pub(super) fn numbers<const N: usize>(array: &[f64], first: usize) -> [f64; N] {
    std::array::from_fn(|k| array[first + k])
}

/// Makes the actuator of each driven joint, in robot order, one of which Sinew sets stiffness, damping and torque; the
/// others do nothing.
pub(super) fn take_drives(
    simulation: &mut Simulation,
    model: &RobotModel,
    parts: &Parts,
    kd_includes_joint_damping: bool,
) -> Result<Vec<DrivePlace>, MujocoError> {
    let actuators = simulation.actuator_trntype().len();
    for actuator in 0..actuators {
        make_torque(simulation, actuator, 0.0);
        simulation.actuator_biastype_mut()[actuator] = BIAS_NONE;
    }
    let tree_order: Vec<usize> = model.jointed_bodies().collect();
    let driven = model.driven_bodies().into_iter().map(|body| {
        let joint = tree_order.iter().position(|&other| other == body);
        // Joint transmissions, in the joint's own axis or its parent's, which is the same for one with one axis.
        let actuator = joint.and_then(|joint| {
            let joint = parts.joints[joint].joint as i32;
            let drives = |&actuator: &usize| {
                [0, 1].contains(&simulation.actuator_trntype()[actuator])
                    && simulation.actuator_trnid()[2 * actuator] == joint
            };
            (0..actuators).find(drives)
        });
        let (Some(joint), Some(actuator)) = (joint, actuator) else {
            let name = model.bodies[body].joint.as_ref().map(|joint| joint.name.clone());
            return Err(MujocoError::Missing {
                file: model.file.clone(),
                part: "actuator on a joint",
                name: name.unwrap_or_default(),
            });
        };
        let damping_in_kd = if kd_includes_joint_damping {
            model.damping_in_kd(body)
        } else {
            0.0
        };
        Ok(DrivePlace {
            joint,
            actuator,
            ctrl: simulation.actuator_ctrladr()[actuator] as usize,
            output: simulation.actuator_outadr()[actuator] as usize,
            damping_in_kd,
        })
    });
    let drives = driven.collect::<Result<Vec<_>, _>>()?;
    for drive in &drives {
        make_torque(simulation, drive.actuator, 1.0);
        simulation.actuator_biastype_mut()[drive.actuator] = BIAS_AFFINE;
        simulation.actuator_ctrllimited_mut()[drive.ctrl] = false;
        let gear = &mut simulation.actuator_gear_mut()[6 * drive.output..6 * drive.output + 6];
        gear.copy_from_slice(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        // The limit is the drive's, which `motor_strength` may raise.
        let joint = parts.joints[drive.joint].joint;
        simulation.jnt_actfrclimited_mut()[joint] = false;
    }
    Ok(drives)
}

/// An actuator without a memory, whose force is `gain` times its input.
fn make_torque(simulation: &mut Simulation, actuator: usize, gain: f64) {
    simulation.actuator_dyntype_mut()[actuator] = 0;
    simulation.actuator_gaintype_mut()[actuator] = 0;
    simulation.actuator_actadr_mut()[actuator] = -1;
    simulation.actuator_actnum_mut()[actuator] = 0;
    simulation.actuator_delay_mut()[actuator] = 0.0;
    simulation.actuator_forcelimited_mut()[actuator] = false;
    simulation.actuator_gainprm_mut()[parameters(actuator)].fill(0.0);
    simulation.actuator_biasprm_mut()[parameters(actuator)].fill(0.0);
    simulation.actuator_gainprm_mut()[ACTUATOR_PARAMETERS * actuator] = gain;
}

/// Where an actuator's gain, or its bias, has its numbers.
pub(super) fn parameters(actuator: usize) -> Range<usize> {
    ACTUATOR_PARAMETERS * actuator..ACTUATOR_PARAMETERS * (actuator + 1)
}

/// The geoms of the robot that can touch something, each with its body in the description and its name.
pub(super) fn touching_geoms(simulation: &Simulation, parts: &Parts) -> Vec<(usize, usize, String)> {
    let paired = |geom: usize| {
        let geom = geom as i32;
        simulation.pair_geom1().contains(&geom) || simulation.pair_geom2().contains(&geom)
    };
    let touches =
        |geom: usize| simulation.geom_contype()[geom] != 0 || simulation.geom_conaffinity()[geom] != 0 || paired(geom);
    (0..simulation.geom_bodyid().len())
        .filter(|&geom| touches(geom))
        .filter_map(|geom| {
            let body = parts.body_with(simulation.geom_bodyid()[geom] as usize)?;
            Some((geom, body, simulation.name(Named::Geom, geom)))
        })
        .collect()
}
