//! The services of the node, and what they say.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use sinew_control::gate::{Check, SafeAction};
use sinew_control::mailbox::{Operator, Request};
use sinew_control::robot::RobotDescription;
use sinew_control::tick::ControlLoop;
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};

use super::ControlParams;
use super::latch::{Latch, LatchState};
use super::topic_robot::TopicParams;
use sinew_node::bus::Server;
use sinew_node::node::Setup;
use sinew_node::sync::lock;

/// What the services and subscriptions talk to.
#[derive(Debug)]
pub(super) struct ServiceState {
    /// The loop that ticks, or ticked last.
    operator: Mutex<Operator>,
    active: AtomicBool,
    latch: Arc<Latch>,
    robot: RobotDescription,
    safe_action: SafeAction,
    auto_start: bool,
    /// What becomes of the robot while it damps.
    damps: String,
}

impl ServiceState {
    pub(super) fn new(operator: Operator, latch: Arc<Latch>, robot: RobotDescription, params: &ControlParams) -> Self {
        Self {
            operator: Mutex::new(operator),
            active: AtomicBool::new(false),
            latch,
            robot,
            safe_action: params.safety.safe_action,
            auto_start: params.start.auto,
            damps: damps(&params.topics),
        }
    }

    pub(super) fn operator(&self) -> MutexGuard<'_, Operator> {
        lock(&self.operator)
    }

    /// A loop begins to tick: how it begins is decided by what is kept.
    pub(super) fn begins(&self, operator: &Operator) {
        *self.operator() = operator.clone();
        self.active.store(true, Ordering::Release);
    }

    /// No loop ticks any more.
    pub(super) fn ended(&self) {
        self.active.store(false, Ordering::Release);
    }

    /// A loop begins with the stop that the robot is under, and does not start it where only a request may.
    pub(super) fn begin_as_kept(&self, control: &mut ControlLoop, operator: &Operator) {
        match self.latch.kept() {
            LatchState::Stopped { stop } => {
                tracing::error!(
                    "the robot stays stopped until ~/clear_stop: {}",
                    stop.reason(&self.robot)
                );
                control.latch(stop);
            }
            LatchState::Waiting => {
                if self.auto_start {
                    tracing::warn!(
                        "the robot damps until ~/start, although `start.auto` is set: it was not started since it was stopped or damped"
                    );
                }
                // A loop that was just made has room for it.
                let _ = operator.request(Request::Damp);
            }
            LatchState::Nothing | LatchState::Moving => {}
        }
    }

    /// A robot that would stand up may, once it is kept that it moves. Where that cannot be, it is not started.
    pub(super) fn let_stand(&self) {
        let operator = self.operator().clone();
        if !operator.asks_to_stand() {
            return;
        }
        match self.latch.will_move() {
            // Where the loop no longer asks, it asks again.
            Ok(true) => {
                operator.let_stand();
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!("the robot damps until ~/start, for a stop of it could not be kept: {error:#}");
                // A loop that has no room for it asks again.
                let _ = operator.request(Request::Damp);
            }
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Why the robot is stopped, where it is.
    pub(super) fn stopped(&self) -> Option<String> {
        self.latch.stop().map(|stop| stop.reason(&self.robot))
    }

    pub(super) fn stop(&self) -> TriggerResponse {
        self.latch.ask_for_stop(Check::OperatorStop, self.safe_action);
        self.operator().stop();
        if self.is_active() {
            return answer(
                true,
                "stops at the next tick; stays stopped until ~/clear_stop".to_owned(),
            );
        }
        // With nobody who follows the loop, it is written here.
        match self.latch.save() {
            Ok(()) => answer(
                true,
                "latched: the node is not active, and begins stopped when it is".to_owned(),
            ),
            Err(error) => answer(true, format!("latched for as long as this process lives: {error:#}")),
        }
    }

    pub(super) fn clear_stop(&self) -> TriggerResponse {
        let Some(reason) = self.stopped() else {
            return answer(true, "no stop is latched".to_owned());
        };
        if self.is_active() {
            if !self.operator().request(Request::ClearStop) {
                return busy();
            }
            self.latch.clear();
            return answer(true, format!("the stop is forgotten ({reason}); {}", self.damps));
        }
        self.latch.clear();
        if let Err(error) = self.latch.save() {
            return answer(false, format!("{error:#}"));
        }
        answer(
            true,
            format!(
                "the stop is forgotten ({reason}); once the node is active: {}",
                self.damps
            ),
        )
    }

    pub(super) fn start(&self) -> TriggerResponse {
        if let Some(reason) = self.stopped() {
            return answer(false, format!("a stop is latched ({reason}): call ~/clear_stop first"));
        }
        if let Err(error) = self.latch.expect_to_keep() {
            return answer(false, format!("not started: {error:#}"));
        }
        let answer = self.request(Request::Start, "damps, stands up, then runs");
        if answer.success {
            self.latch.ask_to_start();
        }
        answer
    }

    pub(super) fn damp(&self) -> TriggerResponse {
        let Some(stop) = self.latch.stop() else {
            let answer = self.request(Request::Damp, &self.damps);
            if answer.success {
                self.latch.ask_to_damp();
            }
            return answer;
        };
        let reason = stop.reason(&self.robot);
        let stays = format!("the stop stays ({reason}): ~/clear_stop, then ~/start, lead out of it");
        match stop.action {
            SafeAction::Hold => self.request(Request::Damp, &format!("damps instead of holding; {stays}")),
            SafeAction::Damp => self.request(Request::Damp, &format!("damps already; {stays}")),
            SafeAction::Own => answer(false, format!("the robot's own stop goes on; {stays}")),
        }
    }

    fn request(&self, request: Request, done: &str) -> TriggerResponse {
        if !self.is_active() {
            return answer(
                false,
                "the node is not active: no command goes to the robot; activate it first".to_owned(),
            );
        }
        if self.operator().request(request) {
            answer(true, done.to_owned())
        } else {
            busy()
        }
    }

    /// After the simulator was reset the robot stands elsewhere: it starts from damping. One that was not moving, or is
    /// stopped, does not start by itself.
    pub(super) fn clock_went_back(&self) {
        let starts = self.auto_start && self.latch.kept() == LatchState::Moving;
        let operator = self.operator();
        let taken = operator.request(Request::Damp) && (!starts || operator.request(Request::Start));
        match (taken, starts) {
            (false, _) => tracing::error!("the clock went back, and the control loop does not take requests"),
            (true, true) => tracing::warn!("the clock went back: the robot starts again from damping"),
            (true, false) => tracing::warn!("the clock went back: the robot damps until ~/start"),
        }
    }
}

/// What becomes of a robot that is to damp.
fn damps(topics: &TopicParams) -> String {
    if topics.command.own_gains().is_none() {
        return "the robot damps until ~/start".to_owned();
    }
    let mut damps = format!(
        "nothing is sent until ~/start: with `topics.command: {}` the drives cannot damp, and stay at their last target",
        topics.command.name()
    );
    if !topics.safe_stop.is_empty() {
        damps += &format!(
            ", unless the driver's own stop, {}, makes them; it is called",
            topics.safe_stop
        );
    }
    damps
}

fn busy() -> TriggerResponse {
    answer(
        false,
        "the control loop does not take requests: eight of them wait".to_owned(),
    )
}

fn answer(success: bool, message: String) -> TriggerResponse {
    TriggerResponse { success, message }
}

/// Puts the services on the bus.
pub(super) fn services(setup: &Setup<ControlParams>, reach: &Arc<ServiceState>) -> anyhow::Result<Vec<Server>> {
    type Answer = fn(&ServiceState) -> TriggerResponse;
    let services: [(&str, Answer); 4] = [
        ("~/stop", ServiceState::stop),
        ("~/clear_stop", ServiceState::clear_stop),
        ("~/start", ServiceState::start),
        ("~/damp", ServiceState::damp),
    ];
    let serve = |(name, respond): (&str, Answer)| {
        let reach = reach.clone();
        Ok(setup.answer::<Trigger>(name, move |_| respond(&reach))?)
    };
    services.into_iter().map(serve).collect()
}
