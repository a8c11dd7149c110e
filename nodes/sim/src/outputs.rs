use nalgebra::{UnitQuaternion, Vector3};
use sinew_control::io::RobotIo;
use sinew_control::state::{GroundTruth, RobotState};
use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::geometry_msgs::msg as geometry;
use sinew_messages::nav_msgs::msg::Odometry;
use sinew_messages::rosgraph_msgs::msg::Clock;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};
use sinew_messages::std_msgs::msg::{Header, MultiArrayDimension, UInt8MultiArray};
use sinew_messages::tf2_msgs::msg::TFMessage;
use sinew_robot::RobotModel;
use sinew_sim::SimRobot;

use sinew_node::bus::{Bus, BusError, Publisher, Qos};
use sinew_node::node::to_stamp;

const ODOM_FRAME: &str = "odom";
const WORLD_FRAME: &str = "world";

/// Everything that the simulator tells.
#[derive(Debug)]
pub(super) struct Outputs {
    clock: Publisher<Clock>,
    joint_states: Publisher<JointState>,
    imu: Publisher<Imu>,
    odom: Publisher<Odometry>,
    ground_truth: Publisher<Odometry>,
    foot_contacts: Publisher<UInt8MultiArray>,
    tf: Option<Publisher<TFMessage>>,
    joint_names: Vec<String>,
    foot_names: String,
    base_frame: String,
}

impl Outputs {
    pub(super) fn new(bus: &dyn Bus, robot: &SimRobot, model: &RobotModel) -> Result<Self, BusError> {
        let state = Qos::default();
        Ok(Self {
            clock: Publisher::new(bus, "/clock", state)?,
            joint_states: Publisher::new(bus, "joint_states", state)?,
            imu: Publisher::new(bus, "imu/data", state)?,
            odom: Publisher::new(bus, "odom", state)?,
            ground_truth: Publisher::new(bus, "ground_truth/odom", state)?,
            foot_contacts: Publisher::new(bus, "foot_contacts", state)?,
            tf: transforms(bus)?,
            joint_names: robot
                .description()
                .joints
                .iter()
                .map(|joint| joint.name.clone())
                .collect(),
            foot_names: robot.capabilities().feet.join(","),
            base_frame: model.bodies[0].name.clone(),
        })
    }

    /// Tells the state at `sim_nanos` since the beginning.
    pub(super) fn publish(&self, sim_nanos: u64, state: &RobotState) -> Result<(), BusError> {
        let stamp = to_stamp(sim_nanos);
        self.clock.publish(Clock { clock: stamp.clone() })?;
        self.joint_states.publish(JointState {
            header: header(&stamp, ""),
            name: self.joint_names.clone(),
            position: state.position.clone(),
            velocity: state.velocity.clone(),
            effort: state.effort.clone(),
        })?;
        self.imu.publish(Imu {
            header: header(&stamp, &self.base_frame),
            orientation: quaternion(&state.imu.orientation),
            angular_velocity: vector(&state.imu.angular_velocity),
            linear_acceleration: vector(&state.imu.linear_acceleration),
            ..Imu::default()
        })?;
        self.foot_contacts.publish(self.contacts(state))?;
        let Some(truth) = &state.truth else {
            return Ok(());
        };
        self.odom.publish(self.odometry(&stamp, ODOM_FRAME, truth))?;
        self.ground_truth.publish(self.odometry(&stamp, WORLD_FRAME, truth))?;
        match &self.tf {
            Some(tf) => tf.publish(self.transform(&stamp, truth)),
            None => Ok(()),
        }
    }

    fn contacts(&self, state: &RobotState) -> UInt8MultiArray {
        let feet = state.foot_contact.len() as u32;
        let mut message = UInt8MultiArray {
            data: state.foot_contact.iter().map(|&contact| u8::from(contact)).collect(),
            ..UInt8MultiArray::default()
        };
        message.layout.dim.push(MultiArrayDimension {
            label: self.foot_names.clone(),
            size: feet,
            stride: feet,
        });
        message
    }

    fn odometry(&self, stamp: &Time, frame: &str, truth: &GroundTruth) -> Odometry {
        let mut odometry = Odometry {
            header: header(stamp, frame),
            child_frame_id: self.base_frame.clone(),
            ..Odometry::default()
        };
        let pose = &mut odometry.pose.pose;
        pose.position = geometry::Point {
            x: truth.position.x,
            y: truth.position.y,
            z: truth.position.z,
        };
        pose.orientation = quaternion(&truth.orientation);
        // The twist is in the child frame.
        let linear = truth.orientation.inverse_transform_vector(&truth.linear_velocity);
        odometry.twist.twist.linear = vector(&linear);
        odometry.twist.twist.angular = vector(&truth.angular_velocity);
        odometry
    }

    fn transform(&self, stamp: &Time, truth: &GroundTruth) -> TFMessage {
        let mut transform = geometry::TransformStamped {
            header: header(stamp, ODOM_FRAME),
            child_frame_id: self.base_frame.clone(),
            ..geometry::TransformStamped::default()
        };
        transform.transform.translation = vector(&truth.position);
        transform.transform.rotation = quaternion(&truth.orientation);
        TFMessage {
            transforms: vec![transform],
        }
    }
}

/// `tf2_msgs` is not part of every ROS build: without it there is no `/tf`, and the rest works.
fn transforms(bus: &dyn Bus) -> Result<Option<Publisher<TFMessage>>, BusError> {
    match Publisher::new(bus, "/tf", Qos::default().keep_last(100)) {
        Ok(publisher) => Ok(Some(publisher)),
        Err(error @ BusError::UnknownType { .. }) => {
            tracing::info!("no /tf: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn header(stamp: &Time, frame: &str) -> Header {
    Header {
        stamp: stamp.clone(),
        frame_id: frame.to_owned(),
    }
}

fn vector(v: &Vector3<f64>) -> geometry::Vector3 {
    geometry::Vector3 { x: v.x, y: v.y, z: v.z }
}

fn quaternion(q: &UnitQuaternion<f64>) -> geometry::Quaternion {
    geometry::Quaternion {
        x: q.i,
        y: q.j,
        z: q.k,
        w: q.w,
    }
}
