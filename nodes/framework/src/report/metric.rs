//! The kinds of metrics, and the handles through which their values change.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use sinew_control::sync::lock;
use sinew_control::timing::Durations;

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A count, a share, or a text.
    None,
    /// Per second.
    Hertz,
    /// Seconds.
    Seconds,
    /// Microseconds.
    Microseconds,
    /// Watts.
    Watts,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::Hertz => "Hz",
            Self::Seconds => "s",
            Self::Microseconds => "µs",
            Self::Watts => "W",
        })
    }
}

/// A count that only grows.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Takes over a total that is counted elsewhere; one that is lower than what is known changes nothing.
    pub fn raise_to(&self, total: u64) {
        self.0.fetch_max(total, Ordering::Relaxed);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down, or is not known.
#[derive(Debug, Clone)]
pub struct Gauge(Arc<AtomicU64>);

impl Default for Gauge {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(f64::NAN.to_bits())))
    }
}

impl Gauge {
    /// Sets the value; NaN and infinite ones are not known.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// The value, where it is known.
    pub fn get(&self) -> Option<f64> {
        Some(f64::from_bits(self.0.load(Ordering::Relaxed))).filter(|value| value.is_finite())
    }
}

/// A state in words, or none.
#[derive(Debug, Clone, Default)]
pub struct Text(Arc<Mutex<Option<String>>>);

impl Text {
    /// Sets the text; `None` says nothing.
    pub fn set(&self, text: impl Into<Option<String>>) {
        *lock(&self.0) = text.into();
    }

    /// The text, where there is one.
    pub fn get(&self) -> Option<String> {
        lock(&self.0).clone()
    }
}

/// Quantiles of a duration, µs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DurationSummary {
    /// Median.
    pub p50: f64,
    /// 99 %.
    pub p99: f64,
    /// 99.9 %.
    pub p999: f64,
    /// Longest.
    pub max: f64,
}

impl From<&Durations> for DurationSummary {
    fn from(durations: &Durations) -> Self {
        Self {
            p50: durations.quantile_us(0.5),
            p99: durations.quantile_us(0.99),
            p999: durations.quantile_us(0.999),
            max: durations.max_us(),
        }
    }
}

impl DurationSummary {
    /// The quantiles with their names, in ascending order.
    pub fn named(&self) -> [(&'static str, f64); 4] {
        [
            ("p50", self.p50),
            ("p99", self.p99),
            ("p999", self.p999),
            ("max", self.max),
        ]
    }
}

/// A histogram of durations.
#[derive(Debug, Clone, Default)]
pub struct Histogram(Arc<Mutex<Durations>>);

impl Histogram {
    /// Adds one duration.
    pub fn record(&self, nanos: u64) {
        lock(&self.0).record(nanos);
    }

    /// Takes over durations that were recorded elsewhere, in place of those that are here: a control loop records its
    /// own without a lock.
    pub fn replace(&self, durations: &Durations) {
        lock(&self.0).clone_from(durations);
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        lock(&self.0).count()
    }

    /// Their quantiles, µs.
    pub fn summary(&self) -> DurationSummary {
        (&*lock(&self.0)).into()
    }

    /// Pairs of a duration, µs, and how many were as long, in ascending order.
    pub fn buckets_us(&self) -> Vec<(f64, u64)> {
        lock(&self.0).buckets_us()
    }
}

/// The value of a metric now.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A count that only grows.
    Counter(u64),
    /// A number that goes up and down.
    Gauge(f64),
    /// A state in words.
    Text(String),
    /// How many durations were recorded, and their quantiles.
    Histogram(u64, DurationSummary),
}

#[derive(Debug, Clone)]
pub(super) enum Handle {
    Counter(Counter),
    /// A counter of which nobody is told before it has counted.
    RareCounter(Counter),
    /// With how many decimals people read it.
    Gauge(Gauge, usize),
    Text(Text),
    /// A text that stays as it is, or is one of few.
    Fact(Text),
    Histogram(Histogram),
}

/// What is measured, counted or said, and its value.
#[derive(Debug, Clone)]
pub struct Metric {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) help: &'static str,
    pub(super) handle: Handle,
}

impl Metric {
    /// Its name, of words with `_` within and `.` between them; unique within its part.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// What it is, in a sentence.
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// Its value, which also tells its kind; `None` for a gauge or a text that is not known.
    pub fn value(&self) -> Option<Value> {
        match &self.handle {
            Handle::Counter(counter) | Handle::RareCounter(counter) => Some(Value::Counter(counter.get())),
            Handle::Gauge(gauge, _) => gauge.get().map(Value::Gauge),
            Handle::Text(text) | Handle::Fact(text) => text.get().map(Value::Text),
            Handle::Histogram(histogram) => Some(Value::Histogram(histogram.count(), histogram.summary())),
        }
    }

    /// Whether it is a text that stays as it is, or is one of few: then it can be a label of a time series.
    pub fn is_fact(&self) -> bool {
        matches!(self.handle, Handle::Fact(_))
    }

    /// The durations of a histogram.
    pub fn histogram(&self) -> Option<&Histogram> {
        match &self.handle {
            Handle::Histogram(histogram) => Some(histogram),
            _ => None,
        }
    }
}
