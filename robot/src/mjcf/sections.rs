//! The small sections: `<contact>`, `<keyframe>`, `<sensor>`, `<option>`.

use std::collections::{HashMap, HashSet};

use nalgebra::{UnitQuaternion, Vector3};

use super::Reader;
use super::compiler::quaternion;
use super::tree::{Qpos, Tree};
use crate::error::DescriptionError;
use crate::model::{ContactMask, ContactPair, Keyframe, OWN_FLOOR, Shape};
use crate::xml::{Element, numbers, vector};

/// Names of the geoms that some `<pair>` refers to.
pub(super) fn paired_geoms(root: &Element) -> HashSet<String> {
    root.children_named("contact")
        .flat_map(|section| section.children_named("pair"))
        .flat_map(|pair| [pair.attribute("geom1"), pair.attribute("geom2")])
        .flatten()
        .map(str::to_owned)
        .collect()
}

/// Names of the joints that some actuator refers to.
pub(super) fn driven_joints(root: &Element) -> HashSet<String> {
    root.children_named("actuator")
        .flat_map(|section| &section.children)
        .filter_map(|actuator| actuator.attribute("joint").or(actuator.attribute("jointinparent")))
        .map(str::to_owned)
        .collect()
}

impl Reader<'_> {
    /// Reads every `<pair>`.
    pub(super) fn pairs(&self, root: &Element, tree: &Tree) -> Result<Vec<ContactPair>, DescriptionError> {
        let on_robot = tree.bodies.iter().flat_map(|body| &body.geoms);
        let masks: HashMap<&str, ContactMask> = on_robot
            .chain(&tree.world_geoms)
            .map(|geom| (geom.name.as_str(), geom.contact))
            .collect();
        // A robot's file may name the floor of the scenes that include it; the world has one anyway.
        let floorless = !tree.world_geoms.iter().any(|geom| matches!(geom.shape, Shape::Plane));
        let own_floor = |name: &str| (floorless && name == OWN_FLOOR).then_some(ContactMask::OWN_FLOOR);
        let known = |name: &str| masks.get(name).copied().or_else(|| own_floor(name));
        let mut pairs = Vec::new();
        let sections = root.children_named("contact");
        for element in sections.flat_map(|section| section.children_named("pair")) {
            let resolved = self.defaults.resolve(element, None, &["pair"])?;
            if names_left_out(element, ["geom1", "geom2"], tree) {
                continue;
            }
            let side = |attribute| -> Result<(String, ContactMask), DescriptionError> {
                let name = resolved.required(attribute, "the name of a geom")?;
                let mask =
                    known(name).ok_or_else(|| element.attribute_error(attribute, "the name of a geom", Some(name)))?;
                Ok((name.to_owned(), mask))
            };
            let ((geom1, masks), (geom2, others)) = (side("geom1")?, side("geom2")?);
            let dimensions = resolved
                .integer("condim", 1..=6)?
                .unwrap_or_else(|| i64::from(masks.dimensions.max(others.dimensions)));
            let friction = match resolved.text("friction") {
                Some(text) => numbers(element, "friction", text, 1..=5)?[0],
                None => masks.friction.max(others.friction),
            };
            pairs.push(ContactPair {
                geom1,
                geom2,
                friction: if dimensions == 1 { 0.0 } else { friction.max(0.0) },
            });
        }
        Ok(pairs)
    }

    /// Reads every `<exclude>`, as indices of bodies.
    pub(super) fn excludes(&self, root: &Element, tree: &Tree) -> Result<Vec<(usize, usize)>, DescriptionError> {
        let sections = root.children_named("contact");
        let elements = sections.flat_map(|section| section.children_named("exclude"));
        let mut excludes = Vec::new();
        for element in elements {
            let own = element.own();
            if names_left_out(element, ["body1", "body2"], tree) {
                continue;
            }
            let side = |attribute| -> Result<Option<usize>, DescriptionError> {
                let name = own.required(attribute, "the name of a body")?;
                if name == "world" {
                    tracing::warn!(file = %element.file.display(), "{} with the world is ignored", element.label());
                    return Ok(None);
                }
                let index = tree.bodies.iter().position(|body| body.name == name);
                index
                    .map(Some)
                    .ok_or_else(|| element.attribute_error(attribute, "the name of a body", Some(name)))
            };
            if let (Some(one), Some(other)) = (side("body1")?, side("body2")?) {
                excludes.push((one, other));
            }
        }
        Ok(excludes)
    }

    /// Reads every `<key>`.
    pub(super) fn keyframes(&self, root: &Element, tree: &Tree) -> Result<Vec<Keyframe>, DescriptionError> {
        let count: usize = tree.qpos.iter().map(|entry| entry.len()).sum();
        let sections = root.children_named("keyframe");
        let mut keyframes = Vec::new();
        for element in sections.flat_map(|section| section.children_named("key")) {
            let Some(text) = element.attribute("qpos") else {
                continue;
            };
            let qpos = numbers(element, "qpos", text, count..=count)?;
            let mut keyframe = Keyframe {
                name: element.attribute("name").unwrap_or_default().to_owned(),
                base_position: Vector3::zeros(),
                base_orientation: UnitQuaternion::identity(),
                joints: Vec::new(),
            };
            let mut rest = &qpos[..];
            for entry in &tree.qpos {
                let (numbers, after) = rest.split_at(entry.len());
                rest = after;
                match entry {
                    Qpos::LeftOut(_) => {}
                    Qpos::Joint => keyframe.joints.extend(numbers),
                    Qpos::Base => {
                        keyframe.base_position = Vector3::new(numbers[0], numbers[1], numbers[2]);
                        keyframe.base_orientation = quaternion(&numbers[3..]).ok_or_else(|| {
                            let expected = "a base quaternion that is not zero";
                            element.attribute_error("qpos", expected, Some(text))
                        })?;
                    }
                }
            }
            keyframes.push(keyframe);
        }
        Ok(keyframes)
    }
}

/// Whether an element is about something that is left out.
fn names_left_out(element: &Element, attributes: [&str; 2], tree: &Tree) -> bool {
    let named = attributes.iter().filter_map(|name| element.attribute(name));
    named.into_iter().any(|name| tree.left_out.contains(name))
}

/// Sites that carry a gyro, in document order.
pub(super) fn gyro_sites(root: &Element) -> Vec<String> {
    root.children_named("sensor")
        .flat_map(|section| section.children_named("gyro"))
        .filter_map(|gyro| gyro.attribute("site").map(str::to_owned))
        .collect()
}

/// Refuses what ties joints or bodies together, and says which tendons are left out: those that
/// measure, and those that only stop joints at the end of a range of their own.
pub(super) fn check_ties(root: &Element) -> Result<(), DescriptionError> {
    for element in root.children_named("equality").flat_map(|section| &section.children) {
        if element.tag != "joint" && element.attribute("active") != Some("false") {
            return Err(element.error("of all equality constraints, only joints that follow joints are supported"));
        }
    }
    let tendons = root.children_named("tendon").flat_map(|section| &section.children);
    let mut left_out = 0;
    for element in tendons {
        let forces = ["stiffness", "damping", "frictionloss", "armature", "class"];
        if forces.iter().any(|name| element.attribute(name).is_some()) {
            return Err(element.error("tendons that pull are not supported"));
        }
        left_out += 1;
    }
    if left_out > 0 {
        tracing::warn!(file = %root.file.display(), "{left_out} tendons are left out; joints stop at their own limits");
    }
    Ok(())
}

/// Gravity as `<option>` gives it.
pub(super) fn gravity(root: &Element) -> Result<Vector3<f64>, DescriptionError> {
    let mut gravity = Vector3::new(0.0, 0.0, -9.81);
    for element in root.children_named("option") {
        if let Some(text) = element.attribute("gravity") {
            gravity = vector(element, "gravity", text)?;
        }
        for flag in element.children_named("flag") {
            if flag.attribute("gravity") == Some("disable") {
                return Ok(Vector3::zeros());
            }
            for name in ["contact", "constraint", "limit", "actuation"] {
                if flag.attribute(name) == Some("disable") {
                    return Err(flag.attribute_error(name, "\"enable\"", Some("disable")));
                }
            }
        }
    }
    Ok(gravity)
}
