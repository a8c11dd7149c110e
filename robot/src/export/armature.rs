//! Rotor inertia for formats that have none.
//!
//! A motor's rotor turns faster than the joint by the gear's ratio and adds `inertia × ratio²` to what the joint has to
//! accelerate: MJCF's `armature`. URDF and SDF have no word for it. Without it light limbs have a tenth of their true
//! inertia about a joint, and drives that were tuned with it shake them. So it is added to the inertia of the link that
//! the joint moves: all of it along the joint's axis, half of it across, the least that keeps the rule by which no
//! principal moment exceeds the sum of the other two, whatever the link had before.

use nalgebra::{Isometry3, Matrix3, Vector3};

use crate::model::{JointKind, RobotModel};

/// What a rotor adds to the inertia of the link that it turns about `axis`, a unit vector.
pub fn rotor_inertia(armature: f64, axis: &Vector3<f64>) -> Matrix3<f64> {
    (Matrix3::identity() + axis * axis.transpose()) * (0.5 * armature)
}

/// Adds each hinge's rotor to the link that it moves, or where that weighs nothing, to what is rigidly fixed to it. One
/// line for all of them, where there are any. A slide's rotor stays: it is a mass along its axis alone, which no link can
/// have.
pub fn fold(model: &mut RobotModel) -> Option<String> {
    let mut largest: Option<(f64, String)> = None;
    let mut count = 0;
    for index in 0..model.bodies.len() {
        let carrier = carrier(model, index);
        let Some(joint) = &mut model.bodies[index].joint else {
            continue;
        };
        if joint.armature <= 0.0 || joint.kind == JointKind::Slide {
            continue;
        }
        count += 1;
        if largest.as_ref().is_none_or(|(most, _)| joint.armature > *most) {
            largest = Some((joint.armature, joint.name.clone()));
        }
        let (body, from_joint) = carrier.unwrap_or((index, Isometry3::identity()));
        let axis = from_joint.rotation.inverse() * joint.axis;
        let added = rotor_inertia(joint.armature, &axis);
        joint.armature = 0.0;
        model.bodies[body].inertia.about_com += added;
    }
    largest.map(|(armature, name)| {
        format!(
            "the rotor inertia (armature) of {count} joints, up to {armature} kg·m² at {name}, is in the inertia of the \
             links that they move: all along the axis, half across"
        )
    })
}

/// The first of what a body is rigidly fixed to, itself included, that has a mass, with its frame in the body's.
pub(super) fn carrier(model: &RobotModel, index: usize) -> Option<(usize, Isometry3<f64>)> {
    let mut frames: Vec<Option<Isometry3<f64>>> = vec![None; model.bodies.len()];
    frames[index] = Some(Isometry3::identity());
    for at in index..model.bodies.len() {
        let body = &model.bodies[at];
        if at != index && body.joint.is_none() {
            frames[at] = body
                .parent
                .and_then(|parent| frames[parent])
                .map(|frame| frame * body.pose);
        }
        if let Some(frame) = frames[at]
            && body.inertia.mass > 0.0
        {
            return Some((at, frame));
        }
    }
    None
}

/// The slides that have an armature, which cannot be folded into a link.
pub(super) fn slides_with_rotors(model: &RobotModel) -> Vec<&str> {
    let joints = model.bodies.iter().filter_map(|body| body.joint.as_ref());
    joints
        .filter(|joint| joint.kind == JointKind::Slide && joint.armature > 0.0)
        .map(|joint| joint.name.as_str())
        .collect()
}
