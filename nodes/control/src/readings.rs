//! What the topics of a robot say, put together into one [`RobotState`].

use std::sync::Arc;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use sinew_control::exchange::Giver;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{Imu, RobotState};
use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::nav_msgs::msg::Odometry;
use sinew_messages::sensor_msgs::msg::{Imu as ImuMessage, JointState};
use sinew_messages::std_msgs::msg::UInt8MultiArray;

use super::bad_readings::BadReadings;
use super::topic_robot::TopicParams;
use sinew_node::node::to_nanos;

/// The newest reading of everything.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) state: RobotState,
    /// When the base velocity was heard, on the loop's clock, ns; 0 for never.
    pub(super) base_velocity_nanos: u64,
}

impl Reading {
    pub(super) fn none(dof: usize, feet: usize) -> Self {
        Self {
            state: RobotState::new(dof, feet),
            base_velocity_nanos: 0,
        }
    }
}

/// Gathers readings, and gives the state on after each.
#[derive(Debug)]
pub(super) struct Readings {
    names: Vec<String>,
    feet: Vec<String>,
    reading: Reading,
    giver: Giver<Reading>,
    bad: Arc<BadReadings>,
    /// The joints of the last message: their names, and the index of each in robot order.
    columns: (Vec<String>, Vec<Option<usize>>),
    joint_stamps: Vec<u64>,
    imu_stamp: u64,
    odometry_stamp: u64,
}

const POSITION: &str = "joint_states: position";
const VELOCITY: &str = "joint_states: velocity";
const EFFORT: &str = "joint_states: effort";
const JOINT_FIELDS: [&str; 3] = [POSITION, VELOCITY, EFFORT];

/// What to do about a field of `joint_states` that holds no number.
fn advice(field: &str) -> &'static str {
    match field {
        VELOCITY => {
            "joint_state_broadcaster writes NaN for a state interface that the hardware does not export: export \
             `velocity`, or let the driver publish the velocity of every joint"
        }
        EFFORT => "such a torque counts as not measured",
        _ => "the position of every joint is needed: does its encoder work, does the hardware export it?",
    }
}

impl Readings {
    pub(super) fn new(
        robot: &RobotDescription,
        params: &TopicParams,
        giver: Giver<Reading>,
        bad: Arc<BadReadings>,
    ) -> Self {
        Self {
            names: robot.joints.iter().map(|joint| joint.name.clone()).collect(),
            feet: params.feet.clone(),
            joint_stamps: vec![0; robot.dof()],
            reading: Reading::none(robot.dof(), params.feet.len()),
            giver,
            bad,
            columns: Default::default(),
            imu_stamp: 0,
            odometry_stamp: 0,
        }
    }

    /// Takes the joints that the message names, heard at `now_nanos`. A joint without a position and
    /// velocity, or whose stamp is not newer than the one before, counts as not heard. What is no number is
    /// handed on, for the gate to refuse. A torque that is absent is NaN, as joint_state_broadcaster writes it for
    /// hardware that measures none.
    pub(super) fn joints(&mut self, message: &JointState, now_nanos: u64) {
        if self.columns.0 != message.name {
            let index = |name: &String| self.names.iter().position(|own| own == name);
            self.columns = (message.name.clone(), message.name.iter().map(index).collect());
        }
        let mut bad = [false; 3];
        for (i, &joint) in self.columns.1.iter().enumerate() {
            let Some(j) = joint else { continue };
            let (position, velocity) = (message.position.get(i).copied(), message.velocity.get(i).copied());
            let effort = message.effort.get(i).copied().unwrap_or(f64::NAN);
            bad[0] |= !position.is_some_and(f64::is_finite);
            bad[1] |= !velocity.is_some_and(f64::is_finite);
            bad[2] |= effort.is_infinite();
            let (Some(position), Some(velocity)) = (position, velocity) else {
                continue;
            };
            if !is_new(&mut self.joint_stamps[j], &message.header.stamp) {
                continue;
            }
            let state = &mut self.reading.state;
            state.position[j] = position;
            state.velocity[j] = velocity;
            state.effort[j] = effort;
            state.joint_stamp_nanos[j] = now_nanos;
        }
        for (field, _) in JOINT_FIELDS.into_iter().zip(bad).filter(|(_, bad)| *bad) {
            self.bad.note(field, || self.without(message, field), advice(field));
        }
        self.give();
    }

    /// Which joints of this robot have no number in a field of the message, and what they have.
    fn without(&self, message: &JointState, field: &str) -> String {
        let values = match field {
            POSITION => &message.position,
            VELOCITY => &message.velocity,
            _ => &message.effort,
        };
        let own = message.name.iter().zip(&self.columns.1).enumerate();
        let bad = own.filter_map(|(i, (name, joint))| match (joint, values.get(i)) {
            (None, _) => None,
            (_, Some(value)) if value.is_finite() || (field == EFFORT && value.is_nan()) => None,
            (_, Some(value)) => Some(format!("{name} is {value}")),
            (_, None) => Some(format!("{name} has none")),
        });
        bad.collect::<Vec<_>>().join(", ")
    }

    /// Takes an inertial measurement in the base frame.
    pub(super) fn imu(&mut self, message: &ImuMessage, now_nanos: u64) {
        // REP-145: −1 says that there is no estimate of the orientation.
        let no_orientation = message.orientation_covariance[0] == -1.0;
        if no_orientation {
            let what = || "has none (its covariance begins with -1)".to_owned();
            let advice = "expected an IMU with an orientation (imu_filter_madgwick, robot_localization or the like)";
            self.bad.note("imu/data: orientation", what, advice);
        }
        if no_orientation || !is_new(&mut self.imu_stamp, &message.header.stamp) {
            return;
        }
        let q = &message.orientation;
        // Not normalised here: what is no rotation is for the gate to refuse.
        let orientation = UnitQuaternion::new_unchecked(Quaternion::new(q.w, q.x, q.y, q.z));
        let (gyro, acceleration) = (&message.angular_velocity, &message.linear_acceleration);
        let numbers = [
            ("imu/data: orientation", &[q.x, q.y, q.z, q.w][..]),
            ("imu/data: angular_velocity", &[gyro.x, gyro.y, gyro.z]),
            (
                "imu/data: linear_acceleration",
                &[acceleration.x, acceleration.y, acceleration.z],
            ),
        ];
        for (field, values) in numbers {
            if !values.iter().all(|value| value.is_finite()) {
                self.bad
                    .note(field, || format!("{values:?}"), "such a message is not used");
            }
        }
        self.reading.state.imu = Imu {
            orientation,
            angular_velocity: vector(&message.angular_velocity),
            linear_acceleration: vector(&message.linear_acceleration),
            stamp_nanos: now_nanos,
        };
        self.give();
    }

    /// Takes the velocity of the base, which is in its own frame.
    pub(super) fn odometry(&mut self, message: &Odometry, now_nanos: u64) {
        if is_new(&mut self.odometry_stamp, &message.header.stamp) {
            let velocity = &message.twist.twist.linear;
            let values = [velocity.x, velocity.y, velocity.z];
            if !values.iter().all(|value| value.is_finite()) {
                (self.bad).note(
                    "odom: twist.twist.linear",
                    || format!("{values:?}"),
                    "such a message is not used",
                );
            }
            self.reading.state.base_velocity = Some(vector(&message.twist.twist.linear));
            self.reading.base_velocity_nanos = now_nanos;
            self.give();
        }
    }

    /// Takes the contacts of the feet, which the layout's first dimension names.
    pub(super) fn contacts(&mut self, message: &UInt8MultiArray, _now_nanos: u64) {
        let label = message.layout.dim.first().map_or("", |dim| dim.label.as_str());
        for (name, &contact) in label.split(',').zip(&message.data) {
            if let Some(foot) = self.feet.iter().position(|own| own == name) {
                self.reading.state.foot_contact[foot] = contact != 0;
            }
        }
        self.give();
    }

    fn give(&mut self) {
        let reading = &self.reading;
        self.giver.give(|slot| {
            slot.state.copy_from(&reading.state);
            slot.base_velocity_nanos = reading.base_velocity_nanos;
        });
    }
}

fn vector(v: &sinew_messages::geometry_msgs::msg::Vector3) -> Vector3<f64> {
    Vector3::new(v.x, v.y, v.z)
}

/// Whether a reading is newer than the last, whose stamp it replaces. A publisher that repeats itself
/// gives nothing new; one whose clock went back is heard from its second message on; one that leaves
/// its stamps empty is always heard.
fn is_new(last: &mut u64, stamp: &Time) -> bool {
    let stamp = to_nanos(stamp);
    let new = stamp == 0 || stamp > *last;
    *last = stamp;
    new
}

#[cfg(test)]
mod tests {
    use sinew_control::exchange::{Taker, exchange};

    use super::super::fixture::two_joints;
    use super::*;
    use sinew_node::node::to_stamp;

    fn readings() -> (Readings, Taker<Reading>) {
        let params = TopicParams {
            feet: vec!["foot".to_owned()],
            ..TopicParams::default()
        };
        let (giver, taker) = exchange(&Reading::none(2, 1));
        (Readings::new(&two_joints(), &params, giver, Arc::default()), taker)
    }

    fn joints(names: &[&str], stamp_nanos: u64) -> JointState {
        let mut message = JointState::default();
        message.header.stamp = to_stamp(stamp_nanos);
        message.name = names.iter().map(|&name| name.to_owned()).collect();
        message.position = (1..=names.len()).map(|i| 0.1 * i as f64).collect();
        message.velocity = vec![0.5; names.len()];
        message
    }

    #[test]
    fn joints_are_found_by_name_whatever_their_order_and_company() {
        let (mut readings, mut taker) = readings();
        readings.joints(&joints(&["gripper", "right", "left"], 1), 77);
        assert!(taker.take());
        let state = &taker.newest().state;
        assert_eq!(state.position, [0.1 * 3.0, 0.2]);
        assert_eq!(state.joint_stamp_nanos, [77, 77]);
    }

    #[test]
    fn two_publishers_can_share_the_joints() {
        let (mut readings, mut taker) = readings();
        // The clocks of the two differ: each joint is compared with itself.
        readings.joints(&joints(&["left"], 2_000_000), 10);
        readings.joints(&joints(&["right"], 1_000_000), 11);
        readings.joints(&joints(&["left"], 3_000_000), 12);
        readings.joints(&joints(&["right"], 2_000_000), 13);
        assert!(taker.take());
        assert_eq!(taker.newest().state.joint_stamp_nanos, [12, 13]);
    }

    #[test]
    fn a_repeated_message_is_no_reading() {
        let (mut readings, mut taker) = readings();
        readings.joints(&joints(&["left", "right"], 5), 10);
        readings.joints(&joints(&["left", "right"], 5), 20);
        assert!(taker.take());
        assert_eq!(taker.newest().state.joint_stamp_nanos, [10, 10]);
    }

    #[test]
    fn after_a_clock_went_back_the_second_message_counts() {
        let (mut readings, mut taker) = readings();
        for (stamp, now) in [(500, 10), (3, 20), (4, 30)] {
            readings.joints(&joints(&["left", "right"], stamp), now);
        }
        assert!(taker.take());
        assert_eq!(taker.newest().state.joint_stamp_nanos, [30, 30]);
    }

    #[test]
    fn a_joint_without_velocity_was_not_heard() {
        let (mut readings, mut taker) = readings();
        let mut message = joints(&["left", "right"], 5);
        message.velocity.pop();
        readings.joints(&message, 10);
        assert!(taker.take());
        assert_eq!(taker.newest().state.joint_stamp_nanos, [10, 0]);
    }

    #[test]
    fn torques_that_are_nan_or_left_out_are_absent_and_no_fault() {
        for efforts in [vec![f64::NAN, 3.0], vec![]] {
            let (mut readings, mut taker) = readings();
            let mut message = joints(&["left", "right"], 5);
            message.effort = efforts;
            readings.joints(&message, 10);
            assert!(taker.take());
            let state = &taker.newest().state;
            assert!(state.effort[0].is_nan());
            assert_eq!(state.joint_stamp_nanos, [10, 10]);
            assert_eq!(readings.bad.told(), (0, None));
        }
    }

    #[test]
    fn what_is_no_number_is_named_with_its_value_and_left_to_the_gate() {
        let (mut readings, mut taker) = readings();
        let mut message = joints(&["left", "right"], 5);
        message.velocity[1] = f64::NAN;
        message.effort = vec![0.0, f64::INFINITY];
        readings.joints(&message, 10);
        assert!(taker.take());
        let state = &taker.newest().state;
        assert!(state.velocity[1].is_nan() && state.effort[1].is_infinite());
        assert_eq!(readings.bad.told().0, 2);
        assert_eq!(readings.bad.told().1.unwrap(), "joint_states: effort: right is inf");
        message.header.stamp = to_stamp(6);
        message.effort.clear();
        readings.joints(&message, 11);
        assert_eq!(readings.bad.told().1.unwrap(), "joint_states: velocity: right is NaN");
        let mut inertial = ImuMessage::default();
        inertial.angular_velocity.y = f64::NAN;
        readings.imu(&inertial, 12);
        let said = readings.bad.told().1.unwrap();
        assert_eq!(said, "imu/data: angular_velocity: [0.0, NaN, 0.0]");
    }

    #[test]
    fn an_imu_without_orientation_was_not_heard() {
        let (mut readings, mut taker) = readings();
        let mut message = ImuMessage::default();
        message.orientation_covariance[0] = -1.0;
        readings.imu(&message, 10);
        assert!(!taker.take());
        message.orientation_covariance[0] = 0.0;
        readings.imu(&message, 10);
        assert!(taker.take());
        assert_eq!(taker.newest().state.imu.stamp_nanos, 10);
    }
}
