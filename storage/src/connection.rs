//! How the object stores' clients reach the network: over rustls with ring, no faster than the limit.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use tokio::time::{Instant, Sleep};

use crate::bandwidth::{Bandwidth, lock};
use crate::client::ConnectError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A store that takes nothing and says nothing for so long has gone. However slowly bytes go, each one counts.
const SILENCE: Duration = Duration::from_secs(60);
/// What is sent at a time.
const PIECE_BYTES: usize = 64 << 10;

/// Makes the clients.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    client: reqwest::Client,
    bandwidth: Arc<Bandwidth>,
}

impl Connector {
    pub(crate) fn new(bandwidth: Arc<Bandwidth>) -> Result<Self, ConnectError> {
        // Fails where the process has chosen its cryptography before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // An object store does not send elsewhere; whoever does may not be one.
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Ok(Self {
            client: client.map_err(|error| ConnectError::Setup(told(&error)))?,
            bandwidth,
        })
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string().parse();
        let url = url.map_err(|error| HttpError::new(HttpErrorKind::Unknown, InvalidUrl(format!("{error}"))))?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        let heard = Heard::now();
        let body = PacedBody::new(body, self.bandwidth.clone(), heard.clone());
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let response = tokio::select! {
            response = self.client.execute(request) => response.map_err(http_error)?,
            () = heard.silence() => return Err(silent()),
        };
        let response: http::Response<reqwest::Body> = response.into();
        let (parts, body) = response.into_parts();
        let body = HttpResponseBody::new(AnswerBody {
            whole: body.map_err(http_error),
            silence: Box::pin(tokio::time::sleep(SILENCE)),
        });
        Ok(HttpResponse::from_parts(parts, body))
    }
}

/// When the store was last heard of: it took bytes.
#[derive(Debug, Clone)]
struct Heard(Arc<Mutex<Instant>>);

impl Heard {
    fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// It is heard of now, or would be after a pause that is ours.
    fn again_after(&self, pause: Duration) {
        *lock(&self.0) = Instant::now() + pause;
    }

    /// Waits until nothing was heard for too long.
    async fn silence(&self) {
        loop {
            let over_at = *lock(&self.0) + SILENCE;
            if Instant::now() >= over_at {
                return;
            }
            tokio::time::sleep_until(over_at).await;
        }
    }
}

/// The store has said nothing for too long.
#[derive(Debug, thiserror::Error)]
#[error("expected an answer, found silence for {} s", SILENCE.as_secs())]
struct Silent;

fn silent() -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, Silent)
}

/// An answer that ends where it stops coming.
struct AnswerBody<B> {
    whole: B,
    silence: Pin<Box<Sleep>>,
}

impl<B: Body<Data = Bytes, Error = HttpError> + Unpin> Body for AnswerBody<B> {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let body = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut body.whole).poll_frame(cx) {
            body.silence.as_mut().reset(Instant::now() + SILENCE);
            return Poll::Ready(frame);
        }
        body.silence.as_mut().poll(cx).map(|()| Some(Err(silent())))
    }

    fn is_end_stream(&self) -> bool {
        self.whole.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.whole.size_hint()
    }
}

/// A URL that cannot be asked for.
#[derive(Debug, thiserror::Error)]
#[error("the URL is none: {0}")]
struct InvalidUrl(String);

fn http_error(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else {
        // A connection that broke: another one may hold.
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error.without_url())
}

/// An error with all that caused it.
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some print their causes, others do not.
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    brief(&text)
}

/// Of the XML that a store answers with, its code and its message: the rest is about keys and signatures.
fn brief(text: &str) -> String {
    let between = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        rest.split_once(&format!("</{tag}>")).map(|(inside, _)| inside)
    };
    match (
        text.split_once("<?xml").or_else(|| text.split_once("<Error>")),
        between("Code"),
    ) {
        (Some((before, _)), Some(code)) => {
            format!(
                "{}: {code}: {}",
                before.trim_end().trim_end_matches(':'),
                between("Message").unwrap_or_default()
            )
        }
        _ => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// A body that is sent in pieces, each when the limit allows it.
struct PacedBody {
    whole: HttpRequestBody,
    /// What was taken of the whole and is not sent yet.
    rest: Bytes,
    left: u64,
    pause: Option<Pin<Box<Sleep>>>,
    bandwidth: Arc<Bandwidth>,
    heard: Heard,
}

impl PacedBody {
    fn new(whole: HttpRequestBody, bandwidth: Arc<Bandwidth>, heard: Heard) -> Self {
        Self {
            left: whole.content_length() as u64,
            whole,
            rest: Bytes::new(),
            pause: None,
            bandwidth,
            heard,
        }
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let body = self.get_mut();
        while body.rest.is_empty() {
            let frame = ready!(Pin::new(&mut body.whole).poll_frame(cx));
            let Some(frame) = frame else { return Poll::Ready(None) };
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => body.rest = data,
                // Trailers, of which there are none.
                Ok(Err(other)) => return Poll::Ready(Some(Ok(other))),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        let piece = body.rest.len().min(PIECE_BYTES);
        if body.pause.is_none() {
            let wait = body.bandwidth.take(piece);
            body.heard.again_after(wait);
            if !wait.is_zero() {
                body.pause = Some(Box::pin(tokio::time::sleep(wait)));
            }
        }
        if let Some(pause) = &mut body.pause {
            ready!(pause.as_mut().poll(cx));
            body.pause = None;
        }
        body.left = body.left.saturating_sub(piece as u64);
        Poll::Ready(Some(Ok(Frame::data(body.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_in_xml_the_code_and_the_message_are_told() {
        let answer = "403 Forbidden: <?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>Check \
                      your key.</Message><AWSAccessKeyId>robot</AWSAccessKeyId></Error>";
        assert_eq!(brief(answer), "403 Forbidden: SignatureDoesNotMatch: Check your key.");
        assert_eq!(brief("connection\n refused"), "connection refused");
    }
}
