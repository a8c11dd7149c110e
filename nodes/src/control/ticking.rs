//! The thread that ticks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use sinew_control::alloc::thread_allocations;
use sinew_control::mailbox::Operator;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_control::tick::ControlLoop;

/// How long the safe action is written before the thread ends, s.
const LAST_WORDS_SECS: f64 = 0.3;

/// A control loop in a thread of its own. Dropping it brings the robot into its safe action first.
#[derive(Debug)]
pub(super) struct Ticking {
    operator: Operator,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticking {
    pub(super) fn start(
        mut control: ControlLoop,
        operator: Operator,
        realtime: RealtimeParams,
        rate_hz: f64,
    ) -> std::io::Result<Self> {
        let ending = Arc::new(AtomicBool::new(false));
        let ends = ending.clone();
        let thread = std::thread::Builder::new().name("control".into()).spawn(move || {
            for refused in enter_realtime(&realtime) {
                tracing::warn!("{refused}");
            }
            // The thread's first touch of its counter is not the tick's.
            thread_allocations();
            control.begin();
            let mut last_ticks = (LAST_WORDS_SECS * rate_hz).ceil() as u64;
            while last_ticks > 0 {
                control.tick();
                if ends.load(Ordering::Acquire) {
                    last_ticks -= 1;
                }
            }
        })?;
        Ok(Self {
            operator,
            ending,
            thread: Some(thread),
        })
    }

    /// Whether the thread has ended by itself, which it never should.
    pub(super) fn has_died(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.operator.stop();
        self.ending.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the control thread has panicked: the drives damp by themselves");
        }
    }
}
