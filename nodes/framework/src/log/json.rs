//! What is logged as JSON, one object a line: `timestamp`, `level`, `target`, `node`, `message`, `fields`, `spans`.

use std::fmt::{self, Write as _};
use std::io::Write;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::node_of;

/// Writes each event as a line.
#[derive(Debug)]
pub(super) struct JsonLines<W>(pub(super) W);

/// The fields of a span, or of an event.
#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_else(|| "".into());
        let mut node = node_of(event.metadata().target()).map(Value::from);
        let mut spans = Vec::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            let extensions = span.extensions();
            let of_span = extensions
                .get::<Fields>()
                .map(|fields| fields.0.clone())
                .unwrap_or_default();
            // The span of a node's work knows its full name.
            node = of_span.get("node").cloned().or(node);
            let mut told = Map::from_iter([("name".to_owned(), span.name().into())]);
            told.extend(of_span.into_iter().filter(|(name, _)| name != "name"));
            spans.push(Value::Object(told));
        }
        let metadata = event.metadata();
        let mut line = begun(*metadata.level(), metadata.target());
        if let Some(node) = node {
            line.insert("node".to_owned(), node);
        }
        line.insert("message".to_owned(), message);
        if !fields.0.is_empty() {
            line.insert("fields".to_owned(), fields.0.into());
        }
        if !spans.is_empty() {
            line.insert("spans".to_owned(), spans.into());
        }
        write(&mut self.0.make_writer(), line);
    }
}

/// Writes what no event is, as the error that ends a program.
pub(super) fn tell(writer: &mut impl Write, level: Level, message: &str) {
    let mut line = begun(level, "sinew");
    line.insert("message".to_owned(), message.into());
    write(writer, line);
}

fn begun(level: Level, target: &str) -> Map<String, Value> {
    let mut timestamp = String::new();
    // A time that cannot be written is left empty.
    let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    Map::from_iter([
        ("timestamp".to_owned(), timestamp.into()),
        ("level".to_owned(), level.as_str().into()),
        ("target".to_owned(), target.into()),
    ])
}

/// In one piece, so that lines of several threads do not mix. Where nobody reads it, nothing goes wrong.
fn write(writer: &mut impl Write, line: Map<String, Value>) {
    let mut line = escaped(&Value::from(line).to_string());
    line.push('\n');
    let _ = writer.write_all(line.as_bytes());
}

/// JSON allows characters that a terminal may take for commands, or that turn the direction of what follows: they are
/// escaped, too.
fn escaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if super::is_hidden(c) {
            // All of them have one unit of UTF-16.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}").into());
    }
}

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::registry().with(JsonLines(lines.clone()));
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn an_event_is_one_object_with_its_node_its_fields_and_its_spans() {
        let said = logged(|| {
            tracing::info!(target: "sinew_node_follow::node", "blind");
            let _span = tracing::info_span!("transition", node = "/left/control", to = "active").entered();
            tracing::warn!(target: "sinew_models::providers", topic = "odom", hz = 1.5, n = 3, ok = true, "slow");
        });
        let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        let (first, second) = (&lines[0], &lines[1]);
        assert_eq!((&first["level"], &first["node"]), (&"INFO".into(), &"follow".into()));
        assert_eq!((&first["message"], &first["fields"]), (&"blind".into(), &Value::Null));
        let timestamp = first["timestamp"].as_str().unwrap();
        assert!(timestamp.starts_with("20") && timestamp.ends_with('Z'), "{timestamp}");
        assert_eq!(second["node"], "/left/control");
        assert_eq!(second["target"], "sinew_models::providers");
        assert_eq!(
            second["fields"],
            serde_json::json!({"topic": "odom", "hz": 1.5, "n": 3, "ok": true})
        );
        let span = serde_json::json!([{"name": "transition", "node": "/left/control", "to": "active"}]);
        assert_eq!(second["spans"], span);
    }

    proptest! {
        #[test]
        fn no_text_ends_its_line_or_reaches_the_terminal(text in any::<String>()) {
            let said = logged(|| tracing::error!(name = text.as_str(), "{text}\u{1b}[2J\u{202e}\u{9b}31m\n"));
            prop_assert_eq!(said.lines().count(), 1);
            prop_assert!(said.trim_end().chars().all(|c| !c.is_control() && !super::super::is_hidden(c)));
            let line: Value = serde_json::from_str(&said).unwrap();
            prop_assert_eq!(line["fields"]["name"].as_str(), Some(text.as_str()));
            prop_assert!(line["message"].as_str().unwrap().starts_with(text.as_str()));
        }
    }
}
