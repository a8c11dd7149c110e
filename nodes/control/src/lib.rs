//! The node `control`: the control loop, on topics.
//!
//! | in | type | |
//! |---|---|---|
//! | `cmd_vel` | `geometry_msgs/Twist` | velocity of the base; feeds the deadman |
//! | `velocity_scale` | `std_msgs/Float64` | latched: what velocities that come after it are multiplied with, 0 to 1 |
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
//! | `~/update` | `std_msgs/String` | latched, with `policy.updates.store`: what was done last with a release, and why |
//!
//! | service | type | |
//! |---|---|---|
//! | `~/stop` | `std_srvs/Trigger` | stops the robot at the next tick |
//! | `~/clear_stop` | `std_srvs/Trigger` | forgets a stop; the robot damps until it is started |
//! | `~/start` | `std_srvs/Trigger` | damp, stand up, run; refused while a stop is latched, or could not be kept |
//! | `~/promote` | `std_srvs/Trigger` | with `policy.updates.store`: the candidate that was admitted takes charge as soon as it may |
//! | `~/rollback` | `std_srvs/Trigger` | with `policy.updates.store`: the release in charge is taken back |
//! | `~/damp` | `std_srvs/Trigger` | back to damping, without a fault; a stop that is latched stays, and one that holds damps |
//! | `topics.safe_stop` | `std_srvs/Trigger` | the driver's own stop, called by this node; `controller_manager_msgs/SwitchController` where it ends in `switch_controller` |
//!
//! What the drives get, by form of the joint command:
//!
//! | | `impedance` | `forward_effort` | `joint_state`, `forward_position`, `joint_trajectory` |
//! |---|---|---|---|
//! | `damp` | kp 0, the damping of `damp_kd` | torque against the measured velocity | nothing: drives stay at the last target; not a safe action |
//! | `hold` | last targets and gains | the torques of these | last targets |
//! | `own` | `damp` until the driver has answered, then nothing | `damp`, then zero | nothing |
//! | readings are stale | what the safe action says | zero for the joints concerned | what the safe action says |
//! | the loop hangs (`safety.overrun_secs`) | `damp` | zero | nothing; `topics.safe_stop` is called |
//! | the node is deactivated, or shut down | 0.3 s of the safe action, then nothing | the same, then zero | 0.3 s of the safe action, then nothing |
//! | the process is killed | nothing | nothing: the last torque stays | nothing: the last target stays |
//!
//! With `drive_damping` the joints damp by themselves: `damp` then sends no damping, and no torque.
//!
//! A stop outlives the loop: deactivation, cleanup, and (see `latch_file`) the process. After a stop or `~/damp`
//! only `~/start` starts the robot, whatever `start.auto` says.

mod assemble;
mod bad_readings;
mod command_watch;
#[cfg(test)]
mod fixture;
pub mod hosted;
mod latch;
mod latch_file;
mod loop_metrics;
mod monitor;
mod outgoing;
mod output;
mod params;
mod policy_summary;
mod readings;
mod robot_status;
mod safe_stop;
mod sender;
mod services;
mod shown;
mod topic_robot;
pub mod updates;
mod velocity_scale;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use sinew_control::command::VelocityCommand;
use sinew_control::gate::Check;
use sinew_control::mailbox::Operator;
use sinew_control::robot::RobotDescription;
use sinew_control::tick::ControlLoop;
use sinew_messages::geometry_msgs::msg::Twist;
use sinew_messages::std_msgs::msg;

pub use assemble::{LoopAssemblyError, LoopSource, PolicyOnRobot, records_kept};
use command_watch::CommandWatch;
use latch::Latch;
pub use loop_metrics::{LoopMetrics, RunMetrics};
use monitor::Monitor;
pub use params::{ControlParams, PolicyParams};
pub use policy_summary::PolicySummary;
use robot_status::RobotStatus;
pub use safe_stop::SafeStopError;
use services::{ServiceState, services};
pub use sinew_node::topics::CommandForm;
pub use topic_robot::{TopicParams, TopicRobot};
use updates::{Released, UpdatesWorker};
use velocity_scale::VelocityScale;
use worker::ControlWorker;

use sinew_node::bus::{Bus, Publisher, Qos, Server, Subscription, full_name, listen};
use sinew_node::node::{Node, NodeTime, Restart, Setup, Shown};
use sinew_node::report::Diagnostics;
use sinew_node::updates::UpdateRequests;

const GATHER_PERIOD: Duration = Duration::from_millis(20);
/// An inference that takes this long has hung: the robot has no use for what comes of it.
pub const INFERENCE_LIMIT: Duration = Duration::from_secs(1);
/// How often it is looked who publishes the joint command.
const WATCH_PERIOD: Duration = Duration::from_millis(200);

/// The node.
#[derive(Debug)]
pub struct Control {
    bus: Arc<dyn Bus>,
    time: NodeTime,
    shown: Shown,
    source: LoopSource,
    loaded: Arc<PolicyOnRobot>,
    reach: Arc<ServiceState>,
    latch: Arc<Latch>,
    /// A loop that was made to see whether it can be, not yet used.
    ready: Option<(ControlLoop, Operator, RobotStatus)>,
    /// Where the policy comes from a store of releases.
    released: Option<Released>,
    updates: Option<UpdatesWorker>,
    worker: Option<ControlWorker>,
    mode: Publisher<msg::String>,
    diagnostics: Diagnostics,
    _description: Publisher<msg::String>,
    _services: Vec<Server>,
    _cmd_vel: Subscription,
    _velocity_scale: Subscription,
}

impl Node for Control {
    const NAME: &'static str = "control";
    const DESCRIPTION: &'static str = "the control loop: a policy behind the safety gate";
    // A robot that has lost its controller is not to move again by itself.
    const RESTART: Restart = Restart::Never;
    const URGENT: bool = true;
    type Params = ControlParams;

    fn configure(setup: &Setup<ControlParams>) -> anyhow::Result<Self> {
        let mut source = loop_source(setup)?;
        let loaded = PolicyOnRobot::new(&source)?.with_run_limit(INFERENCE_LIMIT);
        let (loaded, released) = Released::open(setup, loaded, &source)?;
        hear_base_velocity(&mut source.control.topics, &loaded, is_simulated(setup))?;
        let (control, operator, robot) = make_loop(&loaded, &source, &setup.bus, &setup.time)?;
        tracing::info!("{}", loaded.introduction(&control));
        for fallback in loaded.fallbacks() {
            tracing::warn!("{fallback}");
        }
        for caution in &robot.cautions {
            tracing::warn!("{caution}");
        }
        let latch = opened_latch(setup, &source)?;
        let reach = Arc::new(ServiceState::new(
            operator.clone(),
            latch.clone(),
            loaded.robot.clone(),
            &source.control,
        ));
        let mut services = services(setup, &reach)?;
        let requests = released.as_ref().map(|released| &released.requests);
        services.extend(UpdateRequests::services(setup, requests, "policy.updates.store")?);
        let description = setup.output("robot_description", Qos::latched())?;
        description.publish(msg::String {
            data: description_text(&source)?,
        })?;
        let scale = Arc::new(VelocityScale::default());
        let scaled = scale.clone();
        let velocity_scale = listen(
            &*setup.bus,
            "velocity_scale",
            Qos::latched(),
            move |asked: Arc<msg::Float64>| {
                scaled.hear(asked.data);
            },
        )?;
        let commanded = reach.clone();
        let qos = Qos::default().keep_last(1);
        // In the thread that brings it: it takes no time, and no other thread has to be scheduled.
        let cmd_vel = listen(&*setup.bus, "cmd_vel", qos, move |twist: Arc<Twist>| {
            let velocity = VelocityCommand::new(twist.linear.x, twist.linear.y, twist.angular.z);
            commanded.operator().command(scale.of(velocity));
        })?;
        let restarted = Arc::downgrade(&reach);
        setup.time.on_reset(move || {
            if let Some(reach) = restarted.upgrade() {
                reach.clock_went_back();
            }
        });
        Ok(Self {
            mode: setup.output("~/mode", Qos::latched())?,
            diagnostics: Diagnostics::new(setup)?,
            _description: description,
            _services: services,
            _cmd_vel: cmd_vel,
            _velocity_scale: velocity_scale,
            bus: setup.bus.clone(),
            time: setup.time.clone(),
            shown: setup.host.shown.clone(),
            source,
            loaded: Arc::new(loaded),
            reach,
            latch,
            ready: Some((control, operator, robot)),
            released,
            updates: None,
            worker: None,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        self.time.known().await;
        let (mut control, operator, robot) = match self.ready.take() {
            Some(ready) => ready,
            // The loop of the last time has ended.
            None => {
                if let Some(released) = &self.released {
                    released.started_again(self.source.control.policy.updates.crash_limit)?;
                }
                make_loop(&self.loaded, &self.source, &self.bus, &self.time)?
            }
        };
        self.reach.begin_as_kept(&mut control, &operator);
        // That it moves is written down before it does.
        operator.withhold_standing();
        self.reach.begins(&operator);
        let node = full_name(&*self.bus);
        let shown = self.loaded.shown_loop(node, &control, &self.source);
        let installed = shown.installed.clone();
        self.shown.show_loop(shown);
        let rate_hz = self.source.control.rate_hz;
        let registry = self.diagnostics.registry();
        let mut monitor = Monitor::new(registry, &self.loaded.robot, rate_hz, operator.clone(), robot);
        monitor::report_policy(registry, &PolicySummary::of(&self.loaded));
        let updates = (self.released.as_ref())
            .map(|released| released.updates(&self.loaded, &self.source.control, &control, installed));
        let mut command_watch = CommandWatch::new(self.source.control.topics.command.topic());
        let mut watched = tokio::time::Instant::now();
        let realtime = self.source.control.realtime.clone();
        self.worker = Some(ControlWorker::start(control, operator, realtime, rate_hz)?);
        if let (Some(updates), Some(released)) = (updates, &self.released) {
            self.updates = Some(released.start(updates, self.diagnostics.registry(), &self.loaded.robot.name)?);
        }
        let mut gather = tokio::time::interval(GATHER_PERIOD);
        self.diagnostics.begin();
        loop {
            gather.tick().await;
            self.reach.let_stand();
            self.tell_news(&mut monitor)?;
            if watched.elapsed() >= WATCH_PERIOD {
                watched = tokio::time::Instant::now();
                self.expect_no_other_commander(&mut command_watch);
            }
            if self.diagnostics.is_due() {
                self.report(&mut monitor)?;
            }
            if self.worker.as_ref().is_none_or(ControlWorker::has_died) {
                bail!("the control thread has ended");
            }
        }
    }

    fn deactivate(&mut self) {
        if let Some(updates) = self.updates.take() {
            updates.end();
        }
        // The robot goes into its safe action before the thread ends.
        let mut died = false;
        if let Some(worker) = self.worker.take() {
            died = worker.has_died();
            self.latch.rest(worker.end());
            if died {
                let safe_action = self.source.control.safety.safe_action;
                self.latch.ask_for_stop(Check::EndedInMotion, safe_action);
            }
        }
        // A loop that has died, or never comes to its end, was not ended in good order.
        if let Some(released) = self.released.as_ref().filter(|_| !died) {
            released.ended();
        }
        self.reach.ended();
        if let Err(error) = self.latch.save() {
            tracing::error!("{error:#}");
        }
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
                self.source.control.topics.command.topic(),
                publishers.join(", ")
            );
        }
        self.reach.operator().stop_for(Check::OtherCommander);
    }

    fn tell_news(&mut self, monitor: &mut Monitor) -> anyhow::Result<()> {
        let news = monitor.gather();
        let stop = monitor.now().and_then(|(_, stop)| stop);
        let asked = stop.is_some_and(|stop| stop.verdict.check == Check::OperatorStop);
        if asked && self.worker.as_ref().is_some_and(ControlWorker::is_ending) {
            // The safe action of an end is no stop that anybody has to be told of, or to clear.
            return Ok(());
        }
        if let Some((mode, stop)) = monitor.now() {
            self.latch.follow(mode, stop);
            self.latch.keep_saving();
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

    fn report(&mut self, monitor: &mut Monitor) -> anyhow::Result<()> {
        let failure = self.latch.failure();
        monitor.judge(self.bus.publisher_count("cmd_vel"), failure.as_deref());
        Ok(self.diagnostics.publish()?)
    }
}

/// Whether a simulator plays the robot, as far as the node can know.
fn is_simulated(setup: &Setup<ControlParams>) -> bool {
    setup.host.robot_is_simulated || setup.common.use_sim_time
}

/// As in `sinew run`, a policy that asks for the base velocity gets that of the simulator; what a real robot's
/// estimator says counts only where that was asked for.
fn hear_base_velocity(topics: &mut TopicParams, loaded: &PolicyOnRobot, simulated: bool) -> anyhow::Result<()> {
    topics.base_velocity |= simulated && loaded.asks_for_base_velocity();
    ensure!(
        topics.base_velocity || !loaded.asks_for_base_velocity(),
        "parameter `topics.base_velocity`: expected true, and an estimator that publishes `odom`, since the policy \
         observes `base_lin_vel`, found false"
    );
    Ok(())
}

/// The node's latch, kept where the parameter says.
fn opened_latch(setup: &Setup<ControlParams>, source: &LoopSource) -> anyhow::Result<Arc<Latch>> {
    let asked = source.control.latch_file.as_deref();
    let file = latch_file::file_of(asked, &full_name(&*setup.bus), is_simulated(setup), |name| {
        std::env::var_os(name)
    })?;
    let latch = setup.kept::<Latch>();
    if let Some(told) = latch.open(file, source.control.safety.safe_action)? {
        tracing::warn!("{told}");
    }
    Ok(latch)
}

/// What the loop is made from, as the node's parameters say.
fn loop_source(setup: &Setup<ControlParams>) -> anyhow::Result<LoopSource> {
    let control = setup.params.get().as_ref().clone();
    let description = setup.common.robot_description.as_ref();
    let description = description.context("parameter `robot_description`: expected a MJCF or URDF file, found none")?;
    Ok(LoopSource {
        params_file: setup.params_file.clone().unwrap_or_default(),
        robot_description: setup.path(description),
        control: control.with_files(|path| setup.path(path)),
    })
}

fn make_loop(
    loaded: &PolicyOnRobot,
    source: &LoopSource,
    bus: &Arc<dyn Bus>,
    time: &NodeTime,
) -> anyhow::Result<(ControlLoop, Operator, RobotStatus)> {
    let robot: &RobotDescription = &loaded.robot;
    let topics = &source.control.topics;
    let mut io = TopicRobot::new(&**bus, robot, topics, time)?;
    if !topics.safe_stop.is_empty() {
        io = io
            .with_safe_stop(bus.clone(), topics)
            .context("parameter `topics.safe_stop`")?;
    }
    let mut status = io.status();
    status
        .cautions
        .extend(loaded.unbounded_torque(&source.robot_description));
    status
        .cautions
        .extend(late_damping(&source.control, source.control.rate_hz));
    if topics.command.own_gains().is_some() {
        status.cautions.push(format!(
            "with `topics.command: {}` the drives use gains of their own: the bound on torque is only as good as \
             the drives' own",
            topics.command.name()
        ));
    }
    let records = records_kept(source.control.rate_hz);
    let (control, operator) = loaded.checked_loop(&source.control, Box::new(io), time.loop_clock(), records)?;
    Ok((control, operator, status))
}

/// The rate from which a torque that is held from tick to tick damps in time, Hz.
const DAMPING_RATE_HZ: f64 = 1000.0;

/// What to tell of torques that are sent so often, and held for so long that their damping comes late.
pub fn late_damping(params: &ControlParams, rate_hz: f64) -> Option<String> {
    let held = params.topics.command == CommandForm::ForwardEffort && !params.drive_damping;
    (held && rate_hz < DAMPING_RATE_HZ).then(|| {
        format!(
            "with `topics.command: forward_effort` at {rate_hz} Hz each torque, damping included, is held for {:.0} ms: \
             joints without much rotor inertia shake (URDF and SDF have none); let them damp by themselves \
             (`drive_damping: true`, and for Gazebo a model of `sinew robot export`), or run at {DAMPING_RATE_HZ} Hz and \
             more",
            1e3 / rate_hz
        )
    })
}

/// What goes out on `robot_description`: the URDF that is given, or the description itself.
fn description_text(source: &LoopSource) -> anyhow::Result<String> {
    let file = source.control.urdf.as_ref().unwrap_or(&source.robot_description);
    sinew_files::read_text(file, sinew_robot::MAX_FILE_BYTES)
        .with_context(|| format!("{}: cannot be read", file.display()))
}
