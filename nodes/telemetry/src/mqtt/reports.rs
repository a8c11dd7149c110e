use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::report::{Counter, Gauge, Part, Registry, Text, Unit};

use crate::spool::{Class, Opened, Spool};

/// What the spool does, for whoever reads reports.
#[derive(Debug, Clone)]
pub struct SpoolReport {
    part: Part,
    messages: Gauge,
    bytes: Gauge,
    dropped: [Counter; Class::ALL.len()],
    damaged: Counter,
    refused: Counter,
    write_errors: Counter,
    overflowed: Counter,
}

impl SpoolReport {
    /// Of the spool in a folder.
    pub fn new(registry: &Registry, folder: &str) -> Self {
        let part = registry.part("spool", folder);
        Self {
            messages: part.gauge(
                "spool_messages",
                Unit::None,
                0,
                "Messages that wait for their acknowledgement.",
            ),
            bytes: part.gauge("spool_bytes", Unit::None, 0, "Their bytes."),
            dropped: Class::ALL.map(|class| {
                let help = "Messages of this class that gave way to a quota or a full disk.";
                part.counter(format!("dropped.{class}"), Unit::None, help)
            }),
            damaged: part.rare_counter("damaged", Unit::None, "Messages that could not be read back."),
            refused: part.rare_counter("refused", Unit::None, "Messages that were moved aside."),
            write_errors: part.rare_counter("write_errors", Unit::None, "How often the disk has refused a write."),
            overflowed: part.rare_counter(
                "overflowed",
                Unit::None,
                "Messages that came faster than the disk takes them, and are lost.",
            ),
            part,
        }
    }

    /// Says what was found when the spool was opened.
    pub fn opened(&self, opened: &Opened) {
        self.part.judge(DiagnosticStatus::OK, "open");
        if !opened.damage.is_empty() {
            let damage = opened.damage.join("; ");
            self.part
                .fact("damage", &damage, "What was damaged when the spool was opened.");
            self.part
                .judge(DiagnosticStatus::WARN, format!("damaged when it was opened: {damage}"));
        }
    }

    /// Counts a message that found no place on its way to the spool.
    pub fn count_overflow(&self) {
        self.overflowed.add(1);
    }

    pub(super) fn failed(&self, message: String) {
        self.write_errors.add(1);
        self.part.judge(DiagnosticStatus::ERROR, message);
    }

    pub(super) fn update(&self, spool: &Spool) {
        let counts = Class::ALL.map(|class| spool.counts(class));
        self.messages
            .set(counts.iter().map(|count| count.messages).sum::<u64>() as f64);
        self.bytes
            .set(counts.iter().map(|count| count.bytes).sum::<u64>() as f64);
        for (counter, count) in self.dropped.iter().zip(&counts) {
            counter.raise_to(count.dropped);
        }
        self.damaged.raise_to(counts.iter().map(|count| count.damaged).sum());
        self.refused.raise_to(counts.iter().map(|count| count.refused).sum());
    }
}

/// How it stands with the broker.
#[derive(Debug, Clone)]
pub struct BrokerReport {
    part: Part,
    state: Text,
    pub(super) sent: Counter,
    pub(super) acknowledged: Counter,
    pub(super) losses: Counter,
    pub(super) refusals: Counter,
}

impl BrokerReport {
    /// Of the broker at an address.
    pub fn new(registry: &Registry, address: &str) -> Self {
        let part = registry.part("broker", address);
        let report = Self {
            state: part.text("state", "Whether there is a connection."),
            sent: part.counter("sent", Unit::None, "Messages sent, again as well."),
            acknowledged: part.counter("acknowledged", Unit::None, "Messages that the broker has acknowledged."),
            losses: part.counter(
                "losses",
                Unit::None,
                "How often a connection was lost, or did not come about.",
            ),
            refusals: part.rare_counter("refusals", Unit::None, "How often the broker did not take a message."),
            part,
        };
        report.say(
            DiagnosticStatus::OK,
            "connecting",
            "connects for the first time".to_owned(),
        );
        report
    }

    /// Whether the last word was that it is connected.
    pub fn is_connected(&self) -> bool {
        self.state.get().as_deref() == Some("connected")
    }

    pub(super) fn connected(&self) {
        self.say(DiagnosticStatus::OK, "connected", "connected".to_owned());
    }

    pub(super) fn lost(&self, reason: &str) {
        self.losses.add(1);
        self.say(DiagnosticStatus::WARN, "lost", format!("not connected: {reason}"));
    }

    fn say(&self, level: u8, state: &str, message: String) {
        self.state.set(state.to_owned());
        self.part.judge(level, message);
    }
}
