//! What is answered to whom.

use std::net::IpAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::Mutex;

use crate::Sources;
use crate::exposition::Format;
use crate::readiness::obstacles;
use crate::token::Token;

const PLAIN: &str = "text/plain; charset=utf-8";

type Answer = Response<Full<Bytes>>;

/// Who is let in, and what to.
#[derive(Debug)]
pub(super) struct Door {
    sources: Arc<Sources>,
    token: Option<Token>,
    /// Held by who renders: who waits for a sensor that hangs waits in vain, but piles up no work.
    rendering: Arc<Mutex<()>>,
}

impl Door {
    pub(super) fn new(sources: Arc<Sources>, token: Option<Token>) -> Self {
        Self {
            sources,
            token,
            rendering: Arc::default(),
        }
    }

    /// The answer to a request. A stranger hears that it is one, and nothing else.
    pub(super) async fn answer(&self, request: &Request<Incoming>) -> Answer {
        let counts = &self.sources.counts;
        counts.requests.add(1);
        if let Some(token) = &self.token {
            let shown = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
            if !token.is_in(shown) {
                counts.refused.add(1);
                let mut answer = empty(StatusCode::UNAUTHORIZED);
                answer
                    .headers_mut()
                    .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                return answer;
            }
        } else if !is_for_this_machine(request) {
            counts.refused.add(1);
            return empty(StatusCode::NOT_FOUND);
        }
        let path = request.uri().path();
        if !["/metrics", "/healthz", "/readyz"].contains(&path) {
            return empty(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::GET {
            let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return answer;
        }
        match path {
            "/metrics" => self.metrics(format(request)).await,
            "/readyz" => self.readiness().await,
            _ => filled(StatusCode::OK, PLAIN, "alive\n".to_owned()),
        }
    }

    async fn metrics(&self, format: Format) -> Answer {
        let (sources, turn) = (self.sources.clone(), self.rendering.clone().lock_owned().await);
        // Sensors may be slow to be read.
        let render = move || {
            let _turn = turn;
            sources.text(format)
        };
        match tokio::task::spawn_blocking(render).await {
            Ok(text) => filled(StatusCode::OK, format.content_type(), text),
            Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    async fn readiness(&self) -> Answer {
        let obstacles = obstacles(&self.sources.shown).await;
        if obstacles.is_empty() {
            return filled(StatusCode::OK, PLAIN, "ready\n".to_owned());
        }
        let mut text = String::from("not ready\n");
        for obstacle in obstacles {
            text.push_str(&sinew_node::log::printable(&obstacle));
            text.push('\n');
        }
        filled(StatusCode::SERVICE_UNAVAILABLE, PLAIN, text)
    }
}

/// Whether a request was meant for this machine by that name: a page that a browser shows may have a name of its own lead
/// here, and would read what is answered.
fn is_for_this_machine(request: &Request<Incoming>) -> bool {
    let Some(host) = request.headers().get(HOST) else {
        // Browsers always send it.
        return true;
    };
    host.to_str().is_ok_and(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    let has_port =
        |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let (name, rest) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(parts) => parts,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_local = name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback());
    is_local && has_port(rest)
}

fn format(request: &Request<Incoming>) -> Format {
    let accepted = request.headers().get(ACCEPT).and_then(|header| header.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("application/openmetrics-text")) {
        Format::OpenMetrics
    } else {
        Format::Text
    }
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

fn filled(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for host in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1:9464",
            "127.0.0.1",
            "[::1]:9464",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:9464",
            "127.0.0.1.evil.example",
            "[::1].x",
            "localhost:x",
            "10.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
