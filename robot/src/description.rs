//! A robot as the control loop sees it.

use sinew_control::robot::{JointDescription, RobotDescription};

use super::model::{Drive, RobotModel};

impl RobotModel {
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
}
