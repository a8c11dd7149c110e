//! Where in MuJoCo's model the parts of a description are.

use nalgebra::Isometry3;
use sinew_robot::{Joint, RobotModel};

use super::error::MujocoError;
use super::ffi::{Named, Simulation};

/// MuJoCo's number for a free joint.
const FREE_JOINT: i32 = 0;

/// Where a joint's numbers are.
#[derive(Debug, Clone, Copy)]
pub(super) struct JointPlace {
    pub(super) joint: usize,
    /// Index of its position.
    pub(super) qpos: usize,
    /// Index of its velocity.
    pub(super) dof: usize,
}

/// A body of MuJoCo's that carries one of the description, and where on it that lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyPlace {
    pub(super) body: usize,
    pub(super) carrier_from_body: Isometry3<f64>,
}

/// The parts of a description.
#[derive(Debug)]
pub(super) struct Parts {
    /// The base's free joint, where it floats.
    pub(super) base: Option<JointPlace>,
    /// All joints in tree order.
    pub(super) joints: Vec<JointPlace>,
    /// All bodies. The massless links of a body with several joints, which MuJoCo has not, are where that body is.
    pub(super) bodies: Vec<BodyPlace>,
}

impl Parts {
    /// # Errors
    /// Where MuJoCo has no part of a name that Sinew has read.
    pub(super) fn find(model: &RobotModel, simulation: &Simulation) -> Result<Self, MujocoError> {
        let missing = |part: &'static str, name: &str| MujocoError::Missing {
            file: model.file.clone(),
            part,
            name: name.to_owned(),
        };
        let mut joints = Vec::new();
        let mut bodies: Vec<BodyPlace> = Vec::with_capacity(model.bodies.len());
        for body in &model.bodies {
            let found = match &body.joint {
                Some(joint) => {
                    let place = find_joint(simulation, joint, &body.name);
                    let place = place.ok_or_else(|| missing("joint", &joint.name))?;
                    joints.push(place);
                    body_of(simulation, place.joint)
                }
                None => simulation.id(Named::Body, &body.name),
            };
            let place = match (found, body.parent) {
                (Some(body), _) => BodyPlace {
                    body,
                    carrier_from_body: Isometry3::identity(),
                },
                // A body without a name that is fixed to another.
                (None, Some(parent)) => BodyPlace {
                    carrier_from_body: bodies[parent].carrier_from_body * body.pose,
                    ..bodies[parent]
                },
                (None, None) => {
                    let base = free_joint(simulation, None).and_then(|place| body_of(simulation, place.joint));
                    BodyPlace {
                        body: base.ok_or_else(|| missing("body", &body.name))?,
                        carrier_from_body: Isometry3::identity(),
                    }
                }
            };
            bodies.push(place);
        }
        let base = match bodies.first() {
            Some(place) if model.floating_base => {
                let free = free_joint(simulation, Some(place.body));
                Some(free.ok_or_else(|| missing("free joint on a body", &model.bodies[0].name))?)
            }
            _ => None,
        };
        Ok(Self { base, joints, bodies })
    }

    /// The body of the description that has the frame of MuJoCo's, where one has.
    pub(super) fn body_with(&self, body: usize) -> Option<usize> {
        self.bodies
            .iter()
            .rposition(|place| place.body == body && place.carrier_from_body == Isometry3::identity())
    }
}

/// The joint of this name; one without a name is the only joint of its body.
fn find_joint(simulation: &Simulation, joint: &Joint, body: &str) -> Option<JointPlace> {
    let found = simulation.id(Named::Joint, &joint.name).or_else(|| {
        let body = simulation.id(Named::Body, body)?;
        (simulation.body_jntnum()[body] == 1).then(|| simulation.body_jntadr()[body] as usize)
    });
    Some(place_of(simulation, found?))
}

/// The free joint of a body, or the only one there is.
fn free_joint(simulation: &Simulation, body: Option<usize>) -> Option<JointPlace> {
    let joints = simulation.jnt_type().iter().enumerate();
    let mut free = joints
        .filter(|(joint, kind)| **kind == FREE_JOINT && (body.is_none() || body == body_of(simulation, *joint)))
        .map(|(joint, _)| place_of(simulation, joint));
    match (free.next(), free.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

fn place_of(simulation: &Simulation, joint: usize) -> JointPlace {
    JointPlace {
        joint,
        qpos: simulation.jnt_qposadr()[joint] as usize,
        dof: simulation.jnt_dofadr()[joint] as usize,
    }
}

/// The body that a joint moves.
fn body_of(simulation: &Simulation, joint: usize) -> Option<usize> {
    let joint = joint as i32;
    let bodies = simulation.body_jntadr().iter().zip(simulation.body_jntnum());
    let mut bodies = bodies.map(|(first, count)| *first..*first + *count);
    bodies.position(|joints| joints.contains(&joint))
}
