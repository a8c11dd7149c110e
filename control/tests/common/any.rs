//! A robot and a policy that do anything at all.

use std::sync::{Arc, Mutex};

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use sinew_control::clock::VirtualClock;
use sinew_control::io::{Capabilities, IoError, Policy, PolicyError, RobotIo};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};

use super::Random;

/// How often each thing goes wrong in one case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chaos {
    read_fails: f64,
    wild_sensor: f64,
    bad_sensor: f64,
    wrong_length: f64,
    write_fails: f64,
    stalls: f64,
    panics: f64,
    wild_action: f64,
    bad_action: f64,
    late_action: f64,
}

impl Chaos {
    pub(crate) fn of(random: &mut Random) -> Self {
        let mut often = |p: f64| if random.chance(0.5) { 0.0 } else { p };
        Self {
            read_fails: often(0.02),
            wild_sensor: often(0.003),
            bad_sensor: often(0.003),
            wrong_length: often(0.001),
            write_fails: often(0.3),
            stalls: often(0.01),
            panics: often(0.0005),
            wild_action: often(0.02),
            bad_action: often(0.0005),
            late_action: often(0.03),
        }
    }
}

/// Joints with some inertia, whose drives follow what they have received.
pub(crate) struct AnyRobot {
    pub(crate) random: Random,
    pub(crate) chaos: Chaos,
    pub(crate) clock: VirtualClock,
    pub(crate) period_nanos: u64,
    pub(crate) robot: RobotDescription,
    pub(crate) received: JointCommand,
    pub(crate) q: Vec<f64>,
    pub(crate) qd: Vec<f64>,
    pub(crate) now_nanos: u64,
}

impl AnyRobot {
    fn advance_to(&mut self, now_nanos: u64) {
        let secs = (now_nanos.saturating_sub(self.now_nanos) as f64 * 1e-9).min(0.01);
        self.now_nanos = now_nanos;
        for (j, joint) in self.robot.joints.iter().enumerate() {
            let limit = joint.effort_nm.min(1000.0);
            let torque = self.received.torque_nm(j, self.q[j], self.qd[j]).clamp(-limit, limit);
            self.qd[j] = (self.qd[j] + torque / 5.0 * secs).clamp(-4.5, 4.5);
            self.q[j] += self.qd[j] * secs;
        }
    }

    fn sensor(&mut self, value: f64) -> f64 {
        if self.random.chance(self.chaos.bad_sensor) {
            self.random.non_finite()
        } else if self.random.chance(self.chaos.wild_sensor) {
            self.random.any_finite()
        } else {
            value + self.random.within(-1e-3, 1e-3)
        }
    }

    fn change_a_length(&mut self, state: &mut RobotState) {
        match self.random.next() % 6 {
            0 => state.position.push(0.0),
            1 => state.velocity.truncate(2),
            2 => state.effort.clear(),
            3 => state.joint_stamp_nanos = Vec::new(),
            4 => state.foot_contact.push(true),
            _ => state.temperature_celsius.push(40.0),
        }
    }
}

impl RobotIo for AnyRobot {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        self.advance_to(now_nanos);
        assert!(!self.random.chance(self.chaos.panics), "as ordered");
        let fails = self.random.chance(self.chaos.read_fails);
        for j in 0..self.q.len() {
            if fails && self.random.chance(0.5) {
                continue;
            }
            state.position[j] = self.sensor(self.q[j]);
            state.velocity[j] = self.sensor(self.qd[j]);
            state.effort[j] = self.sensor(0.0);
            state.joint_stamp_nanos[j] = match self.random.next() % 5000 {
                0 => 0,
                1 => u64::MAX,
                2 => self.random.next(),
                _ => now_nanos,
            };
        }
        let lean = if self.random.chance(0.1) {
            Vector3::new(self.sensor(0.05), self.sensor(-0.05), 0.0)
        } else {
            Vector3::new(self.random.within(-0.1, 0.1), 0.0, 0.0)
        };
        state.imu.orientation = if self.random.chance(self.chaos.bad_sensor) {
            UnitQuaternion::new_unchecked(Quaternion::new(0.0, self.random.any_finite(), 0.0, 0.0))
        } else {
            UnitQuaternion::from_scaled_axis(lean)
        };
        state.imu.angular_velocity = Vector3::new(self.sensor(0.1), 0.0, 0.0);
        state.imu.linear_acceleration = Vector3::new(0.0, 0.0, self.sensor(9.81));
        state.imu.stamp_nanos = now_nanos;
        state.base_velocity = Some(Vector3::new(self.sensor(0.2), 0.0, 0.0));
        state.temperature_celsius.clear();
        for _ in 0..self.q.len() {
            let celsius = if self.random.chance(0.01) {
                self.sensor(40.0)
            } else {
                40.0
            };
            state.temperature_celsius.push(celsius);
        }
        if self.random.chance(self.chaos.wrong_length) {
            self.change_a_length(state);
        }
        if fails { Err(IoError::NoState) } else { Ok(()) }
    }

    fn write(&mut self, command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        if self.random.chance(self.chaos.stalls) {
            let stall_nanos = self.random.next() % (6 * self.period_nanos);
            self.clock.advance(stall_nanos);
        }
        assert!(!self.random.chance(self.chaos.panics), "as ordered");
        let fails = self.random.chance(self.chaos.write_fails);
        // Of a write that fails nobody knows whether it has arrived.
        if !fails || self.random.chance(0.5) {
            self.received.copy_from(command);
        }
        if fails { Err(IoError::WriteFailed) } else { Ok(()) }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            base_velocity: Some("random"),
            own_stop: true,
            ..Capabilities::default()
        }
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        match self.random.next() % 8 {
            0 => panic!("as ordered"),
            1 | 2 => Err(IoError::WriteFailed),
            _ => {
                self.received.kp.fill(0.0);
                Ok(())
            }
        }
    }
}

pub(crate) struct AnyPolicy {
    pub(crate) random: Random,
    pub(crate) chaos: Chaos,
    pub(crate) clock: VirtualClock,
    pub(crate) period_nanos: u64,
    /// The velocity that it saw in its last step.
    pub(crate) seen: Arc<Mutex<[f32; 3]>>,
}

impl Policy for AnyPolicy {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        assert!(
            observation.iter().all(|v| v.is_finite()),
            "the policy sees {observation:?}"
        );
        self.seen.lock().unwrap().copy_from_slice(&observation[..3]);
        for value in action.iter_mut() {
            *value = if self.random.chance(self.chaos.wild_action) {
                self.random.any_finite() as f32
            } else {
                self.random.within(-2.0, 2.0) as f32
            };
        }
        if self.random.chance(self.chaos.bad_action) {
            action[0] = self.random.non_finite() as f32;
        }
        if self.random.chance(self.chaos.late_action) {
            let late_nanos = self.random.next() % (12 * self.period_nanos);
            self.clock.advance(late_nanos);
        }
        assert!(!self.random.chance(self.chaos.panics), "as ordered");
        Ok(())
    }
}
