//! What a control loop reports of its ticks and its gate: the node from the records of its ticks, a run from what the
//! loop itself has counted.

use sinew_control::gate::{Check, VerdictCounts};
use sinew_control::record::TickRecord;
use sinew_control::tick::ControlLoop;
use sinew_node::report::{Counter, Gauge, Histogram, Part, Registry, Unit};

/// The ticks of a control loop.
#[derive(Debug)]
pub struct LoopMetrics {
    /// Ticks per second.
    pub rate_hz: Gauge,
    /// Ticks executed.
    pub ticks: Counter,
    /// Deadlines that passed before their tick was done.
    pub missed_deadlines: Counter,
    /// Ticks of which no record is left.
    pub lost_records: Counter,
    /// The loop's own work in a tick: from the end of the read to the end of the write.
    pub tick: Histogram,
    /// How long after its scheduled time a tick began.
    pub jitter: Histogram,
    /// From the end of reading to the policy's answer.
    pub inference: Histogram,
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
            inference: part.histogram("inference", "From the end of reading to the policy's answer."),
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

/// What the loop of a run has counted since it was made.
#[derive(Debug)]
pub struct RunMetrics {
    /// Its ticks.
    pub ticks: LoopMetrics,
    /// Inferences that came after their budget.
    pub late_inferences: Counter,
    /// Rust allocations within ticks.
    pub rust_allocations: Counter,
    /// Reading the robot; in simulation that is the physics.
    pub read: Histogram,
}

impl RunMetrics {
    /// Registers them, with what `control`, which commands `robot`, has counted so far.
    pub fn of(control: &ControlLoop, robot: &str, registry: &Registry) -> Self {
        let part = registry.part("loop", robot);
        let metrics = Self {
            ticks: LoopMetrics::new(&part),
            late_inferences: part.counter(
                "late_inferences",
                Unit::None,
                "Inferences that came after their budget.",
            ),
            rust_allocations: part.counter("rust_allocations", Unit::None, "Rust allocations within ticks."),
            read: part.histogram("read", "Reading the robot; in simulation that is the physics."),
        };
        let stats = control.stats();
        metrics.ticks.ticks.raise_to(stats.ticks);
        metrics.ticks.missed_deadlines.raise_to(stats.missed_deadlines);
        metrics.ticks.tick.replace(&stats.tick);
        metrics.ticks.jitter.replace(&stats.jitter);
        metrics.ticks.inference.replace(&stats.inference);
        metrics.late_inferences.raise_to(stats.late_inferences);
        metrics.rust_allocations.raise_to(stats.rust_allocations);
        metrics.read.replace(&stats.read);
        metrics
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
