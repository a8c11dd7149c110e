//! The part of a hosted loop that everybody but the host's thread calls.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_control::gate::Check;
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_messages::std_srvs::srv::TriggerResponse;
use sinew_node::report::Registry;
use sinew_node::sync::lock;

use super::clock::HostClock;
use super::{Hosted, HostedLoop, next_loop};
use crate::PolicySummary;
use crate::monitor::{Monitor, report_policy};
use crate::robot_status::RobotStatus;
use crate::velocity_scale::VelocityScale;

/// What a request was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is done, or will be in the next tick.
    pub success: bool,
    /// A sentence for people.
    pub message: String,
}

impl From<TriggerResponse> for Answer {
    fn from(TriggerResponse { success, message }: TriggerResponse) -> Self {
        Self { success, message }
    }
}

/// What is followed of the loop that ticks.
#[derive(Debug)]
struct Followed {
    registry: Registry,
    monitor: Option<Monitor>,
    /// The activation that it is of.
    activation: u64,
    says_failed: bool,
}

/// The part of a hosted loop that everybody but the host's thread calls.
#[derive(Debug)]
pub struct HostedOperator {
    hosted: Arc<Hosted>,
    clock: HostClock,
    scale: VelocityScale,
    followed: Mutex<Followed>,
}

impl HostedOperator {
    pub(super) fn new(hosted: Arc<Hosted>, clock: HostClock) -> Self {
        let registry = Registry::default();
        report_policy(&registry, &PolicySummary::of(&hosted.loaded));
        let followed = Followed {
            registry,
            monitor: None,
            activation: 0,
            says_failed: false,
        };
        Self {
            hosted,
            clock,
            scale: VelocityScale::default(),
            followed: Mutex::new(followed),
        }
    }

    /// Names of the joints, in robot order.
    pub fn joints(&self) -> impl ExactSizeIterator<Item = &str> {
        self.hosted.loaded.robot.joints.iter().map(|joint| joint.name.as_str())
    }

    /// Names of the feet whose contact is to be measured.
    pub fn feet(&self) -> &[String] {
        &self.hosted.source.control.topics.feet
    }

    /// Whether the velocity of the base is to be measured.
    pub fn wants_base_velocity(&self) -> bool {
        self.hosted.source.control.topics.base_velocity
    }

    /// Ticks per second.
    pub fn rate_hz(&self) -> f64 {
        self.hosted.source.control.rate_hz
    }

    /// Asks for a velocity; also feeds the deadman.
    pub fn command(&self, velocity: VelocityCommand) {
        self.hosted.reach.operator().command(self.scale.of(velocity));
    }

    /// Multiplies the velocities that come after this with a number from 0 to 1, as the topic `velocity_scale` does with
    /// those of the node.
    pub fn scale_velocity(&self, scale: f64) {
        self.scale.hear(scale);
    }

    /// Stops the robot at its next tick, or latches the stop for the next activation.
    pub fn stop(&self) -> Answer {
        self.hosted.reach.stop().into()
    }

    /// Forgets a stop.
    pub fn clear_stop(&self) -> Answer {
        self.hosted.reach.clear_stop().into()
    }

    /// Damp, stand up, run.
    pub fn start(&self) -> Answer {
        self.hosted.reach.start().into()
    }

    /// Back to damping, without a fault.
    pub fn damp(&self) -> Answer {
        self.hosted.reach.damp().into()
    }

    /// Follows the loop: keeps what is latched, lets the robot stand up, logs what changes, makes the next loop when one
    /// has ended. To be called about every 20 ms, from any one thread that may wait.
    pub fn supervise(&self) {
        let mut followed = lock(&self.followed);
        self.follow(&mut followed);
        if let Some(ended) = self.hosted.ended.pop() {
            self.put_away(&ended, &mut followed);
            drop(ended);
            self.make_next();
        }
    }

    /// The newest mode; `None` where the loop is not active.
    pub fn mode(&self) -> Option<Mode> {
        if !self.hosted.reach.is_active() {
            return None;
        }
        let followed = lock(&self.followed);
        let monitor = followed.monitor.as_ref()?;
        monitor.now().map(|(mode, _)| mode)
    }

    /// Why the robot is stopped, where it is.
    pub fn stop_reason(&self) -> Option<String> {
        self.hosted.reach.stopped()
    }

    /// What is to be told on `/diagnostics`, where so many publish the velocity command: the same as of the node
    /// `control`. The rates in it are those since the call before.
    pub fn diagnostics(&self, name: &str, commanders: usize) -> Vec<DiagnosticStatus> {
        let mut followed = lock(&self.followed);
        self.follow(&mut followed);
        if let Some(monitor) = &mut followed.monitor {
            monitor.judge(commanders, self.hosted.latch.failure().as_deref());
        }
        let parts = followed.registry.parts();
        parts.iter().map(|part| part.status(name)).collect()
    }

    fn follow(&self, followed: &mut Followed) {
        let hosted = &*self.hosted;
        let activation = hosted.activations.load(Ordering::Acquire);
        if activation != followed.activation {
            followed.activation = activation;
            followed.says_failed = false;
            let operator = hosted.reach.operator().clone();
            let (robot, rate_hz) = (&hosted.loaded.robot, hosted.source.control.rate_hz);
            let mut status = RobotStatus::without_topics(hosted.interfaces.name(), robot);
            status.cautions.clone_from(&hosted.cautions);
            followed.monitor = Some(Monitor::new(&followed.registry, robot, rate_hz, operator, status));
        }
        if hosted.went_back.swap(false, Ordering::AcqRel) {
            hosted.reach.clock_went_back();
        }
        hosted.reach.let_stand();
        if hosted.failed.load(Ordering::Acquire) && !std::mem::replace(&mut followed.says_failed, true) {
            tracing::error!("the control loop has panicked: the joints damp until it is activated anew");
        }
        let Some(monitor) = &mut followed.monitor else {
            return;
        };
        let news = monitor.gather();
        let Some((mode, stop)) = monitor.now() else { return };
        let asked = stop.is_some_and(|stop| stop.verdict.check == Check::OperatorStop);
        if asked && !hosted.reach.is_active() {
            // The safe action of an end is no stop that anybody has to be told of, or to clear.
            return;
        }
        hosted.latch.follow(mode, stop);
        hosted.latch.keep_saving();
        if let Some(mode) = news.mode {
            tracing::info!("mode: {}", mode.name());
        }
        if let Some(stop) = news.stop {
            tracing::error!("stopped: {}", stop.reason(&hosted.loaded.robot));
        }
    }

    /// Keeps what a loop that has ended leaves behind.
    fn put_away(&self, ended: &HostedLoop, followed: &mut Followed) {
        let hosted = &*self.hosted;
        followed.monitor = None;
        hosted.latch.rest(ended.stop);
        if ended.failed {
            hosted.failed.store(false, Ordering::Release);
            let safe_action = hosted.source.control.safety.safe_action;
            hosted.latch.ask_for_stop(Check::EndedInMotion, safe_action);
        }
        if let Err(error) = hosted.latch.save() {
            tracing::error!("{error:#}");
        }
    }

    fn make_next(&self) {
        match next_loop(&self.hosted.source, &self.hosted.loaded, self.clock.clone()) {
            Ok(ready) => {
                let _ = self.hosted.ready.push(Box::new(ready));
            }
            Err(error) => tracing::error!("the loop cannot be made again: {error:#}"),
        }
    }
}

impl Drop for HostedOperator {
    fn drop(&mut self) {
        if let Some(ended) = self.hosted.ended.pop() {
            self.put_away(&ended, &mut lock(&self.followed));
        }
    }
}
