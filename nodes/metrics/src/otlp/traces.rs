//! Spans of `tracing` as traces.

use std::time::Duration;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};
use sinew_node::report::Counter;

use super::Counts;
use super::attributes::name;
use super::client::{Client, REQUEST};

/// Spans that wait to be sent; more are lost.
const QUEUE: usize = 2048;

/// What takes spans and sends them, until it is ended.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Takes the spans of the process from now on.
    ///
    /// # Errors
    /// Where the endpoint is no URL.
    pub(super) fn start(
        endpoint: &str,
        period: Duration,
        resource: &[(&'static str, String)],
        client: &Client,
        counts: &Counts,
    ) -> anyhow::Result<Self> {
        let exporter = OtlpExporter::builder()
            .with_http()
            .with_http_client(client.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(REQUEST)
            .build()
            .context("`otlp.endpoint`")?;
        let exporter = Renaming {
            exporter,
            lost: counts.lost_spans.clone(),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_scheduled_delay(period)
            .build();
        let attributes = resource.iter().map(|(key, value)| KeyValue::new(*key, value.clone()));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(config).build())
            .with_resource(Resource::builder_empty().with_attributes(attributes).build())
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("sinew"))
            // Whose end it is not told of would stay a parent for ever.
            .with_context_activation(false)
            .with_location(false)
            .with_threads(false);
        sinew_node::log::export_spans(Some(Box::new(layer)));
        Ok(Self(provider))
    }

    /// Takes no more spans, and sends those that wait.
    pub(super) fn end(self) {
        sinew_node::log::export_spans(None);
        // What cannot be sent was counted, and said.
        let _ = self.0.shutdown_with_timeout(REQUEST);
    }
}

/// Calls attributes by the names of the conventions, and counts spans that did not arrive.
#[derive(Debug)]
struct Renaming {
    exporter: OtlpExporter,
    lost: Counter,
}

impl SpanExporter for Renaming {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            rename(&mut span.attributes);
            for event in &mut span.events.events {
                rename(&mut event.attributes);
            }
        }
        let spans = batch.len() as u64;
        let exported = self.exporter.export(batch).await;
        if exported.is_err() {
            self.lost.add(spans);
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn rename(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        attribute.key = Key::from(name(attribute.key.as_str()));
    }
}
