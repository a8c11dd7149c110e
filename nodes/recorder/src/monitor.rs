//! What the recorder reports.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::report::{Counter, Gauge, Part, Registry, Unit};
use sinew_node::sync::lock;

use crate::queue::Heard;

/// Counts that the recorder's threads keep.
#[derive(Debug)]
pub(crate) struct Monitor {
    part: Part,
    ticks: Counter,
    messages: Counter,
    bytes: Counter,
    events: Counter,
    lost: Counter,
    waiting: Gauge,
    losses: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Monitor {
    pub(crate) fn new(registry: &Registry, folder: &str) -> Self {
        let part = registry.part("recorder", folder);
        Self {
            ticks: part.counter("ticks", Unit::None, "Ticks of the control loop that were written."),
            messages: part.counter("messages", Unit::None, "Messages of other topics that were written."),
            bytes: part.counter(
                "bytes",
                Unit::None,
                "Bytes of messages that were written, before compression.",
            ),
            events: part.counter("events", Unit::None, "Events for which the black box was written."),
            lost: part.counter("lost", Unit::None, "Ticks and messages that could not be recorded."),
            waiting: part.gauge("waiting_bytes", Unit::None, 0, "Bytes that wait for the disk."),
            losses: AtomicU64::new(0),
            failure: Mutex::default(),
            part,
        }
    }

    pub(crate) fn written(&self, heard: &Heard) {
        let counter = if heard.topic == 0 { &self.ticks } else { &self.messages };
        counter.add(1);
        self.bytes.add(heard.bytes.len() as u64);
    }

    pub(crate) fn event(&self) {
        self.events.add(1);
    }

    /// What was heard, and not written, since nothing can be.
    pub(crate) fn unwritten(&self, messages: u64) {
        self.losses.fetch_add(messages, Ordering::Relaxed);
        self.lost.add(messages);
    }

    /// All that was lost.
    pub(crate) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    pub(crate) fn failed(&self, error: &dyn std::error::Error) {
        let mut said = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            said += &format!(": {error}");
            cause = error.source();
        }
        tracing::error!("{said}");
        *lock(&self.failure) = Some(said);
    }

    /// Judges the recorder; `waiting` is how many bytes wait.
    pub(crate) fn judge(&self, waiting: usize) {
        self.waiting.set(waiting as f64);
        let losses = self.losses();
        match (&*lock(&self.failure), losses) {
            (Some(failure), _) => self.part.judge(DiagnosticStatus::ERROR, failure),
            (None, 0) => self.part.judge(DiagnosticStatus::OK, "records everything"),
            (None, losses) => {
                let said = format!("{losses} ticks and messages were lost: the disk is slower than what is recorded");
                self.part.judge(DiagnosticStatus::WARN, &said);
            }
        }
    }
}
