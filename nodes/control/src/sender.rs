//! The thread that sends joint commands: a tick never waits for the middleware.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sinew_control::clock::monotonic_nanos;
use sinew_control::exchange::{Giver, Taker, exchange};
use sinew_control::gate::{JointLimits, SafetyParams};
use sinew_control::io::IoError;
use sinew_control::robot::RobotDescription;

use super::outgoing::{Bounds, Outgoing};
use super::output::CommandOutput;
use super::safe_stop::SafeStop;
use sinew_node::bus::BusError;
use sinew_node::node::{MESSAGES_PRIORITY, NodeTime};
use sinew_node::worker::{Builder, Ending, Worker};

/// How often a silent control loop is looked after.
const LOOK: Duration = Duration::from_millis(20);
/// How long the last command may take to go out.
const LAST_COMMAND: Duration = Duration::from_millis(300);

#[derive(Debug)]
struct Shared {
    /// The tick's thread has panicked.
    abandoned: AtomicBool,
    /// Commands in a row that could not be sent.
    failed: AtomicU64,
    /// Since when the thread has been busy with a command, on the monotonic clock, ns; 0 while it is not.
    busy_since_nanos: AtomicU64,
    first_bounds: Bounds,
    bounds: OnceLock<Bounds>,
    safe_stop: OnceLock<Arc<SafeStop>>,
}

impl Shared {
    fn bounds(&self) -> &Bounds {
        self.bounds.get().unwrap_or(&self.first_bounds)
    }

    /// Whether commands get through. A thread that is busy with one of them for `safety.overrun_secs` is stuck.
    fn is_good(&self) -> bool {
        let busy_since = self.busy_since_nanos.load(Ordering::Relaxed);
        let busy_nanos = monotonic_nanos().saturating_sub(busy_since);
        let stuck = busy_since != 0 && busy_nanos > self.bounds().silence_nanos;
        !stuck && self.failed.load(Ordering::Relaxed) == 0
    }
}

/// The tick's end of it. Dropping it sends what waits, and takes torques back.
#[derive(Debug)]
pub(super) struct Sender {
    /// First, so that what is given is there until the thread has ended.
    worker: Worker<()>,
    commands: Giver<Outgoing>,
    shared: Arc<Shared>,
}

impl Sender {
    pub(super) fn start(robot: &RobotDescription, output: CommandOutput, time: &NodeTime) -> Result<Self, BusError> {
        let (commands, taker) = exchange(&Outgoing::zeros(robot.dof()));
        let shared = Arc::new(Shared {
            abandoned: AtomicBool::new(false),
            failed: AtomicU64::new(0),
            busy_since_nanos: AtomicU64::new(0),
            first_bounds: Bounds::of(robot),
            bounds: OnceLock::new(),
            safe_stop: OnceLock::new(),
        });
        let (sending, time) = (shared.clone(), time.clone());
        // Time for the last command to go out; not for one that never does.
        let worker = Builder::new("joint-command")
            .urgent(MESSAGES_PRIORITY)
            .left_after(LAST_COMMAND)
            .start((), move |(), ending| send(taker, output, ending, &sending, &time))
            .map_err(|error| BusError::Middleware {
                name: "joint commands".to_owned(),
                message: format!("no thread to send them: {error}"),
            })?;
        Ok(Self {
            commands,
            shared,
            worker,
        })
    }

    /// What the gate holds commands to; the first that is told counts.
    pub(super) fn bound_by(&self, limits: &[JointLimits], params: &SafetyParams) {
        let _ = self.shared.bounds.set(Bounds::new(limits, params));
    }

    /// What is asked to stop the robot when the control loop falls silent.
    pub(super) fn set_safe_stop(&self, safe_stop: Arc<SafeStop>) {
        let _ = self.shared.safe_stop.set(safe_stop);
    }

    /// Hands a command on; tells whether those before could be sent.
    pub(super) fn give(&mut self, fill: impl FnOnce(&mut Outgoing)) -> Result<(), IoError> {
        self.commands.give(fill);
        if let Some(thread) = self.worker.thread() {
            thread.unpark();
        }
        if self.shared.is_good() {
            Ok(())
        } else {
            Err(IoError::WriteFailed)
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // Before the worker, which is dropped next, asks its thread to end.
        let abandoned = std::thread::panicking();
        self.shared.abandoned.store(abandoned, Ordering::Relaxed);
    }
}

fn send(mut commands: Taker<Outgoing>, mut output: CommandOutput, ending: &Ending, shared: &Shared, time: &NodeTime) {
    let mut watch = SilenceWatch::default();
    loop {
        let closed = ending.is_asked();
        // Of before the look: what was given until then is seen by it.
        let now_nanos = time.loop_nanos();
        if commands.take() {
            let outgoing = commands.newest();
            shared.busy_since_nanos.store(monotonic_nanos(), Ordering::Relaxed);
            let sent = output.send(outgoing, time.loop_nanos(), shared.bounds());
            shared.busy_since_nanos.store(0, Ordering::Relaxed);
            note(sent, shared);
            watch.heard(time.loop_nanos(), output.has_sent() && !outgoing.released);
        } else if closed {
            let last = if shared.abandoned.load(Ordering::Relaxed) {
                abandon(&mut output, shared)
            } else {
                output.end()
            };
            note(last, shared);
            return;
        } else if !watch.is_on() {
            std::thread::park();
        } else {
            if let Some(silent_nanos) = watch.silence(now_nanos, shared.bounds().silence_nanos) {
                if !std::mem::replace(&mut watch.said, true) {
                    tracing::error!(
                        "joint commands: none from the control loop for {:.3} s; the drives are damped where \
                         that can be",
                        silent_nanos as f64 * 1e-9
                    );
                }
                note(abandon(&mut output, shared), shared);
            }
            std::thread::park_timeout(LOOK);
        }
    }
}

/// The control loop is dead, or hangs.
fn abandon(output: &mut CommandOutput, shared: &Shared) -> Result<(), BusError> {
    if let Some(safe_stop) = shared.safe_stop.get() {
        safe_stop.ask();
    }
    output.damp(shared.bounds())
}

fn note(outcome: Result<(), BusError>, shared: &Shared) {
    match outcome {
        Ok(()) => shared.failed.store(0, Ordering::Relaxed),
        Err(error) => {
            if shared.failed.fetch_add(1, Ordering::Relaxed) == 0 {
                tracing::error!("joint commands: {error}");
            }
        }
    }
}

/// How long the control loop has given nothing, once it has begun to.
#[derive(Debug, Default)]
struct SilenceWatch {
    heard_nanos: Option<u64>,
    said: bool,
}

impl SilenceWatch {
    fn heard(&mut self, now_nanos: u64, on: bool) {
        self.heard_nanos = on.then_some(now_nanos);
        self.said = false;
    }

    fn is_on(&self) -> bool {
        self.heard_nanos.is_some()
    }

    /// For how long, where that is longer than `limit_nanos`.
    fn silence(&self, now_nanos: u64, limit_nanos: u64) -> Option<u64> {
        let silent = now_nanos.saturating_sub(self.heard_nanos?);
        (silent > limit_nanos).then_some(silent)
    }
}
