//! What crosses the boundary. Every structure begins with its own size, by which an older host is told from a newer
//! library; enumerations come in as numbers, which may be any.

use std::ffi::{c_char, c_void};

/// Version of this interface: a host compares it with `sinew_abi_version()`.
pub const SINEW_ABI_VERSION: u32 = 1;

/// The drives take position, velocity, effort, kp and kd.
pub const SINEW_INTERFACES_IMPEDANCE: u32 = 0;
/// The drives take efforts; Sinew computes them in each update.
pub const SINEW_INTERFACES_EFFORT: u32 = 1;

/// Numbers of an IMU in `SinewReadings.imu`.
pub const SINEW_IMU_NUMBERS: usize = 10;

/// What became of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinewStatus {
    /// It did what it says.
    Ok = 0,
    /// A pointer is null, or not aligned, that must not be.
    Pointer = 1,
    /// A size, a number of joints or feet, or an index is another than it must be.
    Size = 2,
    /// A number or a text is none that there can be.
    Value = 3,
    /// Not in this state: an update without an activation, a second activation.
    State = 4,
    /// The loop that is to be activated is not made yet: `sinew_controller_supervise` makes it.
    NotReady = 5,
    /// What was asked for is refused; the text says why.
    Refused = 6,
    /// Another thread is in a call that only one thread may be in.
    Busy = 7,
    /// The control loop panicked: the joints damp until it is deactivated and activated again.
    Failed = 8,
}

/// What the loop does.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinewMode {
    /// It is not active, or has not ticked yet.
    Inactive = 0,
    /// No stiffness, only damping.
    Damp = 1,
    /// The joints move to the rest pose.
    Stand = 2,
    /// The policy is in charge.
    Run = 3,
    /// The safety gate has stopped the robot.
    Stopped = 4,
}

/// How grave a line of the log is, or a status of the diagnostics.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinewLevel {
    /// As it should be.
    Ok = 0,
    /// It goes on, but not as it was meant.
    Warn = 1,
    /// Somebody has to do something.
    Error = 2,
    /// Of a status: nothing new is known.
    Stale = 3,
}

/// Takes a line of the log. Called in whichever thread logs, and never in two at once. It must not call back.
pub type SinewLog = Option<unsafe extern "C" fn(user: *mut c_void, level: SinewLevel, line: *const c_char)>;

/// Takes a status of the diagnostics: part of the robot, a sentence, and what it is about.
pub type SinewStatusVisitor = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        level: SinewLevel,
        name: *const c_char,
        message: *const c_char,
        hardware_id: *const c_char,
    ),
>;

/// Takes a key and a value of the status that was told last.
pub type SinewValueVisitor = Option<unsafe extern "C" fn(user: *mut c_void, key: *const c_char, value: *const c_char)>;

/// What a controller is made from.
#[repr(C)]
#[derive(Debug)]
pub struct SinewOptions {
    /// `sizeof(SinewOptions)`.
    pub struct_size: usize,
    /// The robot's parameter files, the same that `sinew run` and `sinew up` take, of which later ones win.
    pub robot_files: *const *const c_char,
    /// How many.
    pub robot_file_count: usize,
    /// Full name of the host, such as `/sinew_controller`: the file in which a stop is kept is named after it.
    pub name: *const c_char,
    /// `SINEW_INTERFACES_IMPEDANCE` or `SINEW_INTERFACES_EFFORT`.
    pub interfaces: u32,
    /// 1 where a simulator plays the robot: then the times of calls are its; 0 where they are those of the machine's
    /// monotonic clock (`CLOCK_MONOTONIC`).
    pub simulated: u32,
    /// How often `sinew_controller_update` is called, Hz: a whole multiple of the loop's rate.
    pub update_rate_hz: f64,
}

/// What a controller needs.
#[repr(C)]
#[derive(Debug)]
pub struct SinewDescription {
    /// `sizeof(SinewDescription)`, set by the caller.
    pub struct_size: usize,
    /// Number of joints.
    pub joint_count: usize,
    /// Number of feet whose contact is to be measured.
    pub foot_count: usize,
    /// 1 where the velocity of the base is to be measured.
    pub wants_base_velocity: u32,
    /// `SINEW_INTERFACES_IMPEDANCE` or `SINEW_INTERFACES_EFFORT`, as it was asked for.
    pub interfaces: u32,
    /// Ticks of the loop per second.
    pub rate_hz: f64,
}

/// What was measured since the update before. What is null was not measured: it gets old, and the gate stops the robot
/// for it. A number that a sensor could not give is NaN.
#[repr(C)]
#[derive(Debug)]
pub struct SinewReadings {
    /// `sizeof(SinewReadings)`.
    pub struct_size: usize,
    /// Number of joints, as described.
    pub joint_count: usize,
    /// Positions, rad, in the order of `sinew_controller_joint_name`. Null together with `velocity`.
    pub position: *const f64,
    /// Velocities, rad/s.
    pub velocity: *const f64,
    /// Torques, N·m; null, or NaN for single joints, where they are not measured.
    pub effort: *const f64,
    /// `SINEW_IMU_NUMBERS` numbers: orientation `world_from_base` as x, y, z, w; angular velocity, rad/s, and specific
    /// force, m/s², both in the base frame (REP-103).
    pub imu: *const f64,
    /// Velocity of the base in its own frame, m/s: 3 numbers.
    pub base_velocity: *const f64,
    /// Number of feet, as described.
    pub foot_count: usize,
    /// For each foot whether it touches something; any number but 0 says that it does.
    pub foot_contact: *const u8,
}

/// Where a command is written to: arrays of the caller's, one number for each joint. The drives are to give
/// `kp (position − q) + kd (velocity − q̇) + effort`. With efforts alone only `effort` is written, and the others may be
/// null.
#[repr(C)]
#[derive(Debug)]
pub struct SinewCommand {
    /// `sizeof(SinewCommand)`.
    pub struct_size: usize,
    /// Number of joints, as described.
    pub joint_count: usize,
    /// Target positions, rad.
    pub position: *mut f64,
    /// Target velocities, rad/s.
    pub velocity: *mut f64,
    /// Torques, N·m.
    pub effort: *mut f64,
    /// Stiffness, N·m/rad.
    pub kp: *mut f64,
    /// Damping, N·m·s/rad.
    pub kd: *mut f64,
}
