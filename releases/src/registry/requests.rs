//! Asking a registry, and telling it who one is.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use reqwest::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use sinew_storage::is_encrypted_or_local;
use url::Url;

use super::Registry;
use super::challenge::Challenge;
use crate::source::{SourceError, failed, told};

/// Longest time until an answer begins, besides that for what is sent.
const PATIENCE: Duration = Duration::from_secs(60);
/// Fewest bytes a second that a registry takes.
const MIN_BYTES_PER_SEC: u64 = 10_000;
/// Longest token, and longest word on what went wrong, bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// What registries say of what went wrong.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    code: String,
    #[serde(default)]
    message: String,
}

impl Registry {
    /// Sends a request, which is about something of that name; where the registry asks who one is, once more with that.
    pub(super) async fn send(&self, name: &str, request: Request) -> Result<Response, SourceError> {
        let again = request.try_clone();
        let response = self.execute(name, request).await?;
        let (StatusCode::UNAUTHORIZED, Some(again)) = (response.status(), again) else {
            return Ok(response);
        };
        let header = response.headers().get(WWW_AUTHENTICATE);
        let challenge = header.and_then(|header| Challenge::of(header.to_str().ok()?));
        let authorization = match challenge {
            Some(Challenge::Basic) => self.basic(),
            Some(Challenge::Bearer { realm, service }) => Some(self.token(name, &realm, service.as_deref()).await?),
            None => None,
        };
        match authorization {
            Some(authorization) => {
                *self.authorization.lock().await = Some(authorization);
                self.execute(name, again).await
            }
            None => Ok(response),
        }
    }

    pub(super) fn request(&self, method: Method, url: Url) -> Request {
        Request::new(method, url)
    }

    async fn execute(&self, name: &str, mut request: Request) -> Result<Response, SourceError> {
        self.expect_encrypted(name, request.url())?;
        // Other hosts, where a registry has its blobs or takes them, are not told.
        if self.address.is_same_host(request.url())
            && let Some(authorization) = &*self.authorization.lock().await
        {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let bytes = request.body().and_then(|body| body.as_bytes()).map_or(0, <[u8]>::len) as u64;
        let patience = PATIENCE + Duration::from_secs(bytes / MIN_BYTES_PER_SEC);
        match tokio::time::timeout(patience, self.http.execute(request)).await {
            Ok(answer) => answer.map_err(|error| failed(name, error)),
            Err(_) => Err(told(
                name,
                format!("no answer of the registry in {} s", patience.as_secs()),
            )),
        }
    }

    fn expect_encrypted(&self, name: &str, url: &Url) -> Result<(), SourceError> {
        let origin = url.origin().ascii_serialization();
        if self.address.is_same_host(url) || is_encrypted_or_local(&origin, self.allow_http) {
            return Ok(());
        }
        Err(told(
            name,
            format!("the registry points to {origin}, expected https://"),
        ))
    }

    fn basic(&self) -> Option<HeaderValue> {
        let credentials = self.credentials.as_ref()?;
        let pair = format!("{}:{}", credentials.user, credentials.password);
        header(&format!("Basic {}", Base64::encode_string(pair.as_bytes())))
    }

    /// A token for this repository, of the server that the registry has named.
    async fn token(&self, name: &str, realm: &str, service: Option<&str>) -> Result<HeaderValue, SourceError> {
        let wrong = |reason: String| told(name, format!("no token of the registry: {reason}"));
        let mut url = Url::parse(realm).map_err(|error| wrong(error.to_string()))?;
        self.expect_encrypted(name, &url)?;
        let actions = if self.pushes { "pull,push" } else { "pull" };
        let scope = format!("repository:{}:{actions}", self.address.name);
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", service);
        }
        let mut request = Request::new(Method::GET, url);
        if let Some(authorization) = self.basic() {
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        let answer = tokio::time::timeout(PATIENCE, self.http.execute(request)).await;
        let answer = answer.map_err(|_| wrong("no answer".to_owned()))?;
        let answer = answer.map_err(|error| failed(name, error))?;
        if !answer.status().is_success() {
            return Err(refusal(name, answer).await);
        }
        let bytes = read_answer(name, answer, MAX_ANSWER_BYTES).await?;
        // What was answered is secret, and is not shown.
        let token: Option<Token> = serde_json::from_slice(&bytes).ok();
        let token = token.and_then(|token| token.token.or(token.access_token));
        let token = token.and_then(|token| header(&format!("Bearer {token}")));
        token.ok_or_else(|| wrong("the answer has none".to_owned()))
    }
}

fn header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// All of an answer that is not longer than it may be.
pub(super) async fn read_answer(name: &str, mut answer: Response, max_bytes: u64) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    loop {
        let piece = tokio::time::timeout(PATIENCE, answer.chunk()).await;
        let piece = piece.map_err(|_| told(name, "the registry's answer stops".to_owned()))?;
        let Some(piece) = piece.map_err(|error| failed(name, error))? else {
            return Ok(bytes);
        };
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > max_bytes {
            return Err(SourceError::Endless {
                name: name.to_owned(),
                max: max_bytes,
            });
        }
    }
}

/// What an answer means that is not what was asked for.
pub(super) async fn refusal(name: &str, answer: Response) -> SourceError {
    let status = answer.status();
    if status == StatusCode::NOT_FOUND {
        return SourceError::NotFound(name.to_owned());
    }
    let bytes = read_answer(name, answer, MAX_ANSWER_BYTES).await.unwrap_or_default();
    let said: Option<Errors> = serde_json::from_slice(&bytes).ok();
    let said = said.and_then(|said| said.errors.into_iter().next());
    let said = said.map_or_else(
        || status.to_string(),
        |entry| format!("{status}: {}: {}", entry.code, entry.message),
    );
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => told(
            name,
            format!("the registry refuses it, check the credentials and the rights of their owner: {said}"),
        ),
        _ => told(name, format!("the registry answers {said}")),
    }
}
