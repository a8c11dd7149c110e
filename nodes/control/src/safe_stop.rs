//! The driver's own stop, a service that is called until it is answered with success.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest, TriggerResponse};

use sinew_node::bus::{Bus, BusError, ServiceKind};
use sinew_node::sync::lock;
use sinew_node::worker::{Builder, Ending, Worker};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// From one try to the next.
const RETRY: Duration = Duration::from_millis(200);
/// How long it is tried on after the robot's owner has gone.
const LAST_TRIES: Duration = Duration::from_secs(1);

/// Asks for the driver's stop: from a tick, too, for nothing here waits.
#[derive(Debug)]
pub(super) struct SafeStop {
    service: String,
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
            return (false, format!("{service}: has stopped the robot"));
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
    /// For the `std_srvs/Trigger` service of that name.
    pub(super) fn start(bus: Arc<dyn Bus>, service: &str) -> Result<Self, BusError> {
        let stop = Arc::new(SafeStop {
            service: service.to_owned(),
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
    loop {
        let is_ending = ending.is_asked();
        let asked = stop.asked.load(Ordering::Acquire);
        if asked == 0 || stop.done.load(Ordering::Relaxed) == asked {
            if is_ending {
                return;
            }
            std::thread::park();
            continue;
        }
        let tried = Instant::now();
        let outcome = call(bus, &stop.service);
        let mut trouble = lock(&stop.trouble);
        match outcome {
            Ok(said) => {
                tracing::warn!("{}: the driver has stopped the robot: {said}", stop.service);
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

/// Asks once; gives what the driver says.
fn call(bus: &dyn Bus, service: &str) -> Result<String, String> {
    let (sender, answer) = channel();
    let on_response = move |sample| {
        // Whoever stopped waiting does not want it.
        let _ = sender.send(sample);
    };
    let request = Arc::new(TriggerRequest::default());
    bus.request(
        service,
        ServiceKind::of::<Trigger>(),
        request,
        PATIENCE,
        Box::new(on_response),
    )
    .map_err(|error| error.to_string())?;
    let sample = answer.recv_timeout(PATIENCE).map_err(|error| match error {
        RecvTimeoutError::Timeout => format!("no answer within {PATIENCE:?}: does the driver run?"),
        RecvTimeoutError::Disconnected => "nobody answers: does the driver run?".to_owned(),
    })?;
    let response = sample
        .downcast::<TriggerResponse>()
        .map_err(|_| "an answer of another type".to_owned())?;
    if response.success {
        Ok(response.message.clone())
    } else {
        Err(format!("refused: {}", response.message))
    }
}
