//! The node `control`: the control loop, on topics.
//!
//! | in | type | |
//! |---|---|---|
//! | `cmd_vel` | `geometry_msgs/Twist` | velocity of the base; feeds the deadman |
//! | `joint_states` | `sensor_msgs/JointState` | position and velocity of every joint |
//! | `imu/data` | `sensor_msgs/Imu` | in the base frame, with orientation |
//! | `odom` | `nav_msgs/Odometry` | with `topics.base_velocity` |
//! | `foot_contacts` | `std_msgs/UInt8MultiArray` | with `topics.feet` |
//!
//! | out | type | |
//! |---|---|---|
//! | the joint command | see [`CommandForm`] | every tick |
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: tick histograms, verdicts of the gate |
//! | `robot_description` | `std_msgs/String` | latched |
//! | `~/mode` | `std_msgs/String` | latched: damp, stand, run, stopped |
//!
//! | service | type | |
//! |---|---|---|
//! | `~/stop` | `std_srvs/Trigger` | stops the robot at the next tick |
//! | `~/clear_stop` | `std_srvs/Trigger` | forgets a stop; the robot damps |
//! | `~/start` | `std_srvs/Trigger` | damp, stand up, run |
//! | `~/damp` | `std_srvs/Trigger` | back to damping, without a fault |

mod commands;
#[cfg(test)]
mod fixture;
mod monitor;
mod readings;
mod ticking;
mod topic_robot;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use sinew_control::command::VelocityCommand;
use sinew_control::mailbox::{Operator, Request};
use sinew_control::robot::RobotDescription;
use sinew_control::tick::ControlLoop;
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_messages::geometry_msgs::msg::Twist;
use sinew_messages::std_msgs::msg;
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};

pub use commands::{CommandForm, IMPEDANCE_TOPIC, JOINT_STATE_TOPIC, read_impedance};
use monitor::Monitor;
use ticking::Ticking;
pub use topic_robot::{TopicParams, TopicRobot};

use crate::bus::{Bus, Publisher, Qos, Server, Subscription, full_name};
use crate::node::{Node, NodeTime, Restart, Setup};
use crate::params::{CommonParams, ControlParams, Params};
use crate::run::Loaded;

/// Tick records that wait for the monitor: several of its periods at any rate in use.
const RING: usize = 1 << 12;
const GATHER_PERIOD: Duration = Duration::from_millis(20);
const REPORT_PERIOD: Duration = Duration::from_secs(1);

/// The node.
#[derive(Debug)]
pub struct Control {
    bus: Arc<dyn Bus>,
    time: NodeTime,
    params: Params,
    loaded: Arc<Loaded>,
    /// What the services and subscriptions talk to: the loop that runs, or ran last.
    operator: Arc<Mutex<Operator>>,
    /// A loop that was made to see whether it can be, not yet used.
    ready: Option<(ControlLoop, Operator)>,
    ticking: Option<Ticking>,
    mode: Publisher<msg::String>,
    diagnostics: Publisher<DiagnosticArray>,
    _description: Publisher<msg::String>,
    _services: Vec<Server>,
    _cmd_vel: Subscription,
}

impl Node for Control {
    const NAME: &'static str = "control";
    // A robot that has lost its controller is not to move again by itself.
    const RESTART: Restart = Restart::Never;
    const URGENT: bool = true;
    type Params = ControlParams;

    fn configure(setup: &Setup<ControlParams>) -> anyhow::Result<Self> {
        let params = all_params(setup)?;
        let loaded = Loaded::new(&params)?;
        let (control, operator) = make_loop(&loaded, &params, &*setup.bus, &setup.time)?;
        tracing::info!("{}", loaded.introduction(&control));
        let current = Arc::new(Mutex::new(operator.clone()));
        let description = setup.output("robot_description", Qos::latched())?;
        description.publish(msg::String {
            data: description_text(&params, setup)?,
        })?;
        let commanded = current.clone();
        let cmd_vel = setup.on_message("cmd_vel", Qos::default().keep_last(1), move |twist: Arc<Twist>| {
            let velocity = VelocityCommand::new(twist.linear.x, twist.linear.y, twist.angular.z);
            lock(&commanded).command(velocity);
        })?;
        let (restarted, auto) = (Arc::downgrade(&current), params.control.start.auto);
        setup.time.on_reset(move || {
            if let Some(operator) = restarted.upgrade() {
                restart(&lock(&operator), auto);
            }
        });
        Ok(Self {
            mode: setup.output("~/mode", Qos::latched())?,
            diagnostics: setup.output("/diagnostics", Qos::default())?,
            _description: description,
            _services: services(setup, &current)?,
            _cmd_vel: cmd_vel,
            bus: setup.bus.clone(),
            time: setup.time.clone(),
            params,
            loaded: Arc::new(loaded),
            operator: current,
            ready: Some((control, operator)),
            ticking: None,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        self.time.known().await;
        let (control, operator) = match self.ready.take() {
            Some(ready) => ready,
            // The loop of the last time has ended in a stop: a new one begins without it.
            None => make_loop(&self.loaded, &self.params, &*self.bus, &self.time)?,
        };
        *lock(&self.operator) = operator.clone();
        let rate_hz = self.params.control.rate_hz;
        let mut monitor = Monitor::new(rate_hz, operator.clone());
        let realtime = self.params.control.realtime.clone();
        self.ticking = Some(Ticking::start(control, operator, realtime, rate_hz)?);
        let mut gather = tokio::time::interval(GATHER_PERIOD);
        let mut reported = tokio::time::Instant::now();
        loop {
            gather.tick().await;
            self.tell_news(&mut monitor)?;
            if reported.elapsed() >= REPORT_PERIOD {
                reported = tokio::time::Instant::now();
                self.report(&mut monitor)?;
            }
            if self.ticking.as_ref().is_none_or(Ticking::has_died) {
                bail!("the control thread has ended");
            }
        }
    }

    fn deactivate(&mut self) {
        // The robot goes into its safe action before the thread ends.
        self.ticking = None;
        let said = self.mode.publish(msg::String {
            data: "inactive".to_owned(),
        });
        if let Err(error) = said {
            tracing::warn!("{error}");
        }
    }
}

impl Control {
    fn tell_news(&self, monitor: &mut Monitor) -> anyhow::Result<()> {
        let news = monitor.gather();
        if let Some(mode) = news.mode {
            tracing::info!("mode: {}", mode.name());
            let data = mode.name().to_owned();
            self.mode.publish(msg::String { data })?;
        }
        if let Some(stop) = news.stop {
            tracing::error!("stopped: {}", stop.reason(&self.loaded.robot));
            // Nobody should have to wait a second to read why.
            self.report(monitor)?;
        }
        Ok(())
    }

    fn report(&self, monitor: &mut Monitor) -> anyhow::Result<()> {
        let name = full_name(&*self.bus);
        let talkers = self.bus.publisher_count("cmd_vel");
        let mut array = DiagnosticArray {
            status: monitor.report(name.trim_start_matches('/'), &self.loaded.robot, talkers),
            ..DiagnosticArray::default()
        };
        array.header.stamp = self.time.now();
        Ok(self.diagnostics.publish(array)?)
    }
}

fn lock(operator: &Mutex<Operator>) -> std::sync::MutexGuard<'_, Operator> {
    operator.lock().unwrap_or_else(PoisonError::into_inner)
}

/// After the simulator was reset the robot stands elsewhere: it starts from damping, and a stop stays.
fn restart(operator: &Operator, auto: bool) {
    tracing::warn!("the clock went back: the robot starts again from damping");
    let taken = operator.request(Request::Damp) && (!auto || operator.request(Request::Start));
    if !taken {
        tracing::error!("the control loop does not take requests");
    }
}

fn services(setup: &Setup<ControlParams>, operator: &Arc<Mutex<Operator>>) -> anyhow::Result<Vec<Server>> {
    let stop = operator.clone();
    let mut servers = vec![setup.answer::<Trigger>("~/stop", move |_| {
        lock(&stop).stop();
        TriggerResponse {
            success: true,
            message: "stops at the next tick".to_owned(),
        }
    })?];
    for (name, request, done) in [
        (
            "~/clear_stop",
            Request::ClearStop,
            "the stop is forgotten; the robot damps until it is started",
        ),
        (
            "~/start",
            Request::Start,
            "damps, stands up, then runs, unless a stop is latched",
        ),
        ("~/damp", Request::Damp, "damps until it is started"),
    ] {
        let operator = operator.clone();
        servers.push(setup.answer::<Trigger>(name, move |_| {
            let success = lock(&operator).request(request);
            let message = match success {
                true => done,
                false => "the control loop does not take requests: is the node active?",
            };
            TriggerResponse {
                success,
                message: message.to_owned(),
            }
        })?);
    }
    Ok(servers)
}

/// The parameters in the form that [`Loaded`] takes.
fn all_params(setup: &Setup<ControlParams>) -> anyhow::Result<Params> {
    let mut control = setup.params.get().as_ref().clone();
    control.policy.path = setup.path(&control.policy.path);
    let description = setup.common.robot_description.as_ref();
    let description = description.context("parameter `robot_description`: expected a MJCF or URDF file, found none")?;
    Ok(Params {
        file: setup.params_file.clone().unwrap_or_default(),
        common: CommonParams {
            robot_description: setup.path(description),
            keyframe: control.keyframe.clone(),
        },
        control,
        sim: Default::default(),
        course: Default::default(),
        perception: None,
        follow: None,
    })
}

fn make_loop(
    loaded: &Loaded,
    params: &Params,
    bus: &dyn Bus,
    time: &NodeTime,
) -> anyhow::Result<(ControlLoop, Operator)> {
    let robot: &RobotDescription = &loaded.robot;
    let io = TopicRobot::new(bus, robot, &params.control.topics, time)?;
    Ok(loaded.checked_loop(params, Box::new(io), time.loop_clock(), RING)?)
}

/// What goes out on `robot_description`: the URDF that is given, or the description itself.
fn description_text(params: &Params, setup: &Setup<ControlParams>) -> anyhow::Result<String> {
    let urdf = params.control.urdf.as_ref().map(|path| setup.path(path));
    let file = urdf.unwrap_or_else(|| params.common.robot_description.clone());
    sinew_files::read_text(&file, sinew_sim::description::MAX_FILE_BYTES)
        .with_context(|| format!("{}: cannot be read", file.display()))
}
