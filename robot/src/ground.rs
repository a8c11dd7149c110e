//! The ground: what it is, who touches it, with what friction, and how far above it something is.

use std::cmp::Ordering;

use nalgebra::{Isometry3, UnitQuaternion, Vector3};

use super::model::{ContactMask, ContactPair, Geom, OWN_FLOOR, RobotModel, Shape};

/// Least z of a plane's normal that makes it ground, and no wall.
const STEEPEST: f64 = 1e-3;

impl RobotModel {
    /// The geoms of the world, with a floor where the description has none, on ground that climbs towards +x by
    /// this angle.
    pub fn fixed_geoms(&self, slope_rad: f64) -> Vec<Geom> {
        let mut fixed: Vec<Geom> = self.world_geoms.to_vec();
        if !fixed.iter().any(|geom| matches!(geom.shape, Shape::Plane)) {
            fixed.push(Geom {
                name: OWN_FLOOR.to_owned(),
                shape: Shape::Plane,
                pose: Isometry3::identity(),
                contact: ContactMask::OWN_FLOOR,
                group: 0,
                rgba: [0.5, 0.5, 0.5, 1.0],
            });
        }
        let uphill = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -slope_rad);
        for geom in &mut fixed {
            geom.pose = uphill * geom.pose;
        }
        fixed
    }

    /// A point and the normal of every plane that a robot can stand on, world frame, where the ground
    /// climbs towards +x by this angle.
    pub fn ground_planes(&self, slope_rad: f64) -> Vec<(Vector3<f64>, Vector3<f64>)> {
        let planes = self.fixed_geoms(slope_rad).into_iter();
        let planes = planes.filter(|geom| matches!(geom.shape, Shape::Plane));
        planes
            .map(|geom| (geom.pose.translation.vector, geom.pose * Vector3::z()))
            .filter(|(_, normal)| normal.z > STEEPEST)
            .collect()
    }

    /// The friction between a geom of the robot and one of the world; `None` when they never touch.
    pub fn friction(&self, robot: &Geom, world: &Geom) -> Option<f64> {
        let named = |pair: &&ContactPair| {
            let names = [pair.geom1.as_str(), pair.geom2.as_str()];
            !robot.name.is_empty()
                && !world.name.is_empty()
                && names.contains(&robot.name.as_str())
                && names.contains(&world.name.as_str())
        };
        if let Some(pair) = self.pairs.iter().find(named) {
            return Some(pair.friction);
        }
        let (a, b) = (robot.contact, world.contact);
        if a.kind & b.affinity == 0 && b.kind & a.affinity == 0 {
            return None;
        }
        let (dimensions, friction) = match a.priority.cmp(&b.priority) {
            Ordering::Less => (b.dimensions, b.friction),
            Ordering::Greater => (a.dimensions, a.friction),
            Ordering::Equal => (a.dimensions.max(b.dimensions), a.friction.max(b.friction)),
        };
        Some(if dimensions == 1 { 0.0 } else { friction })
    }

    /// How far a geom of a body at `body_pose` hangs above those planes among the `fixed` geoms that it can touch,
    /// measured along the world's z; `None` when it touches none.
    pub fn clearance(&self, fixed: &[Geom], geom: &Geom, body_pose: &Isometry3<f64>) -> Option<f64> {
        fixed
            .iter()
            .filter(|ground| matches!(ground.shape, Shape::Plane))
            .filter(|ground| self.friction(geom, ground).is_some())
            .filter_map(|ground| {
                let normal = ground.pose * Vector3::z();
                let lowest = geom.support_in_world(body_pose, &-normal)?;
                let height = normal.dot(&(lowest.coords - ground.pose.translation.vector));
                (normal.z > STEEPEST).then(|| height / normal.z)
            })
            .min_by(f64::total_cmp)
    }
}
