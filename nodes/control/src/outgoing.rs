//! What goes to the thread that sends, and what it is held to where it leaves.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sinew_control::gate::{JointLimits, SafetyParams, joint_limits};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_node::sync::lock;

/// The command of one tick, and the state that the gate accepted, for which it was made.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) command: JointCommand,
    pub(super) position: Vec<f64>,
    pub(super) velocity: Vec<f64>,
    pub(super) joint_stamp_nanos: Vec<u64>,
    /// The driver has stopped the robot itself: nothing that was sent is to act any longer.
    pub(super) released: bool,
}

impl Outgoing {
    pub(super) fn zeros(dof: usize) -> Self {
        Self {
            command: JointCommand::zeros(dof),
            position: vec![0.0; dof],
            velocity: vec![0.0; dof],
            joint_stamp_nanos: vec![0; dof],
            released: false,
        }
    }

    pub(super) fn fill(&mut self, command: &JointCommand, accepted: &RobotState) {
        self.command.copy_from(command);
        self.position.copy_from_slice(&accepted.position);
        self.velocity.copy_from_slice(&accepted.velocity);
        self.joint_stamp_nanos.copy_from_slice(&accepted.joint_stamp_nanos);
        self.released = false;
    }

    /// Whether no drive is to have any stiffness.
    pub(super) fn is_limp(&self) -> bool {
        is_limp(&self.command)
    }

    /// Whether what was measured of a joint is too old to compute with at `now_nanos`, or was never measured. That is
    /// when it leaves: between the reading and here a tick, or this thread, may have hung.
    pub(super) fn is_stale(&self, joint: usize, now_nanos: u64, bounds: &Bounds) -> bool {
        let stamp = self.joint_stamp_nanos[joint];
        stamp == 0 || now_nanos.abs_diff(stamp) > bounds.stale_nanos
    }

    /// Torque of a joint, N·m: what its drive would do with the command. None without a reading that is fresh at
    /// `now_nanos`, for a torque that pushes with what was once measured pushes for ever.
    pub(super) fn torque_nm(&self, joint: usize, now_nanos: u64, bounds: &Bounds, corrections: &Corrections) -> f64 {
        if self.is_stale(joint, now_nanos, bounds) {
            return 0.0;
        }
        let torque = (self.command).torque_nm(joint, self.position[joint], self.velocity[joint]);
        corrections.within("torque", joint, torque, bounds.joints[joint].effort_nm)
    }
}

/// Whether no drive is to have any stiffness.
pub(super) fn is_limp(command: &JointCommand) -> bool {
    command.kp.iter().all(|&kp| kp == 0.0)
}

/// What the gate that owns the robot holds commands to.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) joints: Vec<JointLimits>,
    /// Oldest reading that a torque is computed from.
    stale_nanos: u64,
    /// Time without a tick after which the control loop counts as dead.
    pub(super) silence_nanos: u64,
}

impl Bounds {
    pub(super) fn new(limits: &[JointLimits], params: &SafetyParams) -> Self {
        Self {
            joints: limits.to_vec(),
            stale_nanos: (params.stale_secs * 1e9) as u64,
            silence_nanos: (params.overrun_secs * 1e9) as u64,
        }
    }

    /// For a robot that no gate has taken yet.
    pub(super) fn of(robot: &RobotDescription) -> Self {
        let params = SafetyParams::default();
        Self::new(&joint_limits(robot, &params), &params)
    }
}

/// Numbers that were not let out as they were. The gate lets none come this far: each is a fault of Sinew's.
#[derive(Debug)]
pub(super) struct Corrections {
    joints: Vec<String>,
    count: AtomicU64,
    last: Mutex<Option<String>>,
}

/// Rounding is no fault.
const TOLERANCE: f64 = 1e-9;

impl Corrections {
    pub(super) fn new(robot: &RobotDescription) -> Self {
        Self {
            joints: robot.joints.iter().map(|joint| joint.name.clone()).collect(),
            count: AtomicU64::new(0),
            last: Mutex::new(None),
        }
    }

    /// `value` within ±`limit`; 0 where it is no number.
    pub(super) fn within(&self, what: &str, joint: usize, value: f64, limit: f64) -> f64 {
        let bounded = if value.is_finite() {
            value.min(limit).max(-limit)
        } else {
            0.0
        };
        if !((value - bounded).abs() <= TOLERANCE * limit) {
            self.note(what, joint, value, &bounded.to_string());
        }
        bounded
    }

    /// Counts that something else is sent than `value`, and says the first.
    pub(super) fn note(&self, what: &str, joint: usize, value: f64, instead: &str) {
        let name = self.joints.get(joint).map_or("a joint", String::as_str);
        let said = format!("{what} of {name} would be {value}: {instead} is sent instead");
        if self.count.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!("joint command: {said}");
        }
        *lock(&self.last) = Some(said);
    }

    /// How many, and the last of them.
    pub(super) fn told(&self) -> (u64, Option<String>) {
        let last = lock(&self.last).clone();
        (self.count.load(Ordering::Relaxed), last)
    }
}
