//! What a node reports of itself: counters, gauges, texts and histograms, registered once.
//!
//! A node has a [`Registry`] ([`Setup::registry`](crate::node::Setup::registry)) of [`Part`]s. A part registers its
//! metrics, each with a name, a unit and a sentence, keeps the handles that it gets, and updates the values through
//! them: a [`Counter`] or a [`Gauge`] by one atomic store, so that a hot path may do it, a [`Text`] or a [`Histogram`]
//! under a lock. `/diagnostics` is one rendering of the registry ([`Diagnostics`]), the summary of a run another; what
//! comes later reads the same [`Metric`]s. How bad a state is, and in which words, stays the node's judgement
//! ([`Part::judge`]).
//!
//! What happens once is an [`Event`] ([`Registry::add_event`]): a recorder of the process writes what was around it, by its
//! name.
//!
//! ```
//! use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
//! use sinew_node::report::{Registry, Unit, Value};
//!
//! let registry = Registry::default();
//! let part = registry.part("loop", "strider");
//! let ticks = part.counter("ticks", Unit::None, "Ticks executed.");
//! ticks.add(200);
//! part.judge(DiagnosticStatus::OK, "200.0 Hz of 200.0 Hz");
//!
//! let metric = &registry.parts()[0].metrics()[0];
//! assert_eq!((metric.name(), metric.value()), ("ticks", Some(Value::Counter(200))));
//! ```

mod diagnostics;
mod event;
mod metric;
mod part;

pub use diagnostics::Diagnostics;
pub use event::{DISAGREEMENT, Event};
pub use metric::{Counter, DurationSummary, Gauge, Histogram, Metric, Text, Unit, Value};
pub use part::{Part, Registry};
