//! The node `control`: the control loop, on topics.
//!
//! | in | type | |
//! |---|---|---|
//! | `cmd_vel` | `geometry_msgs/Twist` | velocity of the base; feeds the deadman |
//! | `joint_states` | `sensor_msgs/JointState` | position and velocity of every joint |
//! | `imu/data` | `sensor_msgs/Imu` | in the base frame, with orientation |
//! | `odom` | `nav_msgs/Odometry` | with `topics.base_velocity`, and where a simulator plays the robot and the policy asks |
//! | `foot_contacts` | `std_msgs/UInt8MultiArray` | with `topics.feet` |
//!
//! | out | type | |
//! |---|---|---|
//! | the joint command | see [`CommandForm`] | every tick; whoever else publishes it is a stop |
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: tick histograms, verdicts of the gate, the robot |
//! | `robot_description` | `std_msgs/String` | latched |
//! | `~/mode` | `std_msgs/String` | latched: damp, stand, run, stopped |
//!
//! | service | type | |
//! |---|---|---|
//! | `~/stop` | `std_srvs/Trigger` | stops the robot at the next tick |
//! | `~/clear_stop` | `std_srvs/Trigger` | forgets a stop; the robot damps until it is started |
//! | `~/start` | `std_srvs/Trigger` | damp, stand up, run; refused while a stop is latched |
//! | `~/damp` | `std_srvs/Trigger` | back to damping, without a fault; a stop that is latched stays, and one that holds damps |
//! | `topics.safe_stop` | `std_srvs/Trigger` | the driver's own stop, called by this node |
//!
//! What the drives get, by form of the joint command:
//!
//! | | `impedance` | `forward_effort` | `joint_state`, `forward_position` |
//! |---|---|---|---|
//! | `damp` | kp 0, the damping of `damp_kd` | torque against the measured velocity | nothing: drives stay at the last target; not a safe action |
//! | `hold` | last targets and gains | the torques of these | last targets |
//! | `own` | `damp` until the driver has answered, then nothing | `damp`, then zero | nothing |
//! | readings are stale | what the safe action says | zero for the joints concerned | what the safe action says |
//! | the loop hangs (`safety.overrun_secs`) | `damp` | zero | nothing; `topics.safe_stop` is called |
//! | the node is deactivated, or shut down | 0.3 s of the safe action, then nothing | the same, then zero | 0.3 s of the safe action, then nothing |
//! | the process is killed | nothing | nothing: the last torque stays | nothing: the last target stays |
//!
//! A stop outlives the loop: deactivation, cleanup, and (see `latch_file`) the process. After a stop or `~/damp`
//! only `~/start` starts the robot, whatever `start.auto` says.

mod bad_readings;
mod command_watch;
#[cfg(test)]
mod fixture;
mod form;
mod impedance;
mod latch;
mod latch_file;
mod monitor;
mod outgoing;
mod output;
mod readings;
mod robot_status;
mod safe_stop;
mod sender;
mod services;
mod ticking;
mod topic_robot;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use sinew_control::command::VelocityCommand;
use sinew_control::gate::Check;
use sinew_control::mailbox::{Operator, Request};
use sinew_control::robot::RobotDescription;
use sinew_control::tick::ControlLoop;
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_messages::geometry_msgs::msg::Twist;
use sinew_messages::std_msgs::msg;

use command_watch::CommandWatch;
pub use form::{CommandForm, EFFORT_TOPIC, IMPEDANCE_TOPIC, JOINT_STATE_TOPIC, POSITION_TOPIC};
pub use impedance::read_impedance;
use latch::{Kept, Latch};
use monitor::Monitor;
use robot_status::RobotStatus;
use services::{Reach, services};
pub(crate) use ticking::Loops;
use ticking::Ticking;
pub use topic_robot::{TopicParams, TopicRobot};

use crate::bus::{Bus, Publisher, Qos, Server, Subscription, full_name, listen};
use crate::node::{Node, NodeTime, Restart, Setup};
use crate::params::{CommonParams, ControlParams, Params};
use crate::run::{Loaded, records_kept};

const GATHER_PERIOD: Duration = Duration::from_millis(20);
const REPORT_PERIOD: Duration = Duration::from_secs(1);
/// How often it is looked who publishes the joint command.
const WATCH_PERIOD: Duration = Duration::from_millis(200);

/// The node.
#[derive(Debug)]
pub struct Control {
    bus: Arc<dyn Bus>,
    time: NodeTime,
    params: Params,
    loaded: Arc<Loaded>,
    reach: Arc<Reach>,
    latch: Arc<Latch>,
    /// A loop that was made to see whether it can be, not yet used.
    ready: Option<(ControlLoop, Operator, RobotStatus)>,
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
        let mut params = all_params(setup)?;
        let loaded = Loaded::new(&params)?;
        hear_base_velocity(&mut params.control.topics, &loaded, is_simulated(setup))?;
        let (control, operator, robot) = make_loop(&loaded, &params, &setup.bus, &setup.time)?;
        tracing::info!("{}", loaded.introduction(&control));
        for caution in &robot.cautions {
            tracing::warn!("{caution}");
        }
        let latch = opened_latch(setup, &params)?;
        let reach = Arc::new(Reach::new(
            operator.clone(),
            latch.clone(),
            loaded.robot.clone(),
            &params.control,
        ));
        let description = setup.output("robot_description", Qos::latched())?;
        description.publish(msg::String {
            data: description_text(&params, setup)?,
        })?;
        let commanded = reach.clone();
        let qos = Qos::default().keep_last(1);
        // In the thread that brings it: it takes no time, and no other thread has to be scheduled.
        let cmd_vel = listen(&*setup.bus, "cmd_vel", qos, move |twist: Arc<Twist>| {
            let velocity = VelocityCommand::new(twist.linear.x, twist.linear.y, twist.angular.z);
            commanded.operator().command(velocity);
        })?;
        let restarted = Arc::downgrade(&reach);
        setup.time.on_reset(move || {
            if let Some(reach) = restarted.upgrade() {
                reach.clock_went_back();
            }
        });
        Ok(Self {
            mode: setup.output("~/mode", Qos::latched())?,
            diagnostics: setup.output("/diagnostics", Qos::default())?,
            _description: description,
            _services: services(setup, &reach)?,
            _cmd_vel: cmd_vel,
            bus: setup.bus.clone(),
            time: setup.time.clone(),
            params,
            loaded: Arc::new(loaded),
            reach,
            latch,
            ready: Some((control, operator, robot)),
            ticking: None,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        self.time.known().await;
        let (mut control, operator, robot) = match self.ready.take() {
            Some(ready) => ready,
            // The loop of the last time has ended.
            None => make_loop(&self.loaded, &self.params, &self.bus, &self.time)?,
        };
        self.begin_as_kept(&mut control, &operator);
        self.reach.begins(&operator);
        let rate_hz = self.params.control.rate_hz;
        let mut monitor = Monitor::new(rate_hz, operator.clone(), robot);
        let mut command_watch = CommandWatch::new(self.params.control.topics.command.topic());
        let mut watched = tokio::time::Instant::now();
        let realtime = self.params.control.realtime.clone();
        self.ticking = Some(Ticking::start(control, operator, realtime, rate_hz)?);
        let mut gather = tokio::time::interval(GATHER_PERIOD);
        let mut reported = tokio::time::Instant::now();
        loop {
            gather.tick().await;
            self.tell_news(&mut monitor)?;
            if watched.elapsed() >= WATCH_PERIOD {
                watched = tokio::time::Instant::now();
                self.expect_no_other_commander(&mut command_watch);
            }
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
        if let Some(ticking) = self.ticking.take() {
            let died = ticking.has_died();
            self.latch.rest(ticking.end());
            if died {
                let safe_action = self.params.control.safety.safe_action;
                self.latch.ask_for_stop(Check::EndedInMotion, safe_action);
            }
        }
        self.reach.ended();
        self.save_latch();
        let said = self.mode.publish(msg::String {
            data: "inactive".to_owned(),
        });
        if let Err(error) = said {
            tracing::warn!("{error}");
        }
    }
}

impl Control {
    /// Two that publish the joint command are a stop: what the drives do is no longer what the gate let through.
    fn expect_no_other_commander(&self, watch: &mut CommandWatch) {
        let Some(publishers) = watch.look(&*self.bus) else {
            return;
        };
        if watch.is_news() {
            tracing::error!(
                "{}: expected this node alone to publish the joint command, found {}",
                self.params.control.topics.command.topic(),
                publishers.join(", ")
            );
        }
        self.reach.operator().stop_for(Check::OtherCommander);
    }

    /// A loop begins with the stop that the robot is under, and does not start it where only a request may.
    fn begin_as_kept(&self, control: &mut ControlLoop, operator: &Operator) {
        match self.latch.kept() {
            Kept::Stopped { stop } => {
                tracing::error!(
                    "the robot stays stopped until ~/clear_stop: {}",
                    stop.reason(&self.loaded.robot)
                );
                control.latch(stop);
            }
            Kept::Waiting => {
                if self.params.control.start.auto {
                    tracing::warn!(
                        "the robot damps until ~/start, although `start.auto` is set: it was not started since it was stopped or damped"
                    );
                }
                // A loop that was just made has room for it.
                let _ = operator.request(Request::Damp);
            }
            Kept::Nothing | Kept::Moving => {}
        }
    }

    fn save_latch(&self) {
        if let Err(error) = self.latch.save() {
            tracing::error!("{error:#}");
        }
    }

    fn tell_news(&self, monitor: &mut Monitor) -> anyhow::Result<()> {
        let news = monitor.gather();
        let stop = monitor.now().and_then(|(_, stop)| stop);
        let asked = stop.is_some_and(|stop| stop.verdict.check == Check::OperatorStop);
        if asked && self.ticking.as_ref().is_some_and(Ticking::is_ending) {
            // The safe action of an end is no stop that anybody has to be told of, or to clear.
            return Ok(());
        }
        if let Some((mode, stop)) = monitor.now() {
            self.latch.follow(mode, stop);
            self.save_latch();
        }
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

/// Whether a simulator plays the robot, as far as the node can know.
fn is_simulated(setup: &Setup<ControlParams>) -> bool {
    setup.host.robot_is_simulated || setup.common.use_sim_time
}

/// As in `sinew run`, a policy that asks for the base velocity gets that of the simulator; what a real robot's
/// estimator says counts only where that was asked for.
fn hear_base_velocity(topics: &mut TopicParams, loaded: &Loaded, simulated: bool) -> anyhow::Result<()> {
    topics.base_velocity |= simulated && loaded.asks_for_base_velocity();
    ensure!(
        topics.base_velocity || !loaded.asks_for_base_velocity(),
        "parameter `topics.base_velocity`: expected true, and an estimator that publishes `odom`, since the policy \
         observes `base_lin_vel`, found false"
    );
    Ok(())
}

/// The node's latch, kept where the parameter says.
fn opened_latch(setup: &Setup<ControlParams>, params: &Params) -> anyhow::Result<Arc<Latch>> {
    let asked = params.control.latch_file.as_deref();
    let file = latch_file::file_of(asked, &full_name(&*setup.bus), is_simulated(setup), |name| {
        std::env::var_os(name)
    })?;
    let latch = setup.kept::<Latch>();
    if let Some(told) = latch.open(file, params.control.safety.safe_action)? {
        tracing::warn!("{told}");
    }
    Ok(latch)
}

/// The parameters in the form that [`Loaded`] takes.
fn all_params(setup: &Setup<ControlParams>) -> anyhow::Result<Params> {
    let mut control = setup.params.get().as_ref().clone();
    control.policy.path = setup.path(&control.policy.path);
    control.latch_file = control.latch_file.map(|path| setup.path(&path));
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
    bus: &Arc<dyn Bus>,
    time: &NodeTime,
) -> anyhow::Result<(ControlLoop, Operator, RobotStatus)> {
    let robot: &RobotDescription = &loaded.robot;
    let topics = &params.control.topics;
    let mut io = TopicRobot::new(&**bus, robot, topics, time)?;
    if !topics.safe_stop.is_empty() {
        io = io
            .with_safe_stop(bus.clone(), &topics.safe_stop)
            .context("parameter `topics.safe_stop`")?;
    }
    let mut status = io.status();
    status
        .cautions
        .extend(loaded.unbounded_torque(&params.common.robot_description));
    if topics.command.own_gains().is_some() {
        status.cautions.push(format!(
            "with `topics.command: {}` the drives use gains of their own: the bound on torque is only as good as \
             the drives' own",
            topics.command.name()
        ));
    }
    let records = records_kept(params.control.rate_hz);
    let (control, operator) = loaded.checked_loop(params, Box::new(io), time.loop_clock(), records)?;
    Ok((control, operator, status))
}

/// What goes out on `robot_description`: the URDF that is given, or the description itself.
fn description_text(params: &Params, setup: &Setup<ControlParams>) -> anyhow::Result<String> {
    let urdf = params.control.urdf.as_ref().map(|path| setup.path(path));
    let file = urdf.unwrap_or_else(|| params.common.robot_description.clone());
    sinew_files::read_text(&file, sinew_sim::description::MAX_FILE_BYTES)
        .with_context(|| format!("{}: cannot be read", file.display()))
}
