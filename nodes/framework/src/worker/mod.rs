//! Threads of nodes: each owns a state, is asked to end, and gives the state back unless it panicked.
//!
//! ```
//! use sinew_node::worker::Builder;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let counter = Builder::new("counter").start(0_u64, |count, ending| {
//!     while !ending.is_asked() {
//!         *count += 1;
//!         std::thread::yield_now();
//!     }
//! })?;
//! let count = counter.end()?;
//! # let _ = count;
//! # Ok(())
//! # }
//! ```

use std::any::Any;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use sinew_control::realtime::{RealtimeParams, Urgent, enter_realtime};
use sinew_control::sync::lock;
use thiserror::Error;

use crate::node::EndsFirst;

/// How often a thread that nobody joins is looked after.
const LOOK: Duration = Duration::from_millis(1);

/// Asks one thread to end, wherever it waits.
#[derive(Default)]
pub struct Ending {
    asked: AtomicBool,
    over: AtomicBool,
    thread: Mutex<Option<Thread>>,
    on_ask: Option<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending")
            .field("asked", &self.asked)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}

impl Ending {
    /// Calls `on_ask` each time the thread is asked to end, after it can see that: for a thread that waits for
    /// something else than [`wait`](Self::wait) or `park`.
    pub fn calling(on_ask: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            on_ask: Some(Box::new(on_ask)),
            ..Self::default()
        }
    }

    /// Asks the thread to end, and wakes it where it is parked; does not wait for its end.
    pub fn ask(&self) {
        // In this order: whoever wakes the thread finds that it was asked.
        self.asked.store(true, Ordering::Release);
        if let Some(thread) = &*lock(&self.thread) {
            thread.unpark();
        }
        if let Some(on_ask) = &self.on_ask {
            on_ask();
        }
    }

    /// Whether the thread was asked to end.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// Waits for that long in the worker's own thread; true as soon as it was asked to end.
    pub fn wait(&self, time: Duration) -> bool {
        let began = Instant::now();
        while !self.is_asked() {
            match time.checked_sub(began.elapsed()).filter(|rest| !rest.is_zero()) {
                Some(rest) => std::thread::park_timeout(rest),
                None => return false,
            }
        }
        true
    }

    /// Waits until then in the worker's own thread; true as soon as it was asked to end.
    pub fn wait_until(&self, at: Instant) -> bool {
        self.wait(at.saturating_duration_since(Instant::now()))
    }
}

impl EndsFirst for Ending {
    fn end(&self) {
        self.ask();
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// A thread has panicked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the thread `{thread}` has panicked: {message}")]
pub struct Panicked {
    /// The thread's name.
    pub thread: String,
    /// What it said.
    pub message: String,
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    said.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

/// How a worker's thread is made.
#[derive(Debug)]
pub struct Builder {
    name: String,
    cores: Vec<usize>,
    priority: Option<i32>,
    ending: Arc<Ending>,
    patience: Option<Duration>,
}

impl Builder {
    /// A thread of that name, of which the system shows the first 15 bytes.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            cores: Vec::new(),
            priority: None,
            ending: Arc::new(Ending::default()),
            patience: None,
        }
    }

    /// Binds the thread, and those that it starts, to these cores; to none in particular where there are none. What
    /// the system refuses is logged.
    #[must_use]
    pub fn on_cores(mut self, cores: &[usize]) -> Self {
        self.cores = cores.to_vec();
        self
    }

    /// Gives the thread a FIFO priority where the system grants it.
    #[must_use]
    pub fn urgent(mut self, priority: i32) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Asks the thread to end through `ending`, of which each thread needs its own.
    #[must_use]
    pub fn ended_by(mut self, ending: Arc<Ending>) -> Self {
        self.ending = ending;
        self
    }

    /// Dropping the worker waits for the thread at most for that long, and then leaves it to itself.
    #[must_use]
    pub fn left_after(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Starts the thread, which does `work` on `state`; the state is lost where there is no thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start<T: Send + 'static>(
        self,
        state: T,
        work: impl FnOnce(&mut T, &Ending) + Send + 'static,
    ) -> io::Result<Worker<T>> {
        let Self {
            name,
            cores,
            priority,
            ending,
            patience,
        } = self;
        let own = ending.clone();
        let thread = std::thread::Builder::new().name(name.clone()).spawn(move || {
            // Declared first, so that it is dropped last: what waits for it may end the process.
            let _over = OverGuard(own.clone());
            let mut state = state;
            *lock(&own.thread) = Some(std::thread::current());
            stay_on(&cores);
            let _urgent = priority.map(Urgent::new);
            work(&mut state, &own);
            state
        })?;
        Ok(Worker {
            name,
            ending,
            patience,
            thread: Some(thread),
        })
    }
}

/// Says that a thread is over, however it ends.
struct OverGuard(Arc<Ending>);

impl Drop for OverGuard {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
    }
}

/// A thread that owns a `T`. Dropping it ends the thread and logs a panic.
#[derive(Debug)]
pub struct Worker<T> {
    name: String,
    ending: Arc<Ending>,
    patience: Option<Duration>,
    /// `None` only once the worker was ended, or left.
    thread: Option<JoinHandle<T>>,
}

impl<T> Worker<T> {
    /// What asks the thread to end.
    pub fn ending(&self) -> &Arc<Ending> {
        &self.ending
    }

    /// The thread, to wake it where it is parked.
    pub fn thread(&self) -> Option<&Thread> {
        self.thread.as_ref().map(JoinHandle::thread)
    }

    /// Whether the thread has ended, asked or by itself.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Asks the thread to end, waits until it has, and gives back its state.
    ///
    /// # Errors
    /// Where it has panicked: the state is lost.
    pub fn end(mut self) -> Result<T, Panicked> {
        self.ending.ask();
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|panic| self.panicked(&*panic)),
            // Nothing else takes the thread out of a worker that is not dropped.
            None => Err(self.panicked(&())),
        }
    }

    /// As [`end`](Self::end), with a panic in the log and no state.
    pub fn give_back(self) -> Option<T> {
        let ended = self.end();
        ended.inspect_err(|panicked| tracing::error!("{panicked}")).ok()
    }

    /// As [`give_back`](Self::give_back), of a thread that ends within `patience`; one that takes longer is left to end by
    /// itself, and its state is lost.
    pub fn give_back_within(mut self, patience: Duration) -> Option<T> {
        self.ending.ask();
        let began = Instant::now();
        while !self.has_ended() {
            if began.elapsed() >= patience {
                // Nobody joins it any more.
                self.thread = None;
                return None;
            }
            std::thread::sleep(LOOK);
        }
        self.give_back()
    }

    fn panicked(&self, panic: &(dyn Any + Send)) -> Panicked {
        Panicked {
            thread: self.name.clone(),
            message: panic_message(panic).to_owned(),
        }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.ending.ask();
        if let Some(patience) = self.patience {
            let began = Instant::now();
            while !thread.is_finished() && began.elapsed() < patience {
                std::thread::sleep(LOOK);
            }
            if !thread.is_finished() {
                return;
            }
        }
        if let Err(panic) = thread.join() {
            tracing::error!("{}", self.panicked(&*panic));
        }
    }
}

/// Binds the calling thread, and those that it starts, to these cores, where there are any.
pub fn stay_on(cores: &[usize]) {
    let nothing_else = RealtimeParams {
        priority: 0,
        lock_memory: false,
        low_latency: false,
        cores: cores.to_vec(),
    };
    for refused in enter_realtime(&nothing_else) {
        tracing::warn!("{refused}");
    }
}

#[cfg(test)]
mod tests;
