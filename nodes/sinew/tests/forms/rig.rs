//! Strider's loop on topics, and somebody who plays the robot: it stands where it stands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew::bus::local::LocalBus;
use sinew::bus::{Bus, Publisher, Qos};
use sinew::control::{CommandForm, TopicRobot};
use sinew::node::{NodeTime, to_stamp};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::Mode;
use sinew_control::clock::VirtualClock;
use sinew_control::gate::SafeAction;
use sinew_control::io::Clock;
use sinew_control::mailbox::{Operator, Request};
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_control::tick::ControlLoop;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};

use crate::common::root;
use crate::heard::Drives;

/// How long the sending thread may take on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Rig {
    pub(crate) control: ControlLoop,
    pub(crate) operator: Operator,
    pub(crate) clock: VirtualClock,
    pub(crate) robot: RobotDescription,
    pub(crate) drives: Drives,
    pub(crate) form: CommandForm,
    /// What the robot says of itself, and whether it does.
    pub(crate) state: JointState,
    pub(crate) imu: Imu,
    pub(crate) talks: bool,
    /// What the drives heard last.
    pub(crate) last: Option<JointCommand>,
    pub(crate) network: LocalBus,
    joint_states: Publisher<JointState>,
    imu_data: Publisher<Imu>,
    said: u64,
}

pub(crate) fn strider(form: CommandForm, safe_action: SafeAction) -> Params {
    let mut params = Params::load(&root().join("launch/robots/strider.yaml")).unwrap();
    params.control.topics.command = form;
    let safety = &mut params.control.safety;
    safety.safe_action = safe_action;
    // Here time stands between ticks, and the robot stands still.
    safety.frozen_secs = 0.0;
    safety.deadman_secs = 3600.0;
    params
}

impl Rig {
    pub(crate) fn new(form: CommandForm, safe_action: SafeAction) -> Self {
        Self::with(&strider(form, safe_action)).unwrap()
    }

    pub(crate) fn with(params: &Params) -> anyhow::Result<Self> {
        let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
        let network = LocalBus::new();
        let clock = VirtualClock::default();
        // Stamps of 0 are those of sensors that were never heard.
        clock.advance(1_000_000_000);
        let time = NodeTime::of(clock.clone());
        let topics = &params.control.topics;
        let (bus, robot_bus) = (network.node("control", "/"), network.node("robot", "/"));
        let mut io = TopicRobot::new(&*bus, &loaded.robot, topics, &time).unwrap();
        if !topics.safe_stop.is_empty() {
            io = io.with_safe_stop(bus.clone(), topics).unwrap();
        }
        let (mut control, operator) = loaded.checked_loop(&params.control, Box::new(io), time.loop_clock(), 1)?;
        control.begin();
        let dof = loaded.robot.dof();
        let mut imu = Imu::default();
        imu.linear_acceleration.z = 9.81;
        Ok(Self {
            control,
            operator,
            clock,
            drives: Drives::new(&*robot_bus, topics.command),
            form: topics.command,
            state: JointState {
                name: loaded.robot.joints.iter().map(|joint| joint.name.clone()).collect(),
                position: loaded.robot.default_positions(),
                velocity: vec![0.0; dof],
                ..JointState::default()
            },
            imu,
            talks: true,
            last: None,
            joint_states: Publisher::new(&*robot_bus, "joint_states", Qos::default()).unwrap(),
            imu_data: Publisher::new(&*robot_bus, "imu/data", Qos::default()).unwrap(),
            robot: loaded.robot,
            network,
            said: 0,
        })
    }

    /// The robot speaks, the loop ticks, the drives hear what was sent for this tick, if anything.
    pub(crate) fn tick(&mut self) -> Option<JointCommand> {
        self.tick_with(true)
    }

    /// The same, but for the IMU.
    pub(crate) fn tick_without_imu(&mut self) -> Option<JointCommand> {
        self.tick_with(false)
    }

    fn tick_with(&mut self, imu: bool) -> Option<JointCommand> {
        if self.talks {
            self.said += 1;
            let stamp = to_stamp(self.said);
            self.state.header.stamp = stamp.clone();
            self.joint_states.publish(self.state.clone()).unwrap();
            if imu {
                self.imu.header.stamp = stamp;
                self.imu_data.publish(self.imu.clone()).unwrap();
            }
        }
        self.operator.command(Default::default());
        self.control.tick();
        let heard = self.heard();
        if heard.is_some() {
            self.last.clone_from(&heard);
        }
        heard
    }

    /// What the drives heard for the last tick. Where the form has nothing for it, nothing is waited for.
    fn heard(&mut self) -> Option<JointCommand> {
        let limp = self.control.gate().written().kp.iter().all(|&kp| kp == 0.0);
        let silent = self.form.own_gains().is_some() && limp;
        let since = Instant::now();
        loop {
            let heard = self.drives.hear(&self.robot);
            if heard.is_some() || silent {
                return heard;
            }
            assert!(since.elapsed() < PATIENCE, "nothing was sent for a tick");
            std::thread::yield_now();
        }
    }

    pub(crate) fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    /// Ticks until the mode is reached.
    pub(crate) fn until(&mut self, mode: Mode) {
        for _ in 0..2000 {
            self.tick();
            if self.control.mode() == mode {
                return;
            }
        }
        panic!("{mode:?} was not reached: {:?}", self.reason());
    }

    /// A rig in which the policy runs.
    pub(crate) fn running(form: CommandForm, safe_action: SafeAction) -> Self {
        let mut rig = Self::new(form, safe_action);
        rig.until(Mode::Run);
        rig.ticks(40);
        rig
    }

    pub(crate) fn request(&mut self, request: Request) {
        assert!(self.operator.request(request));
    }

    /// Why the robot is stopped.
    pub(crate) fn reason(&self) -> Option<String> {
        self.control.stop().map(|stop| stop.reason(&self.robot))
    }

    pub(crate) fn now_nanos(&self) -> u64 {
        self.clock.now_nanos()
    }

    /// A bus connection of somebody else.
    pub(crate) fn bus(&self, name: &str) -> Arc<dyn Bus> {
        self.network.node(name, "/")
    }
}

/// Waits, in real time, for what another thread does.
pub(crate) fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}
