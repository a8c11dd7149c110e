//! The parts of a node and their metrics.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use sinew_control::sync::lock;
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::event::{Event, Events};
use super::metric::{Counter, Gauge, Handle, Histogram, Metric, Text, Unit};

/// All that a node reports; clones are the same registry.
#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Contents>);

#[derive(Debug, Default)]
struct Contents {
    parts: Mutex<Vec<Part>>,
    events: Mutex<Events>,
}

impl Registry {
    /// Registers a part of the node that is about `hardware_id`: a robot, a file, a device. It takes the place of one
    /// of the same name, whose values end there: a node that is configured or activated anew counts anew.
    pub fn part(&self, name: &'static str, hardware_id: &str) -> Part {
        let part = Part(Arc::new(Shared {
            name,
            hardware_id: hardware_id.to_owned(),
            metrics: Mutex::default(),
            judgement: Mutex::new((DiagnosticStatus::STALE, String::new())),
        }));
        let mut parts = lock(&self.0.parts);
        match parts.iter_mut().find(|known| known.name() == name) {
            Some(known) => *known = part.clone(),
            None => parts.push(part.clone()),
        }
        part
    }

    /// The parts, in the order in which they were first registered.
    pub fn parts(&self) -> Vec<Part> {
        lock(&self.0.parts).clone()
    }

    /// Tells of something that has happened.
    pub fn add_event(&self, event: Event) {
        lock(&self.0.events).add(event);
    }

    /// The events after the first `known`, as far as they are kept, and how many there have been.
    pub fn events_since(&self, known: u64) -> (Vec<Event>, u64) {
        lock(&self.0.events).since(known)
    }
}

/// One part of a node, such as its model or its source of images; clones are the same part.
#[derive(Debug, Clone)]
pub struct Part(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: &'static str,
    hardware_id: String,
    metrics: Mutex<Vec<Metric>>,
    /// Level and message.
    judgement: Mutex<(u8, String)>,
}

impl Part {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// What it is about.
    pub fn hardware_id(&self) -> &str {
        &self.0.hardware_id
    }

    /// Registers a counter, which begins at 0.
    pub fn counter(&self, name: impl Into<String>, unit: Unit, help: &'static str) -> Counter {
        let counter = Counter::default();
        self.register(name.into(), unit, help, Handle::Counter(counter.clone()));
        counter
    }

    /// Registers a counter of something that seldom happens: `/diagnostics` has it once it has counted.
    pub fn rare_counter(&self, name: impl Into<String>, unit: Unit, help: &'static str) -> Counter {
        let counter = Counter::default();
        self.register(name.into(), unit, help, Handle::RareCounter(counter.clone()));
        counter
    }

    /// Registers a gauge, which is not known until it is set. People read it with so many decimals.
    pub fn gauge(&self, name: impl Into<String>, unit: Unit, decimals: usize, help: &'static str) -> Gauge {
        let gauge = Gauge::default();
        self.register(name.into(), unit, help, Handle::Gauge(gauge.clone(), decimals));
        gauge
    }

    /// Registers a text, which says nothing until it is set.
    pub fn text(&self, name: impl Into<String>, help: &'static str) -> Text {
        let text = Text::default();
        self.register(name.into(), Unit::None, help, Handle::Text(text.clone()));
        text
    }

    /// Registers a histogram of durations, which are told in µs.
    pub fn histogram(&self, name: impl Into<String>, help: &'static str) -> Histogram {
        let histogram = Histogram::default();
        self.register(
            name.into(),
            Unit::Microseconds,
            help,
            Handle::Histogram(histogram.clone()),
        );
        histogram
    }

    /// Registers a text that is one of few, such as a mode, and says nothing until it is set.
    pub fn state(&self, name: impl Into<String>, help: &'static str) -> Text {
        let text = Text::default();
        self.register(name.into(), Unit::None, help, Handle::Fact(text.clone()));
        text
    }

    /// Registers a text that stays as it is.
    pub fn fact(&self, name: impl Into<String>, value: impl Display, help: &'static str) {
        self.state(name, help).set(value.to_string());
    }

    /// Registers on which execution provider a model runs, and why not on those that were tried before, as pairs of
    /// provider and reason.
    pub fn provider<P: Display, R: Display>(&self, used: P, failed: impl ExactSizeIterator<Item = (P, R)>) {
        self.fact("provider", used, "The execution provider that runs the model.");
        let fallbacks = self.gauge(
            "provider.fallbacks",
            Unit::None,
            0,
            "Providers that were tried in vain.",
        );
        fallbacks.set(failed.len() as f64);
        for (provider, reason) in failed {
            self.fact(
                format!("provider.{provider}"),
                reason,
                "Why this provider does not run the model.",
            );
        }
    }

    /// Says how it stands: one of `DiagnosticStatus`'s levels, and why, for people.
    pub fn judge(&self, level: u8, message: impl Into<String>) {
        *lock(&self.0.judgement) = (level, message.into());
    }

    /// What was last said of how it stands: level and message.
    pub fn judgement(&self) -> (u8, String) {
        lock(&self.0.judgement).clone()
    }

    /// Its metrics, in the order in which they were registered.
    pub fn metrics(&self) -> Vec<Metric> {
        lock(&self.0.metrics).clone()
    }

    /// A metric takes the place of one of the same name.
    fn register(&self, name: String, unit: Unit, help: &'static str, handle: Handle) {
        let metric = Metric {
            name,
            unit,
            help,
            handle,
        };
        let mut metrics = lock(&self.0.metrics);
        match metrics.iter_mut().find(|known| known.name == metric.name) {
            Some(known) => *known = metric,
            None => metrics.push(metric),
        }
    }
}
