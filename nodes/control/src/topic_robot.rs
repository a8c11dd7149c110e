//! A robot behind topics: a driver of its own, ros2_control, or a simulator in another process.

use std::fmt;
use std::sync::{Arc, Mutex};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::exchange::{Taker, exchange};
use sinew_control::gate::{JointLimits, SafetyParams};
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_messages::nav_msgs::msg::Odometry;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};
use sinew_messages::std_msgs::msg::UInt8MultiArray;

use super::bad_readings::BadReadings;
use super::outgoing::{Corrections, is_limp};
use super::output::CommandOutput;
use super::readings::{Reading, Readings};
use super::robot_status::RobotStatus;
use super::safe_stop::{SafeStopCaller, SafeStopError};
use super::sender::Sender;
use sinew_node::bus::{Bus, BusError, Qos, Subscription, listen};
use sinew_node::node::NodeTime;
use sinew_node::sync::lock;
use sinew_node::topics::CommandForm;

/// How a robot is reached over topics.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TopicParams {
    /// The form in which joint commands go out.
    pub command: CommandForm,
    /// Name of a `std_srvs/Trigger` service by which the driver stops the robot itself (brakes, sits down,
    /// switches to a controller that damps); empty for none. With the `switch_controller` of a controller manager of
    /// ros2_control (such as `controller_manager/switch_controller`) the controller that listens to `command` is
    /// deactivated, and activated when the robot is started again. It is called, until it is answered with success,
    /// after a stop with `safety.safe_action: own`, when the control loop hangs or dies, and, in a form that
    /// cannot damp, when the robot is to damp after it was moved. How the driver takes commands again after
    /// that is its own affair.
    pub safe_stop: String,
    /// Whether `odom` gives the velocity of the base, for policies that observe it. Where a simulator plays the
    /// robot it does, whatever this says.
    pub base_velocity: bool,
    /// Names of the feet whose contact `foot_contacts` gives, for policies that observe it.
    pub feet: Vec<String>,
}

/// Joint states, IMU and odometry come in and joint commands go out as messages. Each message counts
/// as measured when it arrives: a silent publisher, or one that repeats itself, makes stale sensors,
/// for which the safety gate stops the robot.
pub struct TopicRobot {
    capabilities: Capabilities,
    reading: Taker<Reading>,
    base_velocity_nanos: u64,
    // Dropped in this order: what asks for the driver's stop before what calls it.
    sender: Sender,
    safe_stop: Option<SafeStopCaller>,
    /// Whether drives that cannot damp were sent somewhere since they last should have damped.
    driven: bool,
    status: RobotStatus,
    _inputs: Vec<Subscription>,
}

impl fmt::Debug for TopicRobot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicRobot")
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}

impl TopicRobot {
    /// Subscribes to `joint_states` and `imu/data`, and to `odom` and `foot_contacts` where `params`
    /// says so; commands go out in the form it names. A stop of the driver's own comes with
    /// [`with_safe_stop`](Self::with_safe_stop).
    ///
    /// # Errors
    /// Where a topic cannot be subscribed to or advertised.
    pub fn new(
        bus: &dyn Bus,
        robot: &RobotDescription,
        params: &TopicParams,
        time: &NodeTime,
    ) -> Result<Self, BusError> {
        let (giver, reading) = exchange(&Reading::none(robot.dof(), params.feet.len()));
        let bad_readings = Arc::new(BadReadings::default());
        let readings = Readings::new(robot, params, giver, bad_readings.clone());
        let inputs = inputs(bus, params, time, &Arc::new(Mutex::new(readings)))?;
        let corrections = Arc::new(Corrections::new(robot));
        let output = CommandOutput::new(bus, params.command, robot, time, corrections.clone())?;
        Ok(Self {
            capabilities: Capabilities {
                base_velocity: params.base_velocity.then_some("the topic odom"),
                feet: params.feet.clone(),
                own_stop: false,
                own_gains: params.command.own_gains(),
            },
            reading,
            base_velocity_nanos: 0,
            sender: Sender::start(robot, output, time)?,
            safe_stop: None,
            driven: false,
            status: RobotStatus::new(params.command, corrections, bad_readings),
            _inputs: inputs,
        })
    }

    /// The same robot with a stop of its own: the service that `params` name, called over `bus` by a thread of its own.
    ///
    /// # Errors
    /// Where the bus has no client for the service, or it is a controller manager's and no controller listens.
    pub fn with_safe_stop(mut self, bus: Arc<dyn Bus>, params: &TopicParams) -> Result<Self, SafeStopError> {
        let caller = SafeStopCaller::start(bus, &params.safe_stop, params.command)?;
        self.sender.set_safe_stop(caller.stop().clone());
        self.status.safe_stop = Some(caller.stop().clone());
        self.safe_stop = Some(caller);
        self.capabilities.own_stop = true;
        Ok(self)
    }

    /// What becomes of its readings and commands, for `/diagnostics`.
    pub(super) fn status(&self) -> RobotStatus {
        self.status.clone()
    }
}

fn inputs(
    bus: &dyn Bus,
    params: &TopicParams,
    time: &NodeTime,
    readings: &Arc<Mutex<Readings>>,
) -> Result<Vec<Subscription>, BusError> {
    fn heard<M: sinew_messages::Message>(
        bus: &dyn Bus,
        topic: &str,
        readings: &Arc<Mutex<Readings>>,
        time: &NodeTime,
        take: fn(&mut Readings, &M, u64),
    ) -> Result<Subscription, BusError> {
        let (readings, time) = (readings.clone(), time.clone());
        // Best effort takes from every publisher, reliable or not.
        listen(bus, topic, Qos::sensor_data(), move |message: Arc<M>| {
            let mut readings = lock(&readings);
            take(&mut readings, &message, time.loop_nanos());
        })
    }
    let mut inputs = vec![
        heard::<JointState>(bus, "joint_states", readings, time, Readings::joints)?,
        heard::<Imu>(bus, "imu/data", readings, time, Readings::imu)?,
    ];
    if params.base_velocity {
        inputs.push(heard::<Odometry>(bus, "odom", readings, time, Readings::odometry)?);
    }
    if !params.feet.is_empty() {
        inputs.push(heard::<UInt8MultiArray>(
            bus,
            "foot_contacts",
            readings,
            time,
            Readings::contacts,
        )?);
    }
    Ok(inputs)
}

impl RobotIo for TopicRobot {
    fn read(&mut self, _now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        self.reading.take();
        let reading = self.reading.newest();
        state.copy_from(&reading.state);
        // A base velocity that was read before is no new measurement: silence must show.
        if reading.base_velocity_nanos == self.base_velocity_nanos {
            state.base_velocity = None;
        }
        self.base_velocity_nanos = reading.base_velocity_nanos;
        Ok(())
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        let limp = is_limp(command);
        if let Some(caller) = &self.safe_stop {
            if !limp {
                caller.stop().withdraw();
            } else if self.driven && self.capabilities.own_gains.is_some() {
                caller.stop().ask();
            }
        }
        self.driven = !limp;
        self.sender.give(|outgoing| outgoing.fill(command, accepted))
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn bound_by(&mut self, limits: &[JointLimits], params: &SafetyParams) {
        self.sender.bound_by(limits, params);
    }

    /// The driver's own stop. Until it has answered, this fails, and the gate damps as far as the form can.
    fn own_stop(&mut self) -> Result<(), IoError> {
        let Some(caller) = &self.safe_stop else {
            return Err(IoError::WriteFailed);
        };
        caller.stop().ask();
        if !caller.stop().is_done() {
            return Err(IoError::WriteFailed);
        }
        self.driven = false;
        self.sender.give(|outgoing| outgoing.released = true)
    }
}
