//! Where spans go besides the log. Whoever exports them is there only after the log was set up, and not for ever.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tracing::Event;
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::filter::{Filtered, Targets};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, Registry};

/// What takes spans.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

static EXPORT: ArcSwapOption<SpanLayer> = ArcSwapOption::const_empty();

/// Hands the spans of this process, with the events in them, to a layer, in the place of the one before, as far as the log
/// would show them; to none again.
pub fn export_spans(layer: Option<SpanLayer>) {
    EXPORT.store(layer.map(Arc::new));
}

/// The layer for the log's subscriber.
pub(super) fn exported(filter: Targets) -> Filtered<Exported, Targets, Registry> {
    Exported.with_filter(filter)
}

/// Passes everything on to the layer that there is.
#[derive(Debug)]
pub(super) struct Exported;

impl Layer<Registry> for Exported {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        if let Some(layer) = &*EXPORT.load() {
            layer.on_new_span(attributes, id, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, Registry>) {
        if let Some(layer) = &*EXPORT.load() {
            layer.on_record(id, values, context);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, Registry>) {
        if let Some(layer) = &*EXPORT.load() {
            layer.on_event(event, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, Registry>) {
        if let Some(layer) = &*EXPORT.load() {
            layer.on_enter(id, context);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, Registry>) {
        if let Some(layer) = &*EXPORT.load() {
            layer.on_exit(id, context);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, Registry>) {
        if let Some(layer) = &*EXPORT.load() {
            layer.on_close(id, context);
        }
    }
}
