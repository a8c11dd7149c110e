//! Metrics and spans to a collector, in OTLP over HTTP: what `/metrics` says, from the same reports, and what was done
//! meanwhile. In threads of its own: a collector that is away delays nobody.

mod attributes;
mod client;
mod message;
mod traces;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use prost::Message;
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::report::{Counter, Part, Registry, Unit};
use sinew_node::worker::{Builder, Ending, Worker};

use crate::params::OtlpParams;
use crate::{Sources, Token};
use client::Client;
use message::Series;
use traces::Traces;

/// How long the end of the node waits for a collector that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is sent where.
#[derive(Debug)]
pub(crate) struct Export {
    endpoint: String,
    period: Duration,
    token: Option<Token>,
    resource: Vec<(&'static str, String)>,
    counts: Counts,
}

/// What became of what was sent.
#[derive(Debug, Clone)]
struct Counts {
    part: Part,
    requests: Counter,
    failed: Counter,
    lost_spans: Counter,
}

impl Export {
    /// As the parameters say; `None` where they name no endpoint.
    pub(crate) fn new(params: &OtlpParams, token: Option<Token>, registry: &Registry) -> Option<Self> {
        let endpoint = params.endpoint.as_deref()?.trim_end_matches('/').to_owned();
        let part = registry.part("otlp", &endpoint);
        let counts = Counts {
            requests: part.counter("exports", Unit::None, "Requests that were sent to the collector."),
            failed: part.counter(
                "failed_exports",
                Unit::None,
                "Requests that the collector did not get, or did not take.",
            ),
            lost_spans: part.counter("lost_spans", Unit::None, "Spans that were in those."),
            part,
        };
        Some(Self {
            endpoint,
            period: Duration::from_secs_f64(params.period_secs),
            token,
            resource: attributes::resource(params),
            counts,
        })
    }

    /// Begins to send.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(&self, sources: Arc<Sources>) -> anyhow::Result<Worker<()>> {
        let (endpoint, period) = (self.endpoint.clone(), self.period);
        let (token, resource, counts) = (self.token.clone(), self.resource.clone(), self.counts.clone());
        let work = move |(): &mut (), ending: &Ending| {
            // Blocking clients are made, and dropped, in a thread without a runtime.
            let made = Client::new(token.as_ref(), counts.clone())
                .and_then(|client| Ok((Traces::start(&endpoint, period, &resource, &client, &counts)?, client)));
            let (traces, client) = match made {
                Ok(made) => made,
                Err(error) => {
                    counts.part.judge(DiagnosticStatus::ERROR, format!("{error:#}"));
                    tracing::error!(endpoint, "nothing is sent to the collector: {error:#}");
                    return;
                }
            };
            let url = format!("{endpoint}/v1/metrics");
            let mut series = Series::new(nanos());
            let mut push = || {
                let families = sources.families(Instant::now());
                let request = message::request(&families, &resource, &mut series, nanos());
                client.post(&url, request.encode_to_vec());
            };
            while !ending.wait(period) {
                push();
            }
            push();
            traces.end();
        };
        Builder::new("metrics-otlp")
            .left_after(PATIENCE)
            .start((), work)
            .context("no thread for OTLP")
    }
}

/// Since 1970, ns.
fn nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
