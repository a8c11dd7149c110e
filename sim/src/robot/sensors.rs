//! What the robot measures, with the errors that real sensors have.

use nalgebra::{UnitQuaternion, Vector3};

use super::noise::Noise;
use crate::params::SimParams;

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
