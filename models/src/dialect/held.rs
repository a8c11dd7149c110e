//! Joints of the robot that the policy does not drive: where they are held, and with what gains.
//!
//! `other_joints` names them; so do patterns of `default_joint_pos`, `joint_stiffness` and
//! `joint_damping` that match none of the policy's joints.

use std::collections::BTreeMap;

use serde::Deserialize;
use sinew_control::contract::HeldJoint;
use sinew_control::robot::RobotDescription;

use super::ContractError;
use super::draft::Draft;
use super::numbers::{PerJoint, closest, matches};
use super::origin::Origin;

/// Settings by name pattern.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct OtherJoints(BTreeMap<String, Held>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Held {
    position: Option<f64>,
    stiffness: Option<f64>,
    damping: Option<f64>,
}

type Patterns = Vec<(String, f64)>;
/// One of the settings of a joint.
type Setting = fn(&mut Held) -> &mut Option<f64>;

impl OtherJoints {
    /// The same with everything that `over` says.
    pub(super) fn overridden_by(mut self, over: Self) -> Self {
        for (pattern, held) in over.0 {
            let own = self.0.entry(pattern).or_default();
            *own = Held {
                position: held.position.or(own.position),
                stiffness: held.stiffness.or(own.stiffness),
                damping: held.damping.or(own.damping),
            };
        }
        self
    }

    fn patterns(&self, field: impl Fn(&Held) -> Option<f64>) -> Patterns {
        let given = |(pattern, held): (&String, &Held)| Some((pattern.clone(), field(held)?));
        self.0.iter().filter_map(given).collect()
    }
}

/// Moves what the maps of a draft say of joints other than `driven` to its `other_joints`.
pub(super) fn gather(
    draft: &mut Draft,
    driven: &[String],
    robot: &RobotDescription,
    origin: &Origin,
) -> Result<(), ContractError> {
    let others = others(driven, robot);
    let mut gathered = std::mem::take(&mut draft.other_joints);
    let maps: [(&mut Option<PerJoint>, &str, Setting); 3] = [
        (&mut draft.default_joint_pos, "default_joint_pos", |held| {
            &mut held.position
        }),
        (&mut draft.joint_stiffness, "joint_stiffness", |held| {
            &mut held.stiffness
        }),
        (&mut draft.joint_damping, "joint_damping", |held| &mut held.damping),
    ];
    for (values, key, field) in maps {
        for (pattern, value) in split(values, driven, &others) {
            let slot = field(gathered.0.entry(pattern.clone()).or_default());
            if let Some(other) = slot.replace(value) {
                let expected = format!("the {other} of `other_joints.{pattern}`, or one of the two left out");
                return Err(origin.error(&format!("{key}.{pattern}"), expected, value.to_string()));
            }
        }
    }
    draft.other_joints = gathered;
    Ok(())
}

/// How every joint is held that is not among `driven`, where `given` says something of it.
pub(super) fn resolve(
    given: &OtherJoints,
    driven: &[String],
    robot: &RobotDescription,
    origin: &Origin,
) -> Result<Vec<HeldJoint>, ContractError> {
    let mut others = others(driven, robot);
    for pattern in given.0.keys() {
        if others.iter().any(|name| matches(pattern, name)) {
            continue;
        }
        // A whole name stays, for the robot to be compared with.
        if pattern.contains('*') || driven.contains(pattern) {
            return Err(origin.error(
                &format!("other_joints.{pattern}"),
                format!("joints that the policy does not drive: {}", listed(&others)),
                format!("`{pattern}`"),
            ));
        }
        others.push(pattern.clone());
    }
    let positions = given.patterns(|held| held.position);
    let stiffness = given.patterns(|held| held.stiffness);
    let damping = given.patterns(|held| held.damping);
    let mut held = Vec::new();
    for name in others {
        let joint = HeldJoint {
            position: closest(&positions, "other_joints", &name, origin)?,
            stiffness: closest(&stiffness, "other_joints", &name, origin)?,
            damping: closest(&damping, "other_joints", &name, origin)?,
            name,
        };
        if (joint.position, joint.stiffness, joint.damping) != (None, None, None) {
            held.push(joint);
        }
    }
    Ok(held)
}

fn others(driven: &[String], robot: &RobotDescription) -> Vec<String> {
    let of_robot = robot.joints.iter().map(|joint| joint.name.clone());
    of_robot.filter(|name| !driven.contains(name)).collect()
}

/// Takes the patterns that match none of the policy's joints, but others.
fn split(values: &mut Option<PerJoint>, driven: &[String], others: &[String]) -> Patterns {
    let Some(PerJoint::Matching(patterns)) = values else {
        return Vec::new();
    };
    let any = |pattern: &str, names: &[String]| names.iter().any(|name| matches(pattern, name));
    let (theirs, own): (Patterns, Patterns) = std::mem::take(patterns)
        .into_iter()
        .partition(|(pattern, _)| !any(pattern, driven) && any(pattern, others));
    // What speaks of others alone says nothing of the policy's joints.
    let nothing = own.is_empty() && !theirs.is_empty();
    *values = (!nothing).then_some(PerJoint::Matching(own));
    theirs
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}
