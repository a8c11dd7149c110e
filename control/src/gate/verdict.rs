//! What the gate finds wrong, by name, and how often.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::robot::RobotDescription;

macro_rules! checks {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Every check of the gate. The name is the one in reports and on `/diagnostics`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Check {
            $($(#[$doc])* $variant,)*
        }

        impl Check {
            /// All checks, in the order of their index.
            pub const ALL: [Check; [$($name),*].len()] = [$(Check::$variant),*];

            /// Name for people and machines.
            pub fn name(self) -> &'static str {
                match self { $(Check::$variant => $name,)* }
            }
        }
    };
}

checks! {
    /// A command holds NaN or infinity. Stops at once.
    NonFiniteCommand = "non_finite_command",
    /// A target position lies outside the joint's limits. Clamped.
    PositionLimit = "position_limit",
    /// A target velocity is above the joint's limit. Clamped.
    VelocityLimit = "velocity_limit",
    /// The drive would have to give more torque than it can. Scaled to its limit.
    TorqueLimit = "torque_limit",
    /// A target moves faster than allowed, counted from what the drive received. Slowed down.
    SlewLimit = "slew_limit",
    /// A gain is negative or above what the drive takes. Clamped.
    GainLimit = "gain_limit",
    /// A read failed, or changed the length of a vector; the last good values stay in use until they are
    /// stale.
    ReadFailed = "read_failed",
    /// A sensor gave NaN, infinity or a quaternion that is no rotation; the last good value stays in
    /// use until it is stale.
    NonFiniteSensor = "non_finite_sensor",
    /// A joint was not measured for too long. Stops.
    StaleJoint = "stale_joint",
    /// The IMU was silent for too long. Stops.
    StaleImu = "stale_imu",
    /// A robot that knows its base velocity did not give it for too long while the policy ran. Stops.
    StaleBaseVelocity = "stale_base_velocity",
    /// A joint's position stays the same to the last bit while its target moves. Stops.
    FrozenJoint = "frozen_joint",
    /// The IMU's reading stays the same to the last bit, or its orientation does while it says that the base
    /// turns. Stops.
    FrozenImu = "frozen_imu",
    /// A joint turns faster than its limit. Stops when it lasts.
    JointSpeed = "joint_speed",
    /// A joint is measured far outside its limits. Stops when it lasts while the policy runs.
    JointPosition = "joint_position",
    /// A joint without limits may have turned by more than half a turn between two readings, so that nothing
    /// tells its turns. The reading does not count.
    UnknownTurn = "unknown_turn",
    /// The base leans more than allowed: the robot falls. Stops.
    Tilt = "tilt",
    /// A motor is too hot. Stops.
    Temperature = "temperature",
    /// A motor that has told its temperature does not tell it any more. Stops when it lasts.
    StaleTemperature = "stale_temperature",
    /// A tick missed its deadline. Stops when it kept the robot without a command for too long.
    Overrun = "overrun",
    /// An inference came too late. The last action is held, then decays, then the robot stops.
    LateInference = "late_inference",
    /// An inference failed. Handled as a late one.
    FailedInference = "failed_inference",
    /// An operator's command holds NaN or infinity. Ignored.
    BadOperatorCommand = "bad_operator_command",
    /// The operator was silent for too long. Stops.
    Deadman = "deadman",
    /// The operator asked for a stop. Stops.
    OperatorStop = "operator_stop",
    /// Somebody else commands the same joints. Stops.
    OtherCommander = "other_commander",
    /// A process ended while it moved the robot, without a last safe action; the next one begins with this stop.
    EndedInMotion = "ended_in_motion",
    /// A command could not be written. Stops when it lasts.
    WriteFailed = "write_failed",
}

impl Check {
    /// The check of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// Unit of the values in its verdicts; `None` where they say nothing.
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Check::PositionLimit
            | Check::SlewLimit
            | Check::FrozenJoint
            | Check::JointPosition
            | Check::UnknownTurn
            | Check::Tilt => Some("rad"),
            Check::VelocityLimit | Check::JointSpeed => Some("rad/s"),
            Check::TorqueLimit => Some("N·m"),
            Check::StaleJoint
            | Check::StaleImu
            | Check::StaleBaseVelocity
            | Check::FrozenImu
            | Check::StaleTemperature
            | Check::Overrun
            | Check::LateInference
            | Check::FailedInference
            | Check::Deadman => Some("s"),
            Check::Temperature => Some("°C"),
            Check::GainLimit
            | Check::NonFiniteCommand
            | Check::ReadFailed
            | Check::NonFiniteSensor
            | Check::BadOperatorCommand
            | Check::OperatorStop
            | Check::OtherCommander
            | Check::EndedInMotion
            | Check::WriteFailed => None,
        }
    }
}

/// One finding of the gate, with the values that caused it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which check.
    pub check: Check,
    /// The joint it is about, in robot order.
    pub joint: Option<usize>,
    /// What was found, in the check's unit.
    #[serde(deserialize_with = "number_or_null")]
    pub value: f64,
    /// What is allowed, in the same unit.
    pub limit: f64,
    /// The tick in which it was found.
    pub tick: u64,
    /// The number that was not finite, where that is the cause: of a command, or of a sensor that went stale
    /// by it.
    #[serde(default)]
    pub not_finite: Option<NotFinite>,
}

/// A number that is NaN or infinite, or a quaternion that is no rotation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NotFinite {
    /// What it is a number of.
    pub quantity: Quantity,
    /// The number; of a quaternion that is no rotation, its norm.
    #[serde(deserialize_with = "number_or_null")]
    pub value: f64,
}

/// What a number is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// A joint's position, or its target.
    Position,
    /// A joint's velocity, or its target.
    Velocity,
    /// A joint's torque.
    Effort,
    /// A joint's stiffness.
    Kp,
    /// A joint's damping.
    Kd,
    /// The orientation that the IMU gives.
    Orientation,
    /// The angular velocity that the IMU gives.
    AngularVelocity,
    /// The linear acceleration that the IMU gives.
    LinearAcceleration,
    /// The velocity of the base.
    BaseVelocity,
    /// A motor's temperature.
    Temperature,
}

impl Quantity {
    const ALL: [Self; 10] = [
        Quantity::Position,
        Quantity::Velocity,
        Quantity::Effort,
        Quantity::Kp,
        Quantity::Kd,
        Quantity::Orientation,
        Quantity::AngularVelocity,
        Quantity::LinearAcceleration,
        Quantity::BaseVelocity,
        Quantity::Temperature,
    ];

    /// The quantity of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.name() == name)
    }

    /// Name for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Position => "position",
            Quantity::Velocity => "velocity",
            Quantity::Effort => "effort",
            Quantity::Kp => "kp",
            Quantity::Kd => "kd",
            Quantity::Orientation => "orientation",
            Quantity::AngularVelocity => "angular velocity",
            Quantity::LinearAcceleration => "linear acceleration",
            Quantity::BaseVelocity => "base velocity",
            Quantity::Temperature => "temperature",
        }
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.quantity.name(), self.value)
    }
}

impl Verdict {
    /// Whether its value is the age of a reading: infinite where there was none yet.
    fn is_of_silence(&self) -> bool {
        matches!(
            self.check,
            Check::StaleJoint | Check::StaleImu | Check::StaleBaseVelocity
        )
    }

    /// A sentence for people, with the joint's name.
    pub fn reason(&self, robot: &RobotDescription) -> String {
        let joint = (self.joint.and_then(|j| robot.joints.get(j))).map_or(String::new(), |j| format!(" of {}", j.name));
        let values = match self.check.unit() {
            // Not even a number of a file, which has none for infinity.
            Some(_) if self.is_of_silence() && !self.value.is_finite() => match self.not_finite {
                Some(_) => ", never heard well".to_owned(),
                None => ", never heard".to_owned(),
            },
            Some(unit) => format!(", {:.3} {unit} where {:.3} {unit} is allowed", self.value, self.limit),
            None => String::new(),
        };
        let cause = (self.not_finite).map_or(String::new(), |bad| format!(", {bad}"));
        format!("{}{joint}{values}{cause}, in tick {}", self.check.name(), self.tick)
    }
}

/// JSON writes null for a number that is not finite.
fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(deserializer).map(|number| number.unwrap_or(f64::NAN))
}

/// How often each check has spoken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    counts: [u64; Check::ALL.len()],
    total: u64,
}

impl VerdictCounts {
    /// From the count of each check.
    pub fn from_fn(mut count: impl FnMut(Check) -> u64) -> Self {
        let counts = Check::ALL.map(&mut count);
        Self {
            counts,
            total: counts.iter().sum(),
        }
    }

    /// What has been added since it was `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        // Counts only grow.
        let counts = std::array::from_fn(|i| self.counts[i].wrapping_sub(before.counts[i]));
        Self {
            counts,
            total: self.total.wrapping_sub(before.total),
        }
    }

    /// Adds one.
    pub fn add(&mut self, check: Check) {
        self.counts[check as usize] += 1;
        self.total += 1;
    }

    /// How often `check` has spoken.
    pub fn get(&self, check: Check) -> u64 {
        self.counts[check as usize]
    }

    /// How often any check has spoken.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Every check that has spoken, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Check, u64)> {
        let pairs = Check::ALL.into_iter().map(|check| (check, self.get(check)));
        pairs.filter(|(_, count)| *count > 0)
    }
}
