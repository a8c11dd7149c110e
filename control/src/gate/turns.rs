//! The turns of joints without position limits.
//!
//! An encoder of such a joint may go round from π to −π. Here its readings are unwrapped: from one to the next
//! the joint takes the way that its measured velocity says, so that its position, and the torque, do not jump.
//! While it is limp its turns do not count, and it is where its rest pose is nearest: a start never winds back
//! turns that somebody has made by hand. A drive gets its targets in the numbers in which it reports.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use crate::robot::RobotDescription;
use crate::state::{JointCommand, RobotState};

/// No encoder counts this far; beyond it, doubles would tell turns apart but not angles, rad.
const FARTHEST_RAD: f64 = 1e8;

/// The farthest turn between two readings that is told for certain, rad.
pub(super) const FARTHEST_TURN_RAD: f64 = FRAC_PI_2;

/// A joint without limits.
#[derive(Debug)]
struct Wheel {
    joint: usize,
    rest_rad: f64,
    /// The last reading that counted.
    position: f64,
    velocity: f64,
    effort: f64,
    stamp_nanos: u64,
    /// What its readings lack of its position: whole turns, rad.
    turns_rad: f64,
}

/// All joints without limits.
#[derive(Debug)]
pub(super) struct Turns {
    wheels: Vec<Wheel>,
    /// Whether some joint's position is not the number that its drive reports.
    differ: bool,
}

impl Turns {
    pub(super) fn new(robot: &RobotDescription) -> Self {
        let endless = |limit: f64| limit.is_infinite();
        let wheels = (robot.joints.iter().enumerate())
            .filter(|(_, joint)| endless(joint.lower_rad) && endless(joint.upper_rad))
            .map(|(joint, description)| Wheel {
                joint,
                rest_rad: if description.default_rad.is_finite() {
                    description.default_rad
                } else {
                    0.0
                },
                position: 0.0,
                velocity: 0.0,
                effort: 0.0,
                stamp_nanos: 0,
                turns_rad: 0.0,
            });
        Self {
            wheels: wheels.collect(),
            differ: false,
        }
    }

    /// The rest pose of joint `j`, rad.
    pub(super) fn set_rest(&mut self, j: usize, rest_rad: f64) {
        if let Some(wheel) = self.wheels.iter_mut().find(|wheel| wheel.joint == j) {
            wheel.rest_rad = rest_rad;
        }
    }

    /// Turns what was read into positions, in place. `is_free(joint)` tells whether its turns do not count.
    /// A reading that leaves them open is taken back, and `report(joint, rad)` told how far the joint may have
    /// turned.
    pub(super) fn unwrap(
        &mut self,
        state: &mut RobotState,
        is_free: impl Fn(usize) -> bool,
        mut report: impl FnMut(usize, f64),
    ) {
        self.differ = false;
        for wheel in &mut self.wheels {
            let j = wheel.joint;
            let (raw, stamp_nanos) = (state.position[j], state.joint_stamp_nanos[j]);
            if stamp_nanos != wheel.stamp_nanos {
                let near = if is_free(j) || wheel.stamp_nanos == 0 {
                    Ok(wheel.rest_rad)
                } else {
                    wheel.expected(state.velocity[j], stamp_nanos)
                };
                let taken = near.and_then(|near| wheel.take(raw, near, is_free(j) || wheel.stamp_nanos == 0));
                match taken {
                    Ok(()) => {
                        wheel.velocity = state.velocity[j];
                        wheel.effort = state.effort[j];
                        wheel.stamp_nanos = stamp_nanos;
                    }
                    Err(rad) => report(j, rad),
                }
            }
            state.position[j] = wheel.position;
            state.velocity[j] = wheel.velocity;
            state.effort[j] = wheel.effort;
            state.joint_stamp_nanos[j] = wheel.stamp_nanos;
            self.differ |= wheel.turns_rad != 0.0;
        }
    }

    /// Whether drives report other numbers than the positions in use.
    pub(super) fn differ(&self) -> bool {
        self.differ
    }

    /// Turns positions back into the numbers that the drives report.
    pub(super) fn wrap(&self, command: &mut JointCommand, state: &mut RobotState) {
        for wheel in &self.wheels {
            command.position[wheel.joint] -= wheel.turns_rad;
            state.position[wheel.joint] -= wheel.turns_rad;
        }
    }
}

impl Wheel {
    /// Where the joint should be at `stamp_nanos`, rad; or how far it has turned, where that is too far to tell.
    fn expected(&self, velocity: f64, stamp_nanos: u64) -> Result<f64, f64> {
        let secs = stamp_nanos.abs_diff(self.stamp_nanos) as f64 * 1e-9;
        let turned = 0.5 * (self.velocity + velocity) * secs;
        if turned.abs() <= PI {
            Ok(self.position + turned)
        } else {
            Err(turned.abs())
        }
    }

    /// Takes a reading as the position that is nearest to `near`; or says how far off it is.
    fn take(&mut self, raw: f64, near: f64, is_free: bool) -> Result<(), f64> {
        let turns_rad = TAU * ((near - raw) / TAU).round();
        let off = (raw + turns_rad - near).abs();
        if raw.abs() > FARTHEST_RAD || (off > FARTHEST_TURN_RAD && !is_free) {
            return Err(off);
        }
        self.position = raw + turns_rad;
        self.turns_rad = turns_rad;
        Ok(())
    }
}
