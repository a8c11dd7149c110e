//! The same robot with the frame of each body at its joint, as URDF has it.

use nalgebra::{Isometry3, Point3, Translation3};

use crate::model::{JointKind, RobotModel};

/// Moves the frame of each body to a point on the axis of its joint, and counts the joint from where its position is
/// zero. Returns the names of the bodies whose frame has moved.
pub(super) fn move_frames(model: &mut RobotModel) -> Vec<String> {
    let shifts: Vec<Translation3<f64>> = model
        .bodies
        .iter()
        .map(|body| match &body.joint {
            Some(joint) if joint.kind == JointKind::Hinge => Translation3::from(joint.anchor.coords),
            _ => Translation3::identity(),
        })
        .collect();
    let mut moved = Vec::new();
    for (index, body) in model.bodies.iter_mut().enumerate() {
        let shift = shifts[index];
        let parent = body.parent.map_or_else(Translation3::identity, |parent| shifts[parent]);
        let at_zero = body
            .joint
            .as_ref()
            .map_or_else(Isometry3::identity, |joint| joint.motion(0.0));
        body.pose = parent.inverse() * body.pose * at_zero * shift;
        if let Some(joint) = &mut body.joint {
            joint.anchor = Point3::origin();
            joint.reference = 0.0;
        }
        if shift == Translation3::identity() {
            continue;
        }
        moved.push(body.name.clone());
        let back: Isometry3<f64> = Isometry3::from_parts(shift.inverse(), Default::default());
        body.inertia = body.inertia.transformed(&back);
        for geom in &mut body.geoms {
            geom.pose = back * geom.pose;
        }
        for site in &mut body.sites {
            site.pose = back * site.pose;
        }
        for camera in &mut model.cameras {
            if camera.body == Some(index) {
                camera.pose = back * camera.pose;
            }
        }
    }
    moved
}
