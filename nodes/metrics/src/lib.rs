//! The node `metrics`: what the nodes of the process report, over HTTP, for Prometheus and whoever looks after the
//! process.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` | everything, in Prometheus' text format 0.0.4, or in OpenMetrics 1.0 for who asks for that |
//! | `/healthz` | 200: the process lives |
//! | `/readyz` | 200 where every node that activates itself is active, and a control loop ticks and is not stopped; else 503, and why |
//!
//! | in | type | |
//! |---|---|---|
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | what nodes of other processes report |
//!
//! The server has a thread and a runtime of its own: a slow client delays no node. With the feature `otlp` the same
//! metrics, and the process's spans, go to a collector.

mod diagnostics;
mod exposition;
mod machine;
mod names;
mod node;
#[cfg(feature = "otlp")]
mod otlp;
mod params;
mod readiness;
mod registries;
mod server;
mod token;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sinew_node::node::Shown;
use sinew_node::report::{Counter, Part, Unit};
use sinew_node::sync::lock;

use diagnostics::Heard;
use exposition::{Families, Format, Labels};
use machine::Machine;
pub use node::Metrics;
pub use params::{Limits, MetricsParams, OtlpParams};
pub use token::{Token, TokenError};

/// How often everything is read anew, however many ask.
const FRESH: Duration = Duration::from_millis(200);

/// Where the metrics come from.
#[derive(Debug)]
struct Sources {
    shown: Shown,
    heard: Heard,
    machine: Machine,
    counts: Counts,
    newest: Mutex<Option<(Instant, Format, String)>>,
}

/// What clients did.
#[derive(Debug, Clone)]
struct Counts {
    requests: Counter,
    refused: Counter,
    cut_off: Counter,
}

impl Counts {
    /// Registers them.
    fn new(part: &Part) -> Self {
        let counter = |name: &str, help| part.counter(name, Unit::None, help);
        Self {
            requests: counter("requests", "Requests of clients."),
            refused: counter("refused", "Requests without the token, or for another machine."),
            cut_off: counter("cut_off", "Connections that had to make room for others."),
        }
    }
}

impl Sources {
    fn new(shown: Shown, machine: Machine, counts: Counts) -> Self {
        Self {
            shown,
            heard: Heard::default(),
            machine,
            counts,
            newest: Mutex::new(None),
        }
    }

    /// Everything as text.
    fn text(&self, format: Format) -> String {
        let mut newest = lock(&self.newest);
        let now = Instant::now();
        if let Some((at, made_in, text)) = &*newest
            && *made_in == format
            && now.duration_since(*at) < FRESH
        {
            return text.clone();
        }
        let text = self.families(now).text(format);
        *newest = Some((now, format, text.clone()));
        text
    }

    fn families(&self, now: Instant) -> Families {
        let mut families = Families::default();
        let nodes = self.shown.nodes();
        registries::add(&mut families, &nodes);
        self.machine.add(&mut families);
        let own: Vec<_> = nodes.into_iter().map(|node| node.name).collect();
        self.heard.add(&mut families, &own, now);
        let left_out = families.left_out();
        families.gauge(
            "sinew_metrics_left_out",
            "Time series that are not here: they are here already, are of another kind than others of their name, or too \
             many.",
            Labels::default(),
            left_out as f64,
        );
        families
    }
}
