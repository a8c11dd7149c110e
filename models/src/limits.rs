//! What loading a model may take of time and memory: the file says what is computed, so nothing else bounds it.
//!
//! The runtime's memory for tensors has an end (`limit_memory` in `ffi.rs`), and so have constants that it computes
//! beforehand. What is left, time and memory of other kinds, is watched from outside: a model is loaded and first run
//! in a thread of its own, which is told to stop when it has had enough, and left alone where it does not.

use sinew_control::sync::lock;
use std::env;
use std::fs;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that making a session may take on the CPU, and again the first runs of a network that is no policy.
pub const MAX_LOAD: Duration = Duration::from_secs(30);
/// Longest that all the runs may take with which a policy is tried: it is to answer many times a second.
pub const MAX_POLICY_TRIAL: Duration = Duration::from_secs(8);
/// Environment variable for the memory that the models of a process may take together, MiB.
pub const MEMORY_VARIABLE: &str = "SINEW_MODEL_MEMORY_MIB";
/// What they may take without it.
pub const DEFAULT_MEMORY_MIB: u64 = 2048;
/// Largest constant that the runtime computes when it loads, bytes; larger ones it computes in every run.
pub(crate) const MAX_FOLDED: u64 = 256 << 20;

/// Parsing a model takes memory beside its tensors: at most so many times the file.
const PARSED_PER_BYTE: u64 = 4;
/// How often the clock and the memory are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a thread that is told to stop is waited for.
const GRACE: Duration = Duration::from_secs(1);
const STACK_BYTES: usize = 8 << 20;

/// Bytes that the models of this process may take, or what is wrong with the variable.
pub(crate) fn memory() -> Result<u64, String> {
    match env::var(MEMORY_VARIABLE) {
        Err(env::VarError::NotPresent) => Ok(DEFAULT_MEMORY_MIB << 20),
        Err(error) => Err(error.to_string()),
        Ok(text) => match text.trim().parse::<u64>() {
            Ok(mib) if (64..=1 << 20).contains(&mib) => Ok(mib << 20),
            _ => Err(text),
        },
    }
}

/// What one step of loading may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    time: Duration,
    memory: u64,
}

impl Budget {
    #[cfg(test)]
    pub(crate) fn of(time: Duration) -> Self {
        Self { time, memory: u64::MAX }
    }

    /// For a file of so many bytes, whose tensors may take `memory`.
    pub(crate) fn new(time: Duration, memory: u64, file_bytes: usize) -> Self {
        Self {
            time,
            memory: memory.saturating_add(PARSED_PER_BYTE.saturating_mul(file_bytes as u64)),
        }
    }
}

/// How work in another thread is told to stop. It stays told: what is begun afterwards is stopped at once.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_told: bool,
    action: Option<Box<dyn Fn() + Send>>,
}

impl Stop {
    /// Does `work`, which `action` stops.
    pub(crate) fn during<T>(&self, action: impl Fn() + Send + 'static, work: impl FnOnce() -> T) -> T {
        struct Clear<'s>(&'s Stop);
        impl Drop for Clear<'_> {
            fn drop(&mut self) {
                self.0.state().action = None;
            }
        }
        {
            let mut state = self.state();
            if state.is_told {
                action();
            }
            state.action = Some(Box::new(action));
        }
        let _clear = Clear(self);
        work()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    fn now(&self) {
        let mut state = self.state();
        state.is_told = true;
        if let Some(action) = &state.action {
            action();
        }
    }
}

/// Does `work` in a thread of its own.
///
/// # Errors
/// Which limit it went over. The thread is then told to stop; where it is deep in one operator it goes on until that
/// ends, and nobody waits for it.
pub(crate) fn within<T: Send + 'static>(
    budget: Budget,
    what: &str,
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Result<T, String> {
    let stop = Stop::default();
    let (send, receive) = mpsc::sync_channel(1);
    let before = resident_bytes();
    let start = Instant::now();
    let stopped = stop.clone();
    let worker = thread::Builder::new()
        .name("model".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // Nobody receives what comes too late.
            let _ = send.send(work(&stopped));
        })
        .map_err(|error| format!("no thread for {what}: {error}"))?;
    let excess = loop {
        match receive.recv_timeout(LOOK) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => return Err(format!("{what} gave nothing")),
            },
            Err(RecvTimeoutError::Timeout) => {}
        }
        if start.elapsed() > budget.time {
            break format!("{what} takes longer than {} s, the limit", budget.time.as_secs());
        }
        if resident_bytes().saturating_sub(before) > budget.memory {
            break format!(
                "{what} takes more than {} MiB of memory, the limit{}",
                budget.memory >> 20,
                raised()
            );
        }
    };
    stop.now();
    // Whatever it gives now is dropped: it may be what was left when it was stopped.
    let _ = receive.recv_timeout(GRACE);
    Err(excess)
}

/// How the limit of memory is raised.
fn raised() -> String {
    format!(" ({MEMORY_VARIABLE} raises it)")
}

/// The runtime's words, and what they mean where its memory for tensors is at an end.
pub(crate) fn explained(reason: String) -> String {
    // From BFCArena::AllocateRawInternal.
    if reason.contains("Available memory of ") && reason.contains("is smaller than requested bytes") {
        let mib = memory().unwrap_or(DEFAULT_MEMORY_MIB << 20) >> 20;
        format!(
            "its tensors take more than {mib} MiB of memory, the limit of a process{}: {reason}",
            raised()
        )
    } else {
        reason
    }
}

/// What this process holds of the machine's memory; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn work_within_its_budget_is_what_it_gives() {
        assert_eq!(within(Budget::new(MAX_LOAD, 1 << 30, 0), "loading", |_| 7), Ok(7));
    }

    #[test]
    fn what_takes_too_long_is_stopped_and_not_waited_for() {
        let budget = Budget::of(Duration::from_millis(50));
        let told = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&told);
        let error = within(budget, "loading", move |stop| {
            let stopped = Arc::new(AtomicBool::new(false));
            let action = Arc::clone(&stopped);
            stop.during(
                move || action.store(true, Ordering::SeqCst),
                || {
                    while !stopped.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_millis(1));
                    }
                },
            );
            tell.store(true, Ordering::SeqCst);
        });
        assert_eq!(error.unwrap_err(), "loading takes longer than 0 s, the limit");
        assert!(told.load(Ordering::SeqCst));
        let start = Instant::now();
        within(budget, "loading", |_| thread::sleep(Duration::from_secs(60))).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn what_takes_too_much_memory_is_refused() {
        let budget = Budget {
            time: Duration::from_secs(600),
            memory: 64 << 20,
        };
        let error = within(budget, "loading", |_| {
            let held = std::hint::black_box(vec![1_u8; 512 << 20]);
            thread::sleep(Duration::from_millis(500));
            held.len()
        });
        assert!(error.unwrap_err().contains("more than 64 MiB of memory"));
    }

    #[test]
    #[should_panic(expected = "as it was")]
    fn a_panic_is_handed_on() {
        let _ = within(Budget::new(MAX_LOAD, 1 << 30, 0), "loading", |_| panic!("as it was"));
    }
}
