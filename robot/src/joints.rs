//! Which joints are driven and in which order, where they rest, and which follow others.

use super::model::{Actuator, Coupling, Drive, RobotModel};

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

    /// One line of text for each joint that follows another.
    pub fn coupling_notes(&self) -> Vec<String> {
        let name = |body: usize| self.bodies[body].joint.as_ref().map_or("", |joint| joint.name.as_str());
        let note = |coupling: &Coupling| {
            let follower = name(coupling.follower);
            let driven = if self.driven_bodies().contains(&coupling.follower) {
                ""
            } else {
                ": it is not driven"
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
}
