//! A collector that keeps what it gets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// Far more than the node takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    /// In lower case, each as `name: value`.
    pub(crate) headers: Vec<String>,
    body: Vec<u8>,
}

/// It listens as long as the test lasts.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Collector {
    pub(crate) fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let collector = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
        };
        let received = collector.received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let received = received.clone();
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some(request) = read(&mut reader) {
                        received.lock().unwrap().push(request);
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                        reader.get_mut().write_all(answer).unwrap();
                    }
                });
            }
        });
        collector
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits for a metric of that name that is as it should be, and gives it with the resource's attributes.
    pub(crate) fn metric(&self, name: &str, is_right: impl Fn(&Metric) -> bool) -> (Metric, Vec<KeyValue>) {
        self.find(name, |received| {
            let request = ExportMetricsServiceRequest::decode(&*received.body).ok()?;
            let resource = request.resource_metrics.into_iter().next()?;
            let metrics = resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            let metric = metrics
                .into_iter()
                .find(|metric| metric.name == name && is_right(metric))?;
            Some((metric, resource.resource?.attributes))
        })
    }

    /// Waits for a span of that name.
    pub(crate) fn span(&self, name: &str) -> (Span, Vec<KeyValue>) {
        self.find(name, |received| {
            let request = ExportTraceServiceRequest::decode(&*received.body).ok()?;
            let resource = request.resource_spans.into_iter().next()?;
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            let span = spans.into_iter().find(|span| span.name == name)?;
            Some((span, resource.resource?.attributes))
        })
    }

    fn find<T>(&self, name: &str, look: impl Fn(&Received) -> Option<T>) -> T {
        let path = if name.starts_with("sinew_") {
            "/v1/metrics"
        } else {
            "/v1/traces"
        };
        let began = Instant::now();
        loop {
            let received = self.received();
            let found = received.iter().filter(|received| received.path == path).find_map(&look);
            if let Some(found) = found {
                return found;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{name} does not come; {} requests",
                received.len()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An attribute's text.
pub(crate) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let header = line()?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        headers.push(header);
    }
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body })
}
