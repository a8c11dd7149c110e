//! Where a robot carries its IMU.

use nalgebra::{Point3, Vector3};

use super::model::{Body, RobotModel};

/// Where the IMU is mounted: a body, and a point on it. Readings are in the body's axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImuMount {
    /// Index of the body.
    pub body: usize,
    /// Where on it, m, in its frame.
    pub point: Vector3<f64>,
}

impl RobotModel {
    /// The IMU's mount; `None` when the name (of a site or body) that is asked for does not exist. Without such a name
    /// it is the moving body that carries the IMU: the axes of a part fixed to it may lie anywhere.
    pub fn imu_mount(&self, asked: Option<&str>) -> Option<ImuMount> {
        let of_site = |name: &str| {
            let (body, site) = self.site(name)?;
            let point = site.pose.translation.vector;
            Some(ImuMount { body, point })
        };
        let of_body = |body: usize| ImuMount {
            body,
            point: Vector3::zeros(),
        };
        if let Some(name) = asked {
            return of_site(name).or_else(|| self.body_index(name).map(of_body));
        }
        let gyros = self.gyro_sites.iter().filter_map(|name| of_site(name));
        let is_imu = |name: &str| name.to_ascii_lowercase().starts_with("imu");
        let named_sites = self.bodies.iter().flat_map(|body| &body.sites);
        let named_sites = named_sites
            .filter(|site| is_imu(&site.name))
            .filter_map(|site| of_site(&site.name));
        let named_bodies = self.bodies.iter().enumerate();
        let named_bodies = named_bodies
            .filter(|(_, body)| is_imu(&body.name))
            .map(|(index, _)| of_body(index));
        let base = self.base_body();
        let on_base_first = |mounts: Vec<ImuMount>| {
            let mut carried = mounts.into_iter().map(|mount| mount.on_moving_body(self)).peekable();
            let first = carried.peek().copied();
            carried.find(|mount| mount.body == base).or(first)
        };
        on_base_first(gyros.collect())
            .or_else(|| on_base_first(named_sites.collect()))
            .or_else(|| on_base_first(named_bodies.collect()))
            .or_else(|| Some(of_body(base)))
    }

    /// The body that counts as the robot's base: the first. Of a robot that is bolted to the world, what
    /// it is bolted down by, where that is one part.
    pub fn base_body(&self) -> usize {
        let mut on_world = (1..self.bodies.len()).filter(|&body| self.is_bolted(body));
        match (on_world.next(), on_world.next()) {
            (Some(mount), None) => mount,
            _ => 0,
        }
    }

    /// Whether a body is rigidly fixed to the world, which is a robot's first body where none floats.
    fn is_bolted(&self, body: usize) -> bool {
        let (world, body) = (&self.bodies[0], &self.bodies[body]);
        !self.floating_base && world.name == "world" && body.parent == Some(0) && body.joint.is_none()
    }
}

impl ImuMount {
    /// The same point on the body that this one is rigidly fixed to: one that a joint moves, or the
    /// base, or what is bolted to the world.
    fn on_moving_body(mut self, model: &RobotModel) -> Self {
        while !model.is_bolted(self.body)
            && let Body {
                joint: None,
                parent: Some(parent),
                pose,
                ..
            } = &model.bodies[self.body]
        {
            self = Self {
                body: *parent,
                point: (pose * Point3::from(self.point)).coords,
            };
        }
        self
    }
}
