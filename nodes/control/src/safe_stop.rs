//! The driver's own stop, a service that is called until it is answered with success: that of a driver, or that by which
//! ros2_control deactivates the controller which carries out the commands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use sinew_messages::Service;
use sinew_messages::controller_manager_msgs::srv::{
    SwitchController, SwitchControllerRequest, SwitchControllerResponse,
};
use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest, TriggerResponse};
use thiserror::Error;

use sinew_node::bus::{Bus, BusError, ServiceKind};
use sinew_node::sync::lock;
use sinew_node::topics::CommandForm;
use sinew_node::worker::{Builder, Ending, Worker};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// From one try to the next.
const RETRY: Duration = Duration::from_millis(200);
/// How long it is tried on after the robot's owner has gone.
const LAST_TRIES: Duration = Duration::from_secs(1);

/// The last part of a name by which the service of ros2_control's manager is known.
const SWITCH: &str = "switch_controller";

/// Why there is no stop of the driver's own.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SafeStopError {
    /// The service has no client.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// There is no controller that could be deactivated.
    #[error(
        "expected a `std_srvs/Trigger` of the driver's, for no controller of ros2_control listens to \
         `topics.command: {form}`, found `{service}`"
    )]
    NoController {
        /// The form of the joint command.
        form: &'static str,
        /// The service that was asked for.
        service: String,
    },
}

/// What stops the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopper {
    /// A `std_srvs/Trigger` of the driver's.
    Driver,
    /// ros2_control, by deactivating this controller, which a robot that moves again needs active.
    Controller(&'static str),
}

impl Stopper {
    fn of(service: &str, form: CommandForm) -> Result<Self, SafeStopError> {
        if service.rsplit('/').next() != Some(SWITCH) {
            return Ok(Self::Driver);
        }
        form.controller()
            .map(Self::Controller)
            .ok_or_else(|| SafeStopError::NoController {
                form: form.name(),
                service: service.to_owned(),
            })
    }

    /// What it has done, for people.
    fn done(self) -> String {
        match self {
            Self::Driver => "has stopped the robot".to_owned(),
            Self::Controller(controller) => format!("has deactivated {controller}"),
        }
    }
}

/// Asks for the driver's stop: from a tick, too, for nothing here waits.
#[derive(Debug)]
pub(super) struct SafeStop {
    service: String,
    stopper: Stopper,
    /// Number of what is asked for; 0 while nothing is.
    asked: AtomicU64,
    /// Number of what was last answered with success.
    done: AtomicU64,
    numbers: AtomicU64,
    failed_tries: AtomicU64,
    trouble: Mutex<Option<String>>,
    caller: OnceLock<Thread>,
}

impl SafeStop {
    /// Asks the driver to stop the robot, unless that is asked already.
    pub(super) fn ask(&self) {
        if self.asked.load(Ordering::Acquire) != 0 {
            return;
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let asks = (self.asked).compare_exchange(0, number, Ordering::AcqRel, Ordering::Relaxed);
        if asks.is_ok()
            && let Some(caller) = self.caller.get()
        {
            caller.unpark();
        }
    }

    /// The robot is to move again.
    pub(super) fn withdraw(&self) {
        if self.asked.load(Ordering::Relaxed) != 0 {
            self.asked.store(0, Ordering::Release);
            // One that was deactivated is needed again.
            if let Some(caller) = self.caller.get() {
                caller.unpark();
            }
        }
    }

    /// Whether the driver has stopped the robot, since it was asked last.
    pub(super) fn is_done(&self) -> bool {
        let asked = self.asked.load(Ordering::Acquire);
        asked != 0 && self.done.load(Ordering::Acquire) == asked
    }

    /// For people: the service and what has become of it; whether that is a fault.
    pub(super) fn told(&self) -> (bool, String) {
        let service = &self.service;
        if self.asked.load(Ordering::Acquire) == 0 {
            return (false, format!("{service}: not asked"));
        }
        if self.is_done() {
            return (false, format!("{service}: {}", self.stopper.done()));
        }
        let trouble = lock(&self.trouble).clone();
        let tries = self.failed_tries.load(Ordering::Relaxed);
        let trouble = trouble.unwrap_or_else(|| "not answered yet".to_owned());
        (
            tries > 0,
            format!("{service}: asked {tries} times without success: {trouble}"),
        )
    }
}

/// The thread that calls.
#[derive(Debug)]
pub(super) struct SafeStopCaller {
    stop: Arc<SafeStop>,
    _worker: Worker<()>,
}

impl SafeStopCaller {
    /// For the service of that name: a `std_srvs/Trigger`, or the `switch_controller` of a controller manager, which
    /// deactivates the controller that listens to commands of this form.
    pub(super) fn start(bus: Arc<dyn Bus>, service: &str, form: CommandForm) -> Result<Self, SafeStopError> {
        let stop = Arc::new(SafeStop {
            service: service.to_owned(),
            stopper: Stopper::of(service, form)?,
            asked: AtomicU64::new(0),
            done: AtomicU64::new(0),
            numbers: AtomicU64::new(0),
            failed_tries: AtomicU64::new(0),
            trouble: Mutex::new(None),
            caller: OnceLock::new(),
        });
        // Refuses a name that is none now, rather than when it is needed.
        sinew_node::bus::resolve(service, bus.node_name(), bus.namespace())?;
        let shared = stop.clone();
        // Time for the last tries, not for a driver that takes a call and never returns.
        let worker = Builder::new("safe-stop")
            .left_after(LAST_TRIES + 2 * PATIENCE)
            .start((), move |(), ending| run(&*bus, &shared, ending))
            .map_err(|error| BusError::Middleware {
                name: service.to_owned(),
                message: format!("no thread to call it: {error}"),
            })?;
        // Set before anybody can ask.
        if let Some(thread) = worker.thread() {
            let _ = stop.caller.set(thread.clone());
        }
        Ok(Self { stop, _worker: worker })
    }

    pub(super) fn stop(&self) -> &Arc<SafeStop> {
        &self.stop
    }
}

fn run(bus: &dyn Bus, stop: &SafeStop, ending: &Ending) {
    let mut gives_up: Option<Instant> = None;
    let mut deactivated = None;
    loop {
        let is_ending = ending.is_asked();
        let asked = stop.asked.load(Ordering::Acquire);
        if asked == 0 || stop.done.load(Ordering::Relaxed) == asked {
            if is_ending {
                return;
            }
            match deactivated.filter(|_| asked == 0) {
                Some(controller) => match switch(bus, &stop.service, &[controller], &[]) {
                    Ok(said) => {
                        tracing::info!("{}: {controller} is active again: {said}", stop.service);
                        deactivated = None;
                    }
                    Err(why) => {
                        tracing::error!("{}: {controller} is not active again: {why}", stop.service);
                        std::thread::park_timeout(RETRY);
                    }
                },
                None => std::thread::park(),
            }
            continue;
        }
        let tried = Instant::now();
        let outcome = match stop.stopper {
            Stopper::Driver => trigger(bus, &stop.service),
            Stopper::Controller(controller) => switch(bus, &stop.service, &[], &[controller]),
        };
        let mut trouble = lock(&stop.trouble);
        match outcome {
            Ok(said) => {
                tracing::warn!("{}: the driver {}: {said}", stop.service, stop.stopper.done());
                if let Stopper::Controller(controller) = stop.stopper {
                    deactivated = Some(controller);
                }
                stop.done.store(asked, Ordering::Release);
                stop.failed_tries.store(0, Ordering::Relaxed);
                *trouble = None;
                continue;
            }
            Err(why) => {
                if stop.failed_tries.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::error!("{}: {why}; it is asked until it succeeds", stop.service);
                }
                *trouble = Some(why);
            }
        }
        drop(trouble);
        if is_ending && tried > *gives_up.get_or_insert(tried + LAST_TRIES) {
            tracing::error!("{}: the driver has not stopped the robot", stop.service);
            return;
        }
        let until = tried + RETRY;
        while let Some(rest) = until
            .checked_duration_since(Instant::now())
            .filter(|rest| !rest.is_zero())
        {
            std::thread::park_timeout(rest);
        }
    }
}

/// Asks a driver once; gives what it says.
fn trigger(bus: &dyn Bus, service: &str) -> Result<String, String> {
    let response: Arc<TriggerResponse> = call::<Trigger>(bus, service, TriggerRequest::default())?;
    accepted(response.success, &response.message)
}

/// Has a controller manager activate and deactivate controllers, once; gives what it says.
fn switch(bus: &dyn Bus, service: &str, activate: &[&str], deactivate: &[&str]) -> Result<String, String> {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let request = SwitchControllerRequest {
        activate_controllers: names(activate),
        deactivate_controllers: names(deactivate),
        strictness: SwitchControllerRequest::STRICT,
        ..SwitchControllerRequest::default()
    };
    let response: Arc<SwitchControllerResponse> = call::<SwitchController>(bus, service, request)?;
    accepted(response.ok, &response.message)
}

fn accepted(success: bool, said: &str) -> Result<String, String> {
    if success {
        Ok(said.to_owned())
    } else {
        Err(format!("refused: {said}"))
    }
}

/// Asks once.
fn call<S: Service>(bus: &dyn Bus, service: &str, request: S::Request) -> Result<Arc<S::Response>, String> {
    let (sender, answer) = channel();
    let on_response = move |sample| {
        // Whoever stopped waiting does not want it.
        let _ = sender.send(sample);
    };
    let request = Arc::new(request);
    bus.request(
        service,
        ServiceKind::of::<S>(),
        request,
        PATIENCE,
        Box::new(on_response),
    )
    .map_err(|error| error.to_string())?;
    let sample = answer.recv_timeout(PATIENCE).map_err(|error| match error {
        RecvTimeoutError::Timeout => format!("no answer within {PATIENCE:?}: does the driver run?"),
        RecvTimeoutError::Disconnected => "nobody answers: does the driver run?".to_owned(),
    })?;
    sample.downcast().map_err(|_| "an answer of another type".to_owned())
}
