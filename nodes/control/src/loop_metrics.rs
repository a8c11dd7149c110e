//! What a control loop reports of its ticks and its gate.

use sinew_control::gate::{Check, VerdictCounts};
use sinew_control::tick::TickRecord;
use sinew_node::report::{Counter, Gauge, Histogram, Part, Unit};

/// The ticks of a control loop.
#[derive(Debug)]
pub(super) struct LoopMetrics {
    pub(super) rate_hz: Gauge,
    ticks: Counter,
    missed_deadlines: Counter,
    pub(super) lost_records: Counter,
    tick: Histogram,
    jitter: Histogram,
    inference: Histogram,
}

impl LoopMetrics {
    /// Registers them.
    pub(super) fn new(part: &Part) -> Self {
        Self {
            rate_hz: part.gauge("rate_hz", Unit::Hertz, 2, "Ticks per second."),
            ticks: part.counter("ticks", Unit::None, "Ticks executed."),
            missed_deadlines: part.counter(
                "missed_deadlines",
                Unit::None,
                "Deadlines that passed before their tick.",
            ),
            lost_records: part.counter("lost_records", Unit::None, "Ticks of which no record is left."),
            tick: part.histogram("tick", "The loop's own work in a tick."),
            jitter: part.histogram("jitter", "How long after its scheduled time a tick began."),
            inference: part.histogram("inference", "Time in the policy."),
        }
    }

    /// Counts one tick.
    pub(super) fn record(&self, record: &TickRecord) {
        self.ticks.add(1);
        self.missed_deadlines.add(record.missed);
        self.tick.record(record.tick_nanos);
        self.jitter.record(record.jitter_nanos);
        if let Some(nanos) = record.inference_nanos {
            self.inference.record(nanos);
        }
    }
}

/// How often each check of the gate has spoken.
#[derive(Debug)]
pub(super) struct VerdictMetrics([Counter; Check::ALL.len()]);

impl VerdictMetrics {
    /// Registers them.
    pub(super) fn new(part: &Part) -> Self {
        let help = "How often this check of the safety gate has spoken.";
        Self(Check::ALL.map(|check| part.rare_counter(format!("verdicts.{}", check.name()), Unit::None, help)))
    }

    /// Takes over the gate's own counts.
    pub(super) fn update(&self, counts: &VerdictCounts) {
        for (check, counter) in Check::ALL.into_iter().zip(&self.0) {
            counter.raise_to(counts.get(check));
        }
    }
}
