//! A robot behind topics: a driver of its own, ros2_control, or a simulator in another process.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::clock::monotonic_nanos;
use sinew_control::exchange::{Giver, Taker, exchange};
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::realtime::Urgent;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_messages::nav_msgs::msg::Odometry;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};
use sinew_messages::std_msgs::msg::UInt8MultiArray;

use super::commands::{CommandForm, CommandOutput, Outgoing};
use super::readings::{Reading, Readings};
use crate::bus::{Bus, BusError, Qos, Subscription, listen};
use crate::node::{MESSAGES_PRIORITY, NodeTime};

/// How a robot is reached over topics.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TopicParams {
    /// The form in which joint commands go out.
    pub command: CommandForm,
    /// Whether `odom` gives the velocity of the base, for policies that observe it.
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
    commands: Giver<Outgoing>,
    sender: Option<JoinHandle<()>>,
    status: Arc<Status>,
    _inputs: Vec<Subscription>,
}

impl fmt::Debug for TopicRobot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicRobot")
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}

/// How long the sender has for the last command.
const LAST_COMMAND: Duration = Duration::from_millis(300);

/// A sender that is busy with one command for so long is stuck, ns: it sends thousands in that time.
const STUCK_NANOS: u64 = 100_000_000;

#[derive(Debug, Default)]
struct Status {
    closed: AtomicBool,
    failed: AtomicU64,
    /// Since when the sender is busy with a command, on the monotonic clock, ns; 0 while it is not.
    busy_since_nanos: AtomicU64,
}

impl Status {
    /// Whether commands get through.
    fn is_good(&self) -> bool {
        let busy_since = self.busy_since_nanos.load(Ordering::Relaxed);
        let stuck = busy_since != 0 && monotonic_nanos().saturating_sub(busy_since) > STUCK_NANOS;
        !stuck && self.failed.load(Ordering::Relaxed) == 0
    }
}

impl TopicRobot {
    /// Subscribes to `joint_states` and `imu/data`, and to `odom` and `foot_contacts` where `params`
    /// says so; commands go out in the form it names.
    pub fn new(
        bus: &dyn Bus,
        robot: &RobotDescription,
        params: &TopicParams,
        time: &NodeTime,
    ) -> Result<Self, BusError> {
        let dof = robot.dof();
        let (giver, reading) = exchange(&Reading::none(dof, params.feet.len()));
        let readings = Arc::new(Mutex::new(Readings::new(robot, &params.feet, giver)));
        let inputs = inputs(bus, params, time, &readings)?;
        let (commands, taker) = exchange(&Outgoing::zeros(dof));
        let output = CommandOutput::new(bus, params.command, robot, time)?;
        let status = Arc::new(Status::default());
        let shared = status.clone();
        let sender = std::thread::Builder::new()
            .name("joint-command".into())
            .spawn(move || send(taker, &output, &shared))
            .map_err(|error| BusError::Middleware {
                name: "joint commands".to_owned(),
                message: format!("no thread to send them: {error}"),
            })?;
        Ok(Self {
            capabilities: Capabilities {
                base_velocity: params.base_velocity.then_some("the topic odom"),
                feet: params.feet.clone(),
                own_stop: false,
            },
            reading,
            base_velocity_nanos: 0,
            commands,
            sender: Some(sender),
            status,
            _inputs: inputs,
        })
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
            let mut readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
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

/// Sends each newest command, in a thread of its own: a tick never waits for the middleware.
fn send(mut commands: Taker<Outgoing>, output: &CommandOutput, status: &Status) {
    let _urgent = Urgent::new(MESSAGES_PRIORITY);
    loop {
        let closed = status.closed.load(Ordering::Acquire);
        if commands.take() {
            status.busy_since_nanos.store(monotonic_nanos(), Ordering::Relaxed);
            let sent = output.send(commands.newest());
            status.busy_since_nanos.store(0, Ordering::Relaxed);
            match sent {
                Ok(()) => status.failed.store(0, Ordering::Relaxed),
                Err(error) => {
                    if status.failed.fetch_add(1, Ordering::Relaxed) == 0 {
                        tracing::error!("joint commands: {error}");
                    }
                }
            }
        } else if closed {
            return;
        } else {
            std::thread::park();
        }
    }
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
        self.commands.give(|outgoing| outgoing.fill(command, accepted));
        if let Some(sender) = &self.sender {
            sender.thread().unpark();
        }
        if self.status.is_good() {
            Ok(())
        } else {
            Err(IoError::WriteFailed)
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}

impl Drop for TopicRobot {
    fn drop(&mut self) {
        self.status.closed.store(true, Ordering::Release);
        if let Some(sender) = self.sender.take() {
            sender.thread().unpark();
            // Time for the last command to go out; not for one that never does.
            let until = Instant::now() + LAST_COMMAND;
            while !sender.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
