//! The thread that ticks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use sinew_control::alloc::thread_allocations;
use sinew_control::gate::Stop;
use sinew_control::mailbox::Operator;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_control::tick::ControlLoop;
use sinew_node::node::{EndsFirst, ends_first};

/// How long the safe action is written before the thread ends, s.
const LAST_WORDS_SECS: f64 = 0.3;

/// What a control loop's thread shares with those who end it.
#[derive(Debug)]
struct Shared {
    operator: Operator,
    ending: AtomicBool,
    /// The loop has panicked: nobody told it to end.
    panicked: AtomicBool,
    over: AtomicBool,
    /// The stop that was latched when it was told to end, or when it panicked.
    stop: Mutex<Option<Stop>>,
}

impl EndsFirst for Shared {
    /// The robot goes into its safe action, then the thread ends.
    fn end(&self) {
        // In this order: the stop that this makes is not one that the robot was under before.
        self.ending.store(true, Ordering::Release);
        self.operator.stop();
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A control loop in a thread of its own. Dropping it brings the robot into its safe action first.
#[derive(Debug)]
pub(super) struct Ticking {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Ticking {
    pub(super) fn start(
        control: ControlLoop,
        operator: Operator,
        realtime: RealtimeParams,
        rate_hz: f64,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            operator,
            ending: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            over: AtomicBool::new(false),
            stop: Mutex::new(None),
        });
        ends_first(&shared);
        let told = shared.clone();
        let thread = std::thread::Builder::new().name("control".into()).spawn(move || {
            // Last of all: a thread that waits for this may end the process.
            let _over = Over(told.clone());
            for refused in enter_realtime(&realtime) {
                tracing::warn!("{refused}");
            }
            // The thread's first touch of its counter is not the tick's.
            thread_allocations();
            tick_until_told(control, &told, (LAST_WORDS_SECS * rate_hz).ceil() as u64);
        })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Whether the thread has ended by itself, which it never should.
    pub(super) fn has_died(&self) -> bool {
        let told = self.shared.ending.load(Ordering::Acquire) && !self.shared.panicked.load(Ordering::Acquire);
        !told && self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Whether it was told to end.
    pub(super) fn is_ending(&self) -> bool {
        self.shared.ending.load(Ordering::Acquire)
    }

    /// Brings the robot into its safe action and ends the thread; gives the stop that was latched before.
    pub(super) fn end(mut self) -> Option<Stop> {
        self.finish();
        *lock(&self.shared.stop)
    }

    fn finish(&mut self) {
        self.shared.end();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the control thread has panicked: what the drives do without commands is their own");
        }
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Ticks until it is told to end, then for as long as the safe action takes to be written.
fn tick_until_told(mut control: ControlLoop, told: &Shared, mut last_ticks: u64) {
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
            told.panicked.store(true, Ordering::Release);
            told.end();
        }
        if told.ending.load(Ordering::Acquire) {
            last_ticks -= 1;
        } else {
            stop = control.stop();
        }
    }
    *lock(&told.stop) = stop;
}

/// Says that a thread is over, however it ends.
struct Over(Arc<Shared>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
    }
}
