use std::fmt::{self, Write};
use std::sync::Mutex;

use crate::log::node_of;
use crate::sync::lock;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The loggers of the process's nodes, oldest first.
static LOGGERS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A node's name in ROS's log, as long as it lives.
pub(super) struct Logger(String);

impl Logger {
    pub(super) fn new(name: String) -> Self {
        lock(&LOGGERS).push(name.clone());
        Self(name)
    }

    /// That of the node whose crate says something; what no single node says is the oldest node's.
    fn of(target: &str) -> String {
        let loggers = lock(&LOGGERS);
        let node = node_of(target);
        let its = (loggers.iter()).find(|name| node.is_some() && name.rsplit('.').next() == node);
        its.or(loggers.first())
            .map_or_else(|| "sinew".to_owned(), String::clone)
    }
}

impl Drop for Logger {
    fn drop(&mut self) {
        let mut loggers = lock(&LOGGERS);
        if let Some(place) = loggers.iter().position(|name| *name == self.0) {
            loggers.remove(place);
        }
    }
}

/// Hands what is logged to ROS 2, which shows it on standard error in its own form, obeys `--log-level`
/// and publishes it on `/rosout` under the name of the node whose crate (`sinew_node_…`) says it, else under that of the
/// process's oldest node. It takes the place of a
/// layer that writes to the screen: beside one, everything would be there twice.
///
/// ```no_run
/// use sinew_node::bus::ros2::RosLog;
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::util::SubscriberInitExt;
///
/// tracing_subscriber::registry().with(RosLog).init();
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct RosLog;

impl<S: Subscriber> Layer<S> for RosLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        let severity = match *metadata.level() {
            Level::ERROR => r2r::LogSeverity::Error,
            Level::WARN => r2r::LogSeverity::Warn,
            Level::INFO => r2r::LogSeverity::Info,
            Level::DEBUG | Level::TRACE => r2r::LogSeverity::Debug,
        };
        r2r::log(
            // It becomes a string of C's, which no zero is left in.
            &crate::log::printable(&(line.message + &line.fields)),
            &Logger::of(metadata.target()),
            metadata.file().unwrap_or_default(),
            metadata.line().unwrap_or_default(),
            severity,
        );
    }
}

/// An event in one line: its message, then its fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
