//! What is read from a robot and what is written to it, each tick. Allocated once, refilled in place.

use nalgebra::{UnitQuaternion, Vector3};

/// Inertial measurement in the base frame (REP-103: x forward, y left, z up).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Imu {
    /// Rotation `world_from_base`. Only its tilt is trusted: yaw drifts on real sensors.
    pub orientation: UnitQuaternion<f64>,
    /// Angular velocity in rad/s, base frame.
    pub angular_velocity: Vector3<f64>,
    /// Specific force in m/s², base frame: +9.81 on z when standing still.
    pub linear_acceleration: Vector3<f64>,
    /// When it was measured, on the loop's clock, in ns.
    pub stamp_nanos: u64,
}

impl Imu {
    /// Direction of gravity in the base frame as a unit vector: (0, 0, −1) when upright.
    pub fn projected_gravity(&self) -> Vector3<f64> {
        self.orientation.inverse_transform_vector(&-Vector3::z())
    }

    /// How far the base's z axis points up: 1 when upright, the cosine of [`tilt_rad`](Self::tilt_rad) but for rounding.
    pub(crate) fn up(&self) -> f64 {
        let [x, y] = [self.orientation.i, self.orientation.j];
        1.0 - 2.0 * (x * x + y * y)
    }

    /// Angle between the base's z axis and the world's, in rad.
    pub fn tilt_rad(&self) -> f64 {
        (-self.projected_gravity().z).clamp(-1.0, 1.0).acos()
    }

    /// Orientation (i, j, k, w), angular velocity, linear acceleration.
    pub(crate) fn numbers(&self) -> [f64; 10] {
        let [q, v, a] = [
            self.orientation.coords.as_slice(),
            self.angular_velocity.as_slice(),
            self.linear_acceleration.as_slice(),
        ];
        [q[0], q[1], q[2], q[3], v[0], v[1], v[2], a[0], a[1], a[2]]
    }

    /// Whether every number in it is finite.
    pub fn is_finite(&self) -> bool {
        self.orientation.coords.iter().all(|v| v.is_finite())
            && self.angular_velocity.iter().all(|v| v.is_finite())
            && self.linear_acceleration.iter().all(|v| v.is_finite())
    }
}

/// Whether the numbers are the same to the bit: a NaN is itself, and zero is not minus zero.
fn same_bits(one: &[f64], other: &[f64]) -> bool {
    // Without a branch for each, several go side by side.
    let differing = |(one, other): (&f64, &f64)| one.to_bits() ^ other.to_bits();
    one.len() == other.len() && one.iter().zip(other).map(differing).fold(0, |all, bits| all | bits) == 0
}

/// Where the base really is. Only a simulator or motion capture knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundTruth {
    /// Position of the base in the world, m.
    pub position: Vector3<f64>,
    /// Rotation `world_from_base`.
    pub orientation: UnitQuaternion<f64>,
    /// Linear velocity of the base origin, world frame, m/s.
    pub linear_velocity: Vector3<f64>,
    /// Angular velocity, base frame, rad/s.
    pub angular_velocity: Vector3<f64>,
}

/// One reading of the whole robot. Per-joint vectors are in robot order.
#[derive(Debug, Clone, PartialEq)]
pub struct RobotState {
    /// Joint positions in rad.
    pub position: Vec<f64>,
    /// Joint velocities in rad/s.
    pub velocity: Vec<f64>,
    /// Joint torques in N·m, as measured or estimated by the drives; NaN where a drive does neither.
    pub effort: Vec<f64>,
    /// When each joint was measured, on the loop's clock, in ns.
    pub joint_stamp_nanos: Vec<u64>,
    /// The inertial measurement.
    pub imu: Imu,
    /// Linear velocity of the base in the base frame, m/s, from an estimator or a simulator.
    pub base_velocity: Option<Vector3<f64>>,
    /// Whether each foot touches something, in the order of [`Capabilities::feet`](crate::io::Capabilities::feet).
    pub foot_contact: Vec<bool>,
    /// Motor temperatures in °C; empty where the drives do not tell, NaN where one does not.
    pub temperature_celsius: Vec<f64>,
    /// Where the base really is, for evaluation only.
    pub truth: Option<GroundTruth>,
}

impl RobotState {
    /// A zeroed state for `dof` joints and `feet` feet.
    pub fn new(dof: usize, feet: usize) -> Self {
        Self {
            position: vec![0.0; dof],
            velocity: vec![0.0; dof],
            effort: vec![0.0; dof],
            joint_stamp_nanos: vec![0; dof],
            imu: Imu {
                orientation: UnitQuaternion::identity(),
                angular_velocity: Vector3::zeros(),
                linear_acceleration: Vector3::zeros(),
                stamp_nanos: 0,
            },
            base_velocity: None,
            foot_contact: vec![false; feet],
            temperature_celsius: Vec::with_capacity(dof),
            truth: None,
        }
    }

    /// Whether `other` has the same numbers, to the bit.
    pub fn is_same(&self, other: &Self) -> bool {
        same_bits(&self.position, &other.position)
            && same_bits(&self.velocity, &other.velocity)
            && same_bits(&self.effort, &other.effort)
            && self.joint_stamp_nanos == other.joint_stamp_nanos
            && same_bits(self.imu.numbers().as_slice(), other.imu.numbers().as_slice())
            && self.imu.stamp_nanos == other.imu.stamp_nanos
            && match (&self.base_velocity, &other.base_velocity) {
                (Some(one), Some(other)) => same_bits(one.as_slice(), other.as_slice()),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
            && self.foot_contact == other.foot_contact
            && same_bits(&self.temperature_celsius, &other.temperature_celsius)
    }

    /// Copies `other` into this state; without allocating when both are of the same robot.
    pub fn copy_from(&mut self, other: &Self) {
        self.position.clone_from(&other.position);
        self.velocity.clone_from(&other.velocity);
        self.effort.clone_from(&other.effort);
        self.joint_stamp_nanos.clone_from(&other.joint_stamp_nanos);
        self.imu = other.imu;
        self.base_velocity = other.base_velocity;
        self.foot_contact.clone_from(&other.foot_contact);
        self.temperature_celsius.clone_from(&other.temperature_celsius);
        self.truth = other.truth;
    }
}

/// The drives' own command: `torque = kp (position − q) + kd (velocity − q̇) + effort`, per joint,
/// in robot order.
#[derive(Debug, Clone, PartialEq)]
pub struct JointCommand {
    /// Target positions in rad.
    pub position: Vec<f64>,
    /// Target velocities in rad/s.
    pub velocity: Vec<f64>,
    /// Feed-forward torques in N·m.
    pub effort: Vec<f64>,
    /// Stiffness in N·m/rad.
    pub kp: Vec<f64>,
    /// Damping in N·m·s/rad.
    pub kd: Vec<f64>,
}

impl JointCommand {
    /// A command of zeros: limp drives.
    pub fn zeros(dof: usize) -> Self {
        Self {
            position: vec![0.0; dof],
            velocity: vec![0.0; dof],
            effort: vec![0.0; dof],
            kp: vec![0.0; dof],
            kd: vec![0.0; dof],
        }
    }

    /// Number of joints.
    pub fn dof(&self) -> usize {
        self.position.len()
    }

    /// Copies `other` into this command without allocating. Both must have the same number of joints.
    pub fn copy_from(&mut self, other: &Self) {
        self.position.copy_from_slice(&other.position);
        self.velocity.copy_from_slice(&other.velocity);
        self.effort.copy_from_slice(&other.effort);
        self.kp.copy_from_slice(&other.kp);
        self.kd.copy_from_slice(&other.kd);
    }

    /// Torque in N·m that the drive of joint `j` would apply at position `q` and velocity `qd`,
    /// before its own limit.
    pub fn torque_nm(&self, j: usize, q: f64, qd: f64) -> f64 {
        self.kp[j] * (self.position[j] - q) + self.kd[j] * (self.velocity[j] - qd) + self.effort[j]
    }
}
