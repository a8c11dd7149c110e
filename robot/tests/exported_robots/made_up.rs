//! Robots that nobody built: whatever their masses, axes and rotors.

use std::fmt::Write;

use nalgebra::{Isometry3, Point3, Vector3};
use proptest::prelude::*;
use sinew_robot::export::armature::rotor_inertia;
use sinew_robot::export::{Options, Target};
use sinew_robot::{Inertia, RobotModel, load};

use crate::folder::Folder;
use crate::read_back;

/// One link of a chain.
#[derive(Debug, Clone)]
struct Link {
    mass: f64,
    com: [f64; 3],
    /// Squares of the spread of its mass along three axes, which any body's inertia is made of.
    spread: [f64; 3],
    turn: [f64; 3],
    axis: [f64; 3],
    anchor: [f64; 3],
    reference: f64,
    armature: f64,
}

fn three(range: std::ops::Range<f64>) -> impl Strategy<Value = [f64; 3]> {
    [range.clone(), range.clone(), range]
}

fn link() -> impl Strategy<Value = Link> {
    let numbers = (1e-3..20.0, three(-0.3..0.3), three(-9.0..-1.0), three(-3.0..3.0));
    let joint = (three(-1.0..1.0), three(-0.2..0.2), -1.0..1.0, -6.0..1.0);
    (numbers, joint).prop_map(
        |((mass, com, spread, turn), (axis, anchor, reference, armature))| Link {
            mass,
            com,
            spread: spread.map(|exponent: f64| 10.0_f64.powf(exponent)),
            turn,
            axis: if Vector3::from(axis).norm() < 0.1 {
                [0.0, 0.0, 1.0]
            } else {
                axis
            },
            anchor,
            reference,
            armature: 10.0_f64.powf(armature),
        },
    )
}

/// A floating chain as MJCF.
fn mjcf(links: &[Link]) -> String {
    let list = |numbers: [f64; 3]| numbers.map(|number| number.to_string()).join(" ");
    let mut text = "<mujoco model=\"chain\"><compiler angle=\"radian\" balanceinertia=\"true\"/><worldbody>".to_owned();
    text += "<body name=\"base\" pos=\"0 0 1\"><freejoint/><inertial pos=\"0 0 0\" mass=\"1\" diaginertia=\"1 1 1\"/>";
    for (k, link) in links.iter().enumerate() {
        let [a, b, c] = link.spread;
        let moments = [b + c, a + c, a + b].map(|square| link.mass * square);
        let _ = write!(
            text,
            "<body name=\"link_{k}\" pos=\"0 0.1 0\" euler=\"{}\"><inertial pos=\"{}\" mass=\"{}\" euler=\"{}\" diaginertia=\"{}\"/>",
            list(link.turn),
            list(link.com),
            link.mass,
            list(link.turn),
            list(moments)
        );
        let _ = write!(
            text,
            "<joint name=\"joint_{k}\" axis=\"{}\" pos=\"{}\" ref=\"{}\" armature=\"{}\" range=\"-1 2\"/>",
            list(link.axis),
            list(link.anchor),
            link.reference,
            link.armature
        );
    }
    text + &"</body>".repeat(links.len() + 1) + "</worldbody></mujoco>"
}

/// Whether a body can have this inertia, as Gazebo's parser asks: no principal moment above the sum of the others.
fn is_possible(inertia: &Inertia) -> bool {
    let moments = inertia.about_com.symmetric_eigenvalues();
    moments.min() > 0.0 && 2.0 * moments.max() <= moments.sum() * (1.0 + 1e-12)
}

/// Where the masses of all links are, for a base at the origin.
fn masses(model: &RobotModel, positions: &[f64]) -> Vec<Point3<f64>> {
    let poses = model.body_poses(&Isometry3::identity(), positions);
    poses
        .iter()
        .zip(&model.bodies)
        .map(|(pose, body)| pose * body.inertia.com)
        .collect()
}

proptest! {
    #[test]
    fn every_link_keeps_the_triangle_rule_and_moves_as_before(
        links in prop::collection::vec(link(), 1..6),
        positions in prop::collection::vec(-1.0..2.0, 6),
    ) {
        let folder = Folder::new();
        let model = load(&folder.put("chain.xml", mjcf(&links))).unwrap();
        let (read, _) = read_back(&model, Target::Gazebo, &Options::default());
        for body in &read.bodies {
            prop_assert!(is_possible(&body.inertia), "{}: {:?}", body.name, body.inertia);
        }
        let positions = &positions[..links.len()];
        for (one, other) in masses(&model, positions).iter().zip(&masses(&read, positions)) {
            prop_assert!((one - other).norm() < 1e-6, "{one} became {other}");
        }
        for (original, exported) in model.bodies.iter().zip(&read.bodies) {
            let Some(joint) = &original.joint else { continue };
            // What resists a turn about the joint is what the link and the rotor have.
            let about = |inertia: &Inertia, at: Point3<f64>, axis: &Vector3<f64>| axis.dot(&(inertia.about(&at) * axis));
            let own = about(&original.inertia, joint.anchor, &joint.axis) + joint.armature;
            let axis = exported.joint.as_ref().unwrap().axis;
            let theirs = about(&exported.inertia, Point3::origin(), &axis);
            prop_assert!((own - theirs).abs() < 1e-5 * own, "{own} became {theirs}");
        }
    }

    #[test]
    fn a_rotor_breaks_no_triangle_rule(
        spread in three(-9.0..1.0),
        axis in three(-1.0..1.0),
        armature in 0.0..100.0,
    ) {
        let axis = Vector3::from(axis);
        prop_assume!(axis.norm() > 1e-3);
        let [a, b, c] = spread.map(|exponent: f64| 10.0_f64.powf(exponent));
        let moments = Vector3::new(b + c, a + c, a + b);
        let about_com = nalgebra::Matrix3::from_diagonal(&moments) + rotor_inertia(armature, &axis.normalize());
        let inertia = Inertia { mass: 1.0, com: Point3::origin(), about_com };
        prop_assert!(is_possible(&inertia), "{inertia:?}");
        // All of it is along the axis.
        let along = axis.normalize().dot(&(rotor_inertia(armature, &axis.normalize()) * axis.normalize()));
        prop_assert!((along - armature).abs() <= 1e-12 * armature.max(1.0));
    }
}
