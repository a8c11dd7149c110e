//! Which of a world's bodies is the robot, and what is beside it.

use crate::error::DescriptionError;
use crate::xml::Element;

/// The body with the robot's free joint; `None` for a robot that is bolted down. Of several bodies
/// that float, it is the one that has other joints too.
pub(super) fn floating_robot(root: &Element) -> Result<Option<&Element>, DescriptionError> {
    let mut free = Vec::new();
    for world in root.children_named("worldbody") {
        gather_free(world, &mut free);
    }
    if let [one] = free[..] {
        return Ok(Some(one));
    }
    let mut jointed = free.iter().filter(|body| body.children.iter().any(holds_joint));
    let several = || root.error("it has several free joints, but one robot is expected");
    match (free.is_empty(), jointed.next(), jointed.next()) {
        (true, ..) => Ok(None),
        (false, Some(robot), None) if !robot.children.iter().any(holds_free) => Ok(Some(robot)),
        _ => Err(several()),
    }
}

fn gather_free<'a>(element: &'a Element, free: &mut Vec<&'a Element>) {
    for child in &element.children {
        if child.tag == "body" && is_free(child) {
            free.push(child);
        }
        gather_free(child, free);
    }
}

/// Whether a body has a free joint.
pub(super) fn is_free(body: &Element) -> bool {
    body.children.iter().any(is_free_joint)
}

fn is_free_joint(element: &Element) -> bool {
    element.tag == "freejoint" || (element.tag == "joint" && element.attribute("type") == Some("free"))
}

/// Whether something in a body moves it, or what hangs on it.
pub(super) fn has_joint(body: &Element) -> bool {
    body.children
        .iter()
        .any(|child| matches!(child.tag.as_str(), "joint" | "freejoint") || has_joint(child))
}

/// Whether a joint that is not free lies in or below an element of a body.
fn holds_joint(element: &Element) -> bool {
    (element.tag == "joint" && !is_free_joint(element)) || element.children.iter().any(holds_joint)
}

fn holds_free(element: &Element) -> bool {
    (element.tag == "body" && is_free(element)) || element.children.iter().any(holds_free)
}

/// How many numbers of a keyframe's `qpos` the joints of a body and below it take.
pub(super) fn positions(element: &Element) -> usize {
    let own = match element.tag.as_str() {
        "freejoint" => 7,
        "joint" => match element.attribute("type") {
            Some("free") => 7,
            Some("ball") => 4,
            _ => 1,
        },
        _ => 0,
    };
    own + element.children.iter().map(positions).sum::<usize>()
}

/// Names of a body, and of all that is in it.
pub(super) fn names(element: &Element) -> Vec<String> {
    let own = element.attribute("name").map(str::to_owned);
    own.into_iter().chain(element.children.iter().flat_map(names)).collect()
}
