//! The thread that ticks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sinew_control::alloc::thread_allocations;
use sinew_control::gate::Stop;
use sinew_control::mailbox::Operator;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_control::tick::ControlLoop;
use sinew_node::node::ends_first;
use sinew_node::worker::{Builder, Ending, Worker};

/// How long the safe action is written before the thread ends, s.
const LAST_ACTION_SECS: f64 = 0.3;

/// A control loop in a thread of its own. Dropping it brings the robot into its safe action first.
#[derive(Debug)]
pub(super) struct ControlWorker {
    /// Its state is the stop that was latched when it was asked to end, or when it panicked. The loop itself stays in
    /// the thread, so that the robot's last command is sent before the thread counts as over.
    worker: Worker<Option<Stop>>,
    /// The loop has panicked: nobody asked it to end.
    panicked: Arc<AtomicBool>,
}

impl ControlWorker {
    /// Begins to tick.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(super) fn start(
        mut control: ControlLoop,
        operator: Operator,
        realtime: RealtimeParams,
        rate_hz: f64,
    ) -> std::io::Result<Self> {
        // The request to end can be seen before the operator stops the robot: the stop that this makes is not one that
        // the robot was under before.
        let ending = Arc::new(Ending::calling(move || operator.stop()));
        ends_first(&ending);
        let panicked = Arc::new(AtomicBool::new(false));
        let told = panicked.clone();
        let worker = Builder::new("control")
            .ended_by(ending)
            .start(None, move |stop, ending| {
                for refused in enter_realtime(&realtime) {
                    tracing::warn!("{refused}");
                }
                // The thread's first touch of its counter is not the tick's.
                thread_allocations();
                let last_ticks = (LAST_ACTION_SECS * rate_hz).ceil() as u64;
                *stop = tick_until_asked(&mut control, ending, &told, last_ticks);
            })?;
        Ok(Self { worker, panicked })
    }

    /// Whether the thread has ended by itself, which it never should.
    pub(super) fn has_died(&self) -> bool {
        let asked = self.is_ending() && !self.panicked.load(Ordering::Acquire);
        !asked && self.worker.has_ended()
    }

    /// Whether it was asked to end.
    pub(super) fn is_ending(&self) -> bool {
        self.worker.ending().is_asked()
    }

    /// Brings the robot into its safe action and ends the thread; gives the stop that was latched before.
    pub(super) fn end(self) -> Option<Stop> {
        match self.worker.end() {
            Ok(stop) => stop,
            Err(panicked) => {
                tracing::error!("{panicked}; what the drives do without commands is their own");
                None
            }
        }
    }
}

/// Ticks until the thread is asked to end, then for as long as the safe action takes to be written; gives the stop
/// that was latched before.
fn tick_until_asked(
    control: &mut ControlLoop,
    ending: &Ending,
    has_panicked: &AtomicBool,
    mut last_ticks: u64,
) -> Option<Stop> {
    control.begin();
    let mut stop = None;
    let mut panicked = false;
    while last_ticks > 0 {
        let ticked = catch_unwind(AssertUnwindSafe(|| control.tick()));
        if ticked.is_err() {
            // Once it may still get to its safe action; not if that panics, too.
            if panicked {
                break;
            }
            panicked = true;
            has_panicked.store(true, Ordering::Release);
            ending.ask();
        }
        if ending.is_asked() {
            last_ticks -= 1;
        } else {
            stop = control.stop();
        }
    }
    stop
}
