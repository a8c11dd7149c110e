//! The way to the collector.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::header::CONTENT_TYPE;
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::sync::lock;

use super::Counts;
use crate::Token;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take in all.
pub(super) const REQUEST: Duration = Duration::from_secs(10);

/// Sends, and says what came of it, once until it changes. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::blocking::Client,
    authorization: Option<String>,
    counts: Counts,
    /// Why the last request failed.
    trouble: Arc<Mutex<Option<String>>>,
}

impl Client {
    /// In a thread without a runtime.
    ///
    /// # Errors
    /// Where the system's certificates cannot be used.
    pub(super) fn new(token: Option<&Token>, counts: Counts) -> anyhow::Result<Self> {
        // Fails where the process has chosen its cryptography before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            // What has a token in it goes nowhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("no HTTP client")?;
        Ok(Self {
            http,
            authorization: token.map(Token::authorization),
            counts,
            trouble: Arc::default(),
        })
    }

    /// Sends a message; what goes wrong is counted and said.
    pub(super) fn post(&self, url: &str, message: Vec<u8>) {
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(Bytes::from(message));
        match request {
            Ok(request) => drop(self.send(request)),
            Err(error) => self.note(Err(error.to_string())),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.exchange(request);
        self.note(match &answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("the collector answers {}", answer.status())),
            Err(error) => Err(told(error)),
        });
        Ok(answer?)
    }

    fn exchange(&self, request: Request<Bytes>) -> reqwest::Result<Response<Bytes>> {
        let (parts, body) = request.into_parts();
        let mut request = self
            .http
            .request(parts.method, parts.uri.to_string())
            .headers(parts.headers)
            .body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header(reqwest::header::AUTHORIZATION, authorization);
        }
        let answer = request.send()?;
        let status = answer.status();
        let mut whole = Response::new(answer.bytes()?);
        *whole.status_mut() = status;
        Ok(whole)
    }

    fn note(&self, outcome: Result<(), String>) {
        self.counts.requests.add(1);
        let mut before = lock(&self.trouble);
        let now = outcome.err();
        if now.is_some() {
            self.counts.failed.add(1);
        }
        match (&*before, &now) {
            (_, None) => self.counts.part.judge(DiagnosticStatus::OK, "sends"),
            (Some(before), Some(now)) if before == now => {}
            (_, Some(now)) => {
                self.counts
                    .part
                    .judge(DiagnosticStatus::WARN, format!("does not arrive: {now}"));
                let endpoint = self.counts.part.hardware_id();
                tracing::warn!(endpoint, "what is sent to the collector does not arrive: {now}");
            }
        }
        if before.is_some() && now.is_none() {
            let endpoint = self.counts.part.hardware_id();
            tracing::info!(endpoint, "what is sent to the collector arrives again");
        }
        *before = now;
    }
}

/// What went wrong, with what caused it, and without the address, which is said beside it.
fn told(error: &reqwest::Error) -> String {
    let mut text = String::from("no answer");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // Who exports spans has a thread for it, which may wait.
        self.send(request)
    }
}
