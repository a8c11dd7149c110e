//! What the robot measures, with the errors that real sensors have.

use nalgebra::{Point3, UnitQuaternion, Vector3};
use sinew_robot::{Body, RobotModel};

use super::noise::Noise;
use crate::params::SimParams;

/// Where the IMU is mounted: a body, and a point on it. Readings are in the body's axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImuMount {
    pub(super) body: usize,
    pub(super) point: Vector3<f64>,
}

/// Finds the IMU's mount; `None` when the name that is asked for does not exist. Without such a name
/// it is the moving body that carries the IMU: the axes of a part fixed to it may lie anywhere.
pub(super) fn imu_mount(model: &RobotModel, asked: Option<&str>) -> Option<ImuMount> {
    let of_site = |name: &str| {
        let (body, site) = model.site(name)?;
        let point = site.pose.translation.vector;
        Some(ImuMount { body, point })
    };
    let of_body = |body: usize| ImuMount {
        body,
        point: Vector3::zeros(),
    };
    if let Some(name) = asked {
        return of_site(name).or_else(|| model.body_index(name).map(of_body));
    }
    let gyros = model.gyro_sites.iter().filter_map(|name| of_site(name));
    let is_imu = |name: &str| name.to_ascii_lowercase().starts_with("imu");
    let named_sites = model.bodies.iter().flat_map(|body| &body.sites);
    let named_sites = named_sites
        .filter(|site| is_imu(&site.name))
        .filter_map(|site| of_site(&site.name));
    let named_bodies = model.bodies.iter().enumerate();
    let named_bodies = named_bodies
        .filter(|(_, body)| is_imu(&body.name))
        .map(|(index, _)| of_body(index));
    let base = base_body(model);
    let on_base_first = |mounts: Vec<ImuMount>| {
        let mut carried = mounts.into_iter().map(|mount| mount.on_moving_body(model)).peekable();
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
pub(super) fn base_body(model: &RobotModel) -> usize {
    let mut on_world = (1..model.bodies.len()).filter(|&body| is_bolted(model, body));
    match (on_world.next(), on_world.next()) {
        (Some(mount), None) => mount,
        _ => 0,
    }
}

/// Whether a body is rigidly fixed to the world, which is a robot's first body where none floats.
fn is_bolted(model: &RobotModel, body: usize) -> bool {
    let (world, body) = (&model.bodies[0], &model.bodies[body]);
    !model.floating_base && world.name == "world" && body.parent == Some(0) && body.joint.is_none()
}

impl ImuMount {
    /// The same point on the body that this one is rigidly fixed to: one that a joint moves, or the
    /// base, or what is bolted to the world.
    fn on_moving_body(mut self, model: &RobotModel) -> Self {
        while !is_bolted(model, self.body)
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

/// Errors of all sensors.
#[derive(Debug)]
pub(super) struct SensorErrors {
    noise: Noise,
    gyro: (f64, Vector3<f64>),
    accelerometer: (f64, Vector3<f64>),
    tilt: (f64, Vector3<f64>),
    joint_position: (f64, Vec<f64>),
    joint_velocity: f64,
}

impl SensorErrors {
    pub(super) fn new(params: &SimParams, dof: usize) -> Self {
        let mut noise = Noise::new(params.seed, 1);
        Self {
            gyro: (params.gyro_noise_rad_s, noise.vector_within(params.gyro_bias_rad_s)),
            accelerometer: (params.accel_noise_m_s2, noise.vector_within(params.accel_bias_m_s2)),
            tilt: (params.tilt_noise_rad, noise.vector_within(params.tilt_bias_rad)),
            joint_position: (
                params.joint_position_noise_rad,
                (0..dof).map(|_| noise.within(params.joint_position_bias_rad)).collect(),
            ),
            joint_velocity: params.joint_velocity_noise_rad_s,
            noise,
        }
    }

    pub(super) fn gyro(&mut self, truth: Vector3<f64>) -> Vector3<f64> {
        truth + self.gyro.1 + self.noise.normal_vector(self.gyro.0)
    }

    pub(super) fn accelerometer(&mut self, truth: Vector3<f64>) -> Vector3<f64> {
        truth + self.accelerometer.1 + self.noise.normal_vector(self.accelerometer.0)
    }

    pub(super) fn orientation(&mut self, truth: UnitQuaternion<f64>) -> UnitQuaternion<f64> {
        let error = self.tilt.1 + self.noise.normal_vector(self.tilt.0);
        truth * UnitQuaternion::new(error)
    }

    pub(super) fn joint_position(&mut self, joint: usize, truth: f64) -> f64 {
        truth + self.joint_position.1[joint] + self.noise.normal(self.joint_position.0)
    }

    pub(super) fn joint_velocity(&mut self, truth: f64) -> f64 {
        truth + self.noise.normal(self.joint_velocity)
    }
}
