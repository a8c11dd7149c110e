//! `<equality><joint>`: joints that follow joints.

use super::tree::Tree;
use crate::error::DescriptionError;
use crate::model::{Coupling, Joint};
use crate::xml::{Element, numbers};

/// Every linear coupling of two joints, and every joint that is tied to a position.
pub(super) fn couplings(root: &Element, tree: &Tree) -> Result<Vec<Coupling>, DescriptionError> {
    let sections = root.children_named("equality");
    let joints = sections.flat_map(|section| section.children_named("joint"));
    let mut couplings = Vec::new();
    for element in joints.filter(|joint| joint.attribute("active") != Some("false")) {
        let named = ["joint1", "joint2"].map(|name| element.attribute(name));
        if named.iter().flatten().any(|name| tree.left_out.contains(*name)) {
            continue;
        }
        couplings.push(coupling(element, tree)?);
    }
    Ok(couplings)
}

/// MuJoCo writes `q1 − ref1 = c0 + c1 (q2 − ref2) + c2 (q2 − ref2)² + …`.
fn coupling(element: &Element, tree: &Tree) -> Result<Coupling, DescriptionError> {
    let own = element.own();
    let find = |attribute: &str| -> Result<(usize, &Joint), DescriptionError> {
        let expected = "the name of a hinge or slide";
        let name = own.required(attribute, expected)?;
        let bodies = tree.bodies.iter().enumerate();
        let mut joints = bodies.filter_map(|(index, body)| Some((index, body.joint.as_ref()?)));
        joints
            .find(|(_, joint)| joint.name == name)
            .ok_or_else(|| element.attribute_error(attribute, expected, Some(name)))
    };
    let mut coefficients = [0.0, 1.0, 0.0, 0.0, 0.0];
    if let Some(text) = own.text("polycoef") {
        let given = numbers(element, "polycoef", text, 1..=5)?;
        coefficients[..given.len()].copy_from_slice(&given);
        if coefficients[2..].iter().any(|&coefficient| coefficient != 0.0) {
            let expected = "an offset and a factor, with zeros after them: one joint can follow another in proportion";
            return Err(element.attribute_error("polycoef", expected, Some(text)));
        }
    }
    let [constant, factor, ..] = coefficients;
    let (follower, following) = find("joint1")?;
    if own.text("joint2").is_none() {
        return Ok(Coupling {
            follower,
            leader: None,
            multiplier: 0.0,
            offset: following.reference + constant,
        });
    }
    let (leader, leading) = find("joint2")?;
    if leader == follower {
        let expected = "another joint than `joint1`";
        return Err(element.attribute_error("joint2", expected, own.text("joint2")));
    }
    Ok(Coupling {
        follower,
        leader: Some(leader),
        multiplier: factor,
        offset: following.reference + constant - factor * leading.reference,
    })
}
