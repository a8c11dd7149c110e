//! Forward kinematics: where the bodies are.

use nalgebra::{Isometry3, Translation3, UnitQuaternion};

use super::model::{Joint, JointKind, RobotModel};

impl RobotModel {
    /// Poses of all bodies in the world for a base pose and joint positions in tree order.
    pub fn body_poses(&self, base: &Isometry3<f64>, joints: &[f64]) -> Vec<Isometry3<f64>> {
        let mut poses: Vec<Isometry3<f64>> = Vec::with_capacity(self.bodies.len());
        let mut positions = joints.iter();
        for body in &self.bodies {
            let pose = match body.parent {
                None => *base,
                Some(parent) => {
                    let motion = body.joint.as_ref().map_or_else(Isometry3::identity, |joint| {
                        let position = positions.next().copied().unwrap_or(joint.reference);
                        joint.motion(position)
                    });
                    poses[parent] * body.pose * motion
                }
            };
            poses.push(pose);
        }
        poses
    }

    /// Where all bodies are, `world_from_body` in the description's order, when the robot stands on level ground
    /// at its rest pose: the joints as in [`Self::default_joints`], the base as in [`Self::start_pose`].
    pub fn rest_poses(&self, keyframe: Option<&str>) -> Vec<Isometry3<f64>> {
        let joints = self.default_joints(keyframe);
        let base = self.start_pose(keyframe, &joints, 0.0);
        self.body_poses(&base, &joints)
    }

    /// The base's pose, `world_from_base`, in which the robot begins with its joints (in tree order) at `joints`:
    /// as the keyframe of this name has it, lowered or raised until the robot just touches the ground, which
    /// climbs towards +x by `slope_rad`. A fixed base is where the description puts it.
    pub fn start_pose(&self, keyframe: Option<&str>, joints: &[f64], slope_rad: f64) -> Isometry3<f64> {
        let Some(first) = self.bodies.first() else {
            return Isometry3::identity();
        };
        if !self.floating_base {
            return first.pose;
        }
        let base = self.keyframe(keyframe).map_or(first.pose, |key| key.base_pose());
        let fixed = self.fixed_geoms(slope_rad);
        let poses = self.body_poses(&base, joints);
        let lowest = self
            .geoms()
            .filter_map(|(body, geom)| self.clearance(&fixed, geom, &poses[body]))
            .min_by(f64::total_cmp);
        Translation3::new(0.0, 0.0, -lowest.unwrap_or(0.0)) * base
    }
}

impl Joint {
    /// How the body's frame has moved when the joint stands at `position`.
    pub fn motion(&self, position: f64) -> Isometry3<f64> {
        let travel = position - self.reference;
        match self.kind {
            JointKind::Slide => {
                Isometry3::translation(self.axis.x * travel, self.axis.y * travel, self.axis.z * travel)
            }
            JointKind::Hinge => {
                let rotation = UnitQuaternion::new(self.axis * travel);
                let anchor = self.anchor.coords;
                Isometry3::from_parts((anchor - rotation * anchor).into(), rotation)
            }
        }
    }
}
