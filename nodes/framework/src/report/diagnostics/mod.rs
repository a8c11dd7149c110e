//! A node's registry on `/diagnostics`.

use std::time::{Duration, Instant};

use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus, KeyValue};

use super::metric::{Handle, Metric};
use super::part::{Part, Registry};
use crate::bus::{BusError, Publisher, Qos, full_name};
use crate::node::{NodeTime, Setup};

/// From one report to the next.
const PERIOD: Duration = Duration::from_secs(1);

/// Publishes what a node reports, once a second or when there is news: a status for each part, `NODE: PART`.
#[derive(Debug)]
pub struct Diagnostics {
    registry: Registry,
    node: String,
    time: NodeTime,
    publisher: Publisher<DiagnosticArray>,
    due: Instant,
}

impl Diagnostics {
    /// Of the node's registry.
    ///
    /// # Errors
    /// Where the bus refuses the topic.
    pub fn new<P>(setup: &Setup<P>) -> Result<Self, BusError> {
        Ok(Self {
            registry: setup.registry.clone(),
            node: full_name(&*setup.bus).trim_start_matches('/').to_owned(),
            time: setup.time.clone(),
            publisher: setup.output("/diagnostics", Qos::default())?,
            due: Instant::now(),
        })
    }

    /// What it publishes.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Begins a period: the next report is due at its end.
    pub fn begin(&mut self) {
        self.due = Instant::now() + PERIOD;
    }

    /// Whether a second has passed since the last report.
    pub fn is_due(&self) -> bool {
        Instant::now() >= self.due
    }

    /// Publishes what all parts report now, and begins the next period.
    ///
    /// # Errors
    /// Where the middleware refuses the message.
    pub fn publish(&mut self) -> Result<(), BusError> {
        self.begin();
        let mut array = DiagnosticArray::default();
        array.header.stamp = self.time.now();
        array.status = (self.registry.parts().iter())
            .map(|part| part.status(&self.node))
            .collect();
        self.publisher.publish(array)
    }
}

impl Part {
    /// What it reports now, as `/diagnostics` has it from the node of that name.
    pub fn status(&self, node: &str) -> DiagnosticStatus {
        let (level, message) = self.judgement();
        DiagnosticStatus {
            level,
            name: format!("{node}: {}", self.name()),
            message,
            hardware_id: self.hardware_id().to_owned(),
            values: self.metrics().iter().flat_map(pairs).collect(),
        }
    }
}

/// A metric as people read it: a histogram as `NAME_p50_us` and so on, the others under their names. What is not known
/// is left out.
fn pairs(metric: &Metric) -> Vec<KeyValue> {
    let name = metric.name();
    let value = match &metric.handle {
        Handle::RareCounter(counter) if counter.get() == 0 => None,
        Handle::Counter(counter) | Handle::RareCounter(counter) => Some(counter.get().to_string()),
        Handle::Gauge(gauge, decimals) => gauge.get().map(|value| format!("{value:.decimals$}")),
        Handle::Text(text) | Handle::Fact(text) => text.get(),
        Handle::Histogram(histogram) => {
            let quantile = |(quantile, us): (&str, f64)| KeyValue {
                key: format!("{name}_{quantile}_us"),
                value: format!("{us:.1}"),
            };
            return histogram.summary().named().map(quantile).into();
        }
    };
    let pair = value.map(|value| KeyValue {
        key: name.to_owned(),
        value,
    });
    pair.into_iter().collect()
}

#[cfg(test)]
mod tests;
