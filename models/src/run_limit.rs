//! An end for runs that do not come to one: what a model computes may depend on what it is shown, and then no trial of it
//! beforehand says how long a run can take.
//!
//! A thread beside looks at the model's runs. It counts its own looks at one run, and not the time: of a process that was
//! held up, no run takes long.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sinew_control::sync::lock;

/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(50);
const STACK_BYTES: usize = 64 << 10;

/// Ends a run, from another thread.
type Terminate = Box<dyn Fn() + Send>;

struct Shared {
    /// Odd while a run goes on.
    runs: AtomicU64,
    has_ended: AtomicBool,
    /// None once there is nothing left that could be ended.
    terminate: Mutex<Option<Terminate>>,
}

/// A limit for the runs of one model. The run that goes over it is ended, and so is each after it: what has hung once is
/// not asked again.
pub(crate) struct RunLimit(Arc<Shared>);

impl RunLimit {
    /// Looks at runs from now on, which `terminate` ends. It is not called any more once this is dropped.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(limit: Duration, terminate: impl Fn() + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            runs: AtomicU64::new(0),
            has_ended: AtomicBool::new(false),
            terminate: Mutex::new(Some(Box::new(terminate))),
        });
        let watched = shared.clone();
        thread::Builder::new()
            .name("run limit".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || watched.watch(limit))?;
        Ok(Self(shared))
    }

    /// Does `run`, which is ended where it takes too long.
    pub(crate) fn during<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.runs.fetch_add(1, Ordering::AcqRel);
        let outcome = run();
        self.0.runs.fetch_add(1, Ordering::AcqRel);
        outcome
    }

    /// Whether a run was ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::Acquire)
    }
}

impl Drop for RunLimit {
    fn drop(&mut self) {
        *lock(&self.0.terminate) = None;
    }
}

impl Shared {
    fn watch(&self, limit: Duration) {
        let most = limit.as_nanos().div_ceil(LOOK.as_nanos());
        let (mut seen, mut looks) = (0, 0);
        loop {
            thread::sleep(LOOK);
            let runs = self.runs.load(Ordering::Acquire);
            looks = if runs == seen { looks + 1 } else { 0 };
            seen = runs;
            let terminate = lock(&self.terminate);
            let Some(terminate) = &*terminate else { return };
            if runs % 2 == 1 && looks > most {
                self.has_ended.store(true, Ordering::Release);
                terminate();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_run_that_takes_too_long_is_ended_and_the_time_between_runs_does_not_count() {
        let (send, ended) = mpsc::channel();
        let limit = RunLimit::start(Duration::from_millis(300), move || send.send(()).unwrap()).unwrap();
        thread::sleep(Duration::from_millis(900));
        for _ in 0..20 {
            limit.during(|| thread::sleep(Duration::from_millis(30)));
        }
        assert!(!limit.has_ended());
        limit.during(|| ended.recv_timeout(Duration::from_secs(60)).unwrap());
        assert!(limit.has_ended());
    }
}
