//! What the control loop needs to know of a robot, and the checks that hold for every format.

use std::collections::HashSet;
use std::path::Path;

use sinew_control::robot::{JointDescription, RobotDescription};

use super::error::DescriptionError;
use super::model::{Actuator, Body, Drive, RobotModel};

/// Most joints of a robot: the time of a physics step grows with their cube.
const MAX_JOINTS: usize = 256;

/// Refuses more joints than can be simulated.
pub(super) fn check_joints(bodies: &[Body], file: &Path) -> Result<(), DescriptionError> {
    let joints = bodies.iter().filter(|body| body.joint.is_some()).count();
    if joints <= MAX_JOINTS {
        return Ok(());
    }
    Err(DescriptionError::Limit {
        file: file.to_owned(),
        what: "joints",
        limit: MAX_JOINTS,
    })
}

impl RobotModel {
    /// Bodies whose joints are driven, in *robot order*: that of the actuators where the
    /// description has some, else that of the tree.
    pub fn driven_bodies(&self) -> Vec<usize> {
        if self.actuators.is_empty() {
            self.jointed_bodies().collect()
        } else {
            self.actuators.iter().map(|actuator| actuator.body).collect()
        }
    }

    /// The actuator on a body's joint.
    pub fn actuator_of(&self, body: usize) -> Option<&Actuator> {
        self.actuators.iter().find(|actuator| actuator.body == body)
    }

    /// The damping of a joint that is there whatever its drive does. A position actuator without
    /// a damping of its own uses the joint's as its kd, which then comes with each command.
    pub fn passive_damping(&self, body: usize) -> f64 {
        let damping = self.bodies[body].joint.as_ref().map_or(0.0, |j| j.damping);
        match self.actuator_of(body).map(|actuator| actuator.drive) {
            Some(Drive::Position { kv: 0.0, .. }) => 0.0,
            _ => damping,
        }
    }

    /// Joint positions in tree order that the robot rests at: the keyframe of this name, else
    /// zero moved into the limits. Without a name the keyframe is `home`, else the first.
    pub fn default_joints(&self, keyframe: Option<&str>) -> Vec<f64> {
        match self.keyframe(keyframe) {
            Some(keyframe) => keyframe.joints.clone(),
            None => self
                .bodies
                .iter()
                .filter_map(|body| body.joint.as_ref())
                .map(|joint| joint.clamp(0.0))
                .collect(),
        }
    }

    /// The robot as the control loop sees it.
    pub fn description(&self) -> RobotDescription {
        self.description_at(None)
    }

    /// As [`Self::description`], resting at the keyframe of this name.
    pub fn description_at(&self, keyframe: Option<&str>) -> RobotDescription {
        let rest = self.default_joints(keyframe);
        let rest_of: Vec<(usize, f64)> = self.jointed_bodies().zip(rest).collect();
        let joints = self
            .driven_bodies()
            .into_iter()
            .filter_map(|body| {
                let joint = self.bodies[body].joint.as_ref()?;
                let actuator = self.actuator_of(body);
                let [lower, upper] = joint.range.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
                let (stiffness, damping) = match actuator.map(|actuator| actuator.drive) {
                    Some(Drive::Position { kp, kv }) if kv > 0.0 => (Some(kp), Some(kv)),
                    Some(Drive::Position { kp, .. }) => (Some(kp), Some(joint.damping)),
                    _ => (None, None),
                };
                Some(JointDescription {
                    name: joint.name.clone(),
                    lower_rad: lower,
                    upper_rad: upper,
                    velocity_rad_s: joint.velocity,
                    effort_nm: actuator.map_or(joint.effort, |actuator| actuator.effort),
                    default_rad: rest_of
                        .iter()
                        .find(|(index, _)| *index == body)
                        .map_or(0.0, |(_, rest)| *rest),
                    stiffness,
                    damping,
                })
            })
            .collect();
        RobotDescription {
            name: self.name.clone(),
            joints,
        }
    }

    /// Checks what must hold for a robot to be simulated: unique names, and mass where things
    /// move.
    pub(super) fn check(&self) -> Result<(), DescriptionError> {
        let error = |element: String, problem: &str| DescriptionError::Element {
            file: self.file.clone(),
            element,
            problem: problem.to_owned(),
        };
        let mut names = HashSet::new();
        for joint in self.bodies.iter().filter_map(|body| body.joint.as_ref()) {
            if !names.insert(joint.name.as_str()) {
                let element = format!("joint \"{}\"", joint.name);
                return Err(error(element, "another joint has the same name"));
            }
        }
        // Mass and rotor inertia that each joint moves, children into parents.
        let mut moved: Vec<f64> = self.bodies.iter().map(|b| b.inertia.mass).collect();
        for index in (0..self.bodies.len()).rev() {
            let body = &self.bodies[index];
            if body.joint.is_some() && moved[index] <= 0.0 {
                let element = format!("body \"{}\"", body.name);
                return Err(error(element, "it moves, so it or what hangs on it must have a mass"));
            }
            if let Some(parent) = body.parent {
                moved[parent] += moved[index];
            }
        }
        if self.floating_base && moved.first().is_none_or(|mass| *mass <= 0.0) {
            let name = self.bodies.first().map_or("", |body| body.name.as_str());
            let element = format!("body \"{name}\"");
            return Err(error(element, "a floating robot must have a mass"));
        }
        Ok(())
    }
}
