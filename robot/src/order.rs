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
    /// description has some, else that of the tree without the joints that follow others.
    pub fn driven_bodies(&self) -> Vec<usize> {
        if self.actuators.is_empty() {
            let follows = |body: usize| self.couplings.iter().any(|coupling| coupling.follower == body);
            self.jointed_bodies().filter(|&body| !follows(body)).collect()
        } else {
            self.actuators.iter().map(|actuator| actuator.body).collect()
        }
    }

    /// The actuator on a body's joint.
    pub fn actuator_of(&self, body: usize) -> Option<&Actuator> {
        self.actuators.iter().find(|actuator| actuator.body == body)
    }

    /// The part of a joint's own damping that its drive's kd stands for as well: all of it where a
    /// position actuator has no damping of its own, since [`Self::description`] then gives the
    /// joint's as the drive's kd.
    pub fn damping_in_kd(&self, body: usize) -> f64 {
        match self.actuator_of(body).map(|actuator| actuator.drive) {
            Some(Drive::Position { kv: 0.0, .. }) => self.bodies[body].joint.as_ref().map_or(0.0, |j| j.damping),
            _ => 0.0,
        }
    }

    /// Joint positions in tree order that the robot rests at: the keyframe of this name, else
    /// zero moved into the limits; joints that follow stand where their leaders put them. Without a
    /// name the keyframe is `home`, else the first.
    pub fn default_joints(&self, keyframe: Option<&str>) -> Vec<f64> {
        let mut joints = self.own_default_joints(keyframe);
        let places: Vec<usize> = self.jointed_bodies().collect();
        let place = |body: usize| places.iter().position(|&other| other == body);
        // A leader may follow another: as many rounds as there are couplings reach the last one.
        for _ in &self.couplings {
            for coupling in &self.couplings {
                let leader = coupling.leader.and_then(place).map_or(0.0, |at| joints[at]);
                if let Some(follower) = place(coupling.follower) {
                    joints[follower] = coupling.multiplier * leader + coupling.offset;
                }
            }
        }
        joints
    }

    fn own_default_joints(&self, keyframe: Option<&str>) -> Vec<f64> {
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

    /// For people: a line for each joint that follows another.
    pub fn coupling_notes(&self) -> Vec<String> {
        let name = |body: usize| self.bodies[body].joint.as_ref().map_or("", |joint| joint.name.as_str());
        let note = |coupling: &super::model::Coupling| {
            let follower = name(coupling.follower);
            let driven = match self.driven_bodies().contains(&coupling.follower) {
                true => "",
                false => ": it is not driven",
            };
            match coupling.leader {
                Some(leader) => format!(
                    "joint {follower} follows {} ({} × its position {:+}){driven}",
                    name(leader),
                    coupling.multiplier,
                    coupling.offset
                ),
                None => format!("joint {follower} is tied to {}{driven}", coupling.offset),
            }
        };
        self.couplings.iter().map(note).collect()
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
        self.check_moving_inertias()?;
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
