//! `<actuator>`: torque motors and position servos on joints.

use std::cell::OnceCell;

use super::Reader;
use super::joint::symmetric;
use super::joint_inertia::JointInertia;
use super::tree::Tree;
use crate::error::DescriptionError;
use crate::model::{Actuator, Drive};
use crate::xml::{Element, Resolved};

/// The names that an actuator's defaults go by: all kinds share one set in MuJoCo.
const KINDS: [&str; 4] = ["general", "motor", "position", "velocity"];

impl Reader<'_> {
    /// Reads every `<actuator>` below the root. Several on one joint (a position and a velocity
    /// servo, as older models have them) become one.
    pub(super) fn actuators(&self, root: &Element, tree: &Tree) -> Result<Vec<Actuator>, DescriptionError> {
        let mut actuators: Vec<Actuator> = Vec::new();
        let inertia = OnceCell::new();
        let elements = root.children_named("actuator");
        for element in elements.flat_map(|section| &section.children) {
            let actuator = self.actuator(element, tree, &inertia)?;
            match actuators.iter_mut().find(|other| other.body == actuator.body) {
                Some(other) => {
                    other.drive = combined(other.drive, actuator.drive);
                    other.effort = other.effort.min(actuator.effort);
                }
                None => actuators.push(actuator),
            }
        }
        Ok(actuators)
    }

    fn actuator(
        &self,
        element: &Element,
        tree: &Tree,
        inertia: &OnceCell<JointInertia>,
    ) -> Result<Actuator, DescriptionError> {
        if !KINDS.contains(&element.tag.as_str()) {
            return Err(element.error(format!(
                "<{}> is not supported: use <motor>, <position>, <velocity> or <general>",
                element.tag
            )));
        }
        let resolved = self.defaults.resolve(element, None, &KINDS)?;
        let joint = match (resolved.text("joint"), resolved.text("jointinparent")) {
            (Some(joint), _) | (None, Some(joint)) => joint,
            _ => {
                let expected = "the name of a joint (tendons, sites and bodies cannot be driven)";
                return Err(element.attribute_error("joint", expected, None));
            }
        };
        let body = tree
            .bodies
            .iter()
            .position(|body| body.joint.as_ref().is_some_and(|j| j.name == joint))
            .ok_or_else(|| element.attribute_error("joint", "the name of a hinge or slide", Some(joint)))?;
        let gear = resolved.overlaid("gear", vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0])?[0];
        if gear == 0.0 {
            let found = resolved.text("gear");
            return Err(element.attribute_error("gear", "a ratio that is not zero", found));
        }
        if resolved.text("dyntype").is_some_and(|kind| kind != "none") || resolved.text("timeconst").is_some() {
            tracing::warn!(file = %element.file.display(), "{} has a lag, which is ignored", element.label());
        }
        let drive = match element.tag.as_str() {
            "motor" => Drive::Torque,
            "general" => general(&resolved)?,
            "velocity" => Drive::Position {
                kp: 0.0,
                kv: resolved.not_negative("kv")?.unwrap_or(1.0),
            },
            _ => {
                let kp = resolved.not_negative("kp")?.unwrap_or(1.0);
                let kv = match resolved.not_negative("dampratio")? {
                    Some(ratio) if ratio > 0.0 => {
                        let at_joint = inertia.get_or_init(|| JointInertia::new(tree)).of(body);
                        ratio * 2.0 * (kp * at_joint).sqrt()
                    }
                    _ => resolved.not_negative("kv")?.unwrap_or(0.0),
                };
                Drive::Position { kp, kv }
            }
        };
        let drive = match drive {
            Drive::Torque => Drive::Torque,
            Drive::Position { kp, kv } => Drive::Position {
                kp: kp * gear * gear,
                kv: kv * gear * gear,
            },
        };
        let own = self.own_effort(&resolved, drive)? * gear.abs();
        let of_joint = tree.bodies[body].joint.as_ref().map_or(f64::INFINITY, |j| j.effort);
        Ok(Actuator {
            name: resolved.text("name").unwrap_or(joint).to_owned(),
            body,
            drive,
            effort: own.min(of_joint),
        })
    }

    /// The largest force that the actuator's own ranges allow.
    fn own_effort(&self, resolved: &Resolved<'_>, drive: Drive) -> Result<f64, DescriptionError> {
        let mut effort = f64::INFINITY;
        if let Some([low, high]) = resolved.range("forcerange")?
            && self.compiler.limited(resolved, "forcelimited", "forcerange")?
        {
            effort = symmetric(resolved.element, "forcerange", low, high)?;
        }
        if drive == Drive::Torque
            && let Some([low, high]) = resolved.range("ctrlrange")?
            && self.compiler.limited(resolved, "ctrllimited", "ctrlrange")?
        {
            let gain = resolved.overlaid("gainprm", vec![1.0; 10])?[0];
            let limit = symmetric(resolved.element, "ctrlrange", low, high)? * gain.abs();
            effort = effort.min(limit);
        }
        Ok(effort)
    }
}

/// A `<general>` actuator: a torque, or an affine bias that makes it a servo.
fn general(resolved: &Resolved<'_>) -> Result<Drive, DescriptionError> {
    let element = resolved.element;
    if let Some(other) = resolved.text("gaintype").filter(|kind| *kind != "fixed") {
        return Err(element.attribute_error("gaintype", "\"fixed\"", Some(other)));
    }
    match resolved.text("biastype") {
        None | Some("none") => Ok(Drive::Torque),
        Some("affine") => {
            let bias = resolved.overlaid("biasprm", vec![0.0; 10])?;
            let (kp, kv) = (-bias[1], -bias[2]);
            if kp < 0.0 || kv < 0.0 {
                let expected = "0, −kp and −kv with kp and kv of at least 0";
                return Err(element.attribute_error("biasprm", expected, resolved.text("biasprm")));
            }
            Ok(if kp == 0.0 && kv == 0.0 {
                Drive::Torque
            } else {
                Drive::Position { kp, kv }
            })
        }
        other => Err(element.attribute_error("biastype", "\"none\" or \"affine\"", other)),
    }
}

fn combined(one: Drive, other: Drive) -> Drive {
    match (one, other) {
        (Drive::Position { kp, kv }, Drive::Position { kp: p, kv: v }) => Drive::Position { kp: kp + p, kv: kv + v },
        (Drive::Torque, drive) | (drive, Drive::Torque) => drive,
    }
}
