//! The faults that a test can order.

use std::sync::{Arc, Mutex};

use sinew_control::state::RobotState;

/// What is wrong with the robot or the policy at the moment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    pub(crate) frozen_joint: Option<usize>,
    pub(crate) frozen_imu: bool,
    pub(crate) silent_imu: bool,
    /// How far ahead of the loop's clock the IMU's stamps are.
    pub(crate) imu_ahead_nanos: u64,
    pub(crate) driver_panics: bool,
    pub(crate) dropped_joint: Option<usize>,
    pub(crate) nan_joint: Option<usize>,
    pub(crate) nan_imu: bool,
    pub(crate) zero_quaternion: bool,
    pub(crate) no_base_velocity: bool,
    pub(crate) tilt_rad: f64,
    pub(crate) joint_speed_rad_s: Option<f64>,
    pub(crate) temperature_celsius: f64,
    pub(crate) write_fails: bool,
    /// Whether a write that fails arrives all the same.
    pub(crate) failed_writes_arrive: bool,
    pub(crate) own_stop_fails: bool,
    pub(crate) own_stop_panics: bool,
    /// The velocity of the frozen joint trembles.
    pub(crate) trembles: bool,
    /// Once: the first joint is pushed as far as this.
    pub(crate) pushed_rad: f64,
    /// Encoders read from −π to π.
    pub(crate) goes_round: bool,
    /// What else happens to every reading, last of all.
    pub(crate) reads: Option<fn(&mut RobotState)>,
    /// Once: the tick takes this much longer.
    pub(crate) stall_nanos: u64,
    /// Every inference takes this long.
    pub(crate) inference_nanos: u64,
    pub(crate) inference_fails: bool,
    pub(crate) policy_panics: bool,
    pub(crate) term_panics: bool,
    /// What the policy answers instead of walking.
    pub(crate) action: Option<[f32; 3]>,
    /// How the observation of the last step begins: seen, not ordered.
    pub(crate) observation: [f32; 16],
    /// How often the policy was told to forget: seen, not ordered.
    pub(crate) policy_resets: u64,
}

/// Faults, shared with a test.
pub(crate) type Ordered = Arc<Mutex<Faults>>;
