//! `<mimic>`: joints that others move.

use crate::error::DescriptionError;
use crate::model::{Body, Coupling};
use crate::xml::Element;

/// Every `<mimic>` of a robot whose bodies have been read.
pub(super) fn couplings(root: &Element, bodies: &[Body]) -> Result<Vec<Coupling>, DescriptionError> {
    let body_of = |joint: &str| {
        let has_it = |body: &Body| body.joint.as_ref().is_some_and(|own| own.name == joint);
        bodies.iter().position(has_it)
    };
    let mut couplings: Vec<Coupling> = Vec::new();
    for joint in root.children_named("joint") {
        let Some(mimic) = joint.children.iter().find(|child| child.tag == "mimic") else {
            continue;
        };
        // One that is fixed has nothing to follow with.
        let Some(follower) = joint.attribute("name").and_then(body_of) else {
            continue;
        };
        let own = mimic.own();
        let name = own.required("joint", "the name of another joint")?;
        let leader = body_of(name).filter(|&leader| leader != follower).ok_or_else(|| {
            let problem = format!("it mimics \"{name}\", expected the name of another joint that is not fixed");
            joint.error(problem)
        })?;
        let coupling = Coupling {
            follower,
            leader: Some(leader),
            multiplier: own.number("multiplier")?.unwrap_or(1.0),
            offset: own.number("offset")?.unwrap_or(0.0),
        };
        couplings.push(coupling);
        if is_circle(&couplings, leader, follower) {
            return Err(joint.error(format!(
                "it mimics \"{name}\", which follows it in turn: one of them must be free"
            )));
        }
    }
    Ok(couplings)
}

/// Whether `leader` follows `follower`, directly or through others.
fn is_circle(couplings: &[Coupling], leader: usize, follower: usize) -> bool {
    let mut at = leader;
    for _ in couplings {
        match couplings.iter().find(|coupling| coupling.follower == at) {
            Some(Coupling { leader: Some(next), .. }) if *next == follower => return true,
            Some(Coupling { leader: Some(next), .. }) => at = *next,
            _ => return false,
        }
    }
    false
}
