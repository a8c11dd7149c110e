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
    failure: Mutex<Failure>,
}

/// Why something is not recorded.
#[derive(Debug, Default)]
struct Failure {
    /// What could not be written last, and whether it can be written again.
    writing: Option<(String, bool)>,
    /// Topics whose type is not known.
    topics: Option<String>,
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

    /// Nothing can be written.
    pub(crate) fn failed(&self, error: &dyn std::error::Error) {
        let mut said = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            said += &format!(": {error}");
            cause = error.source();
        }
        let mut failure = lock(&self.failure);
        // What repeats itself is said once.
        if failure.writing.as_ref() != Some(&(said.clone(), false)) {
            tracing::error!("{said}: nothing is recorded until it can be written");
        }
        failure.writing = Some((said, false));
    }

    /// Something can be written, perhaps again.
    pub(crate) fn writes(&self) {
        if let Some((_, is_over)) = &mut lock(&self.failure).writing
            && !*is_over
        {
            *is_over = true;
            tracing::warn!(lost = self.losses(), "records again");
        }
    }

    /// These topics are not recorded, and why; none where all are.
    pub(crate) fn unknown(&self, topics: Option<String>) {
        lock(&self.failure).topics = topics;
    }

    /// Judges the recorder; `waiting` is how many bytes wait.
    pub(crate) fn judge(&self, waiting: usize) {
        self.waiting.set(waiting as f64);
        let losses = self.losses();
        let failure = lock(&self.failure);
        match (&failure.writing, &failure.topics) {
            (Some((said, false)), _) | (_, Some(said)) => self.part.judge(DiagnosticStatus::ERROR, said),
            (Some((said, true)), None) => {
                let said = format!("{losses} ticks and messages were lost, as {said}");
                self.part.judge(DiagnosticStatus::WARN, &said);
            }
            (None, None) if losses > 0 => {
                let said = format!("{losses} ticks and messages were lost: the disk is slower than what is recorded");
                self.part.judge(DiagnosticStatus::WARN, &said);
            }
            (None, None) => self.part.judge(DiagnosticStatus::OK, "records everything"),
        }
    }

    /// What was not recorded that should have been, but for what the disk was too slow for.
    pub(crate) fn outcome(&self) -> Result<(), String> {
        let losses = self.losses();
        let failure = lock(&self.failure);
        match (&failure.writing, &failure.topics) {
            (Some((said, _)), _) => Err(format!("{said}: {losses} ticks and messages are not recorded")),
            (None, Some(said)) => Err(said.clone()),
            (None, None) => Ok(()),
        }
    }
}
