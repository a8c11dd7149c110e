use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::{BusError, Responder, Sample, ServiceKind};
use super::rcl::{Bytes, Client, Node, Refused};
use super::{survives, types};
use crate::sync::lock;

/// A client of one service, and the requests that have no response yet.
pub(super) struct Caller {
    service: String,
    kind: ServiceKind,
    client: Client,
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    /// Not sent yet: the server is not there. In the order they came.
    waiting: VecDeque<(Vec<u8>, PendingRequest)>,
    /// Sent, with their numbers.
    sent: Vec<(i64, PendingRequest)>,
}

/// A request that somebody waits for.
struct PendingRequest {
    until: Instant,
    on_response: Responder,
}

impl Caller {
    pub(super) fn new(node: Arc<Node>, service: String, kind: ServiceKind) -> Result<Self, BusError> {
        let support = types::service(kind.name)?;
        let client = Client::new(node, &service, support).map_err(|refused| refused.about(&service))?;
        Ok(Self {
            service,
            kind,
            client,
            requests: Mutex::default(),
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request, or keeps it until the server is there: true where it is kept. After `patience`
    /// it is sent no more, nor its response handed on.
    pub(super) fn request(
        &self,
        request: &Sample,
        patience: Duration,
        on_response: Responder,
    ) -> Result<bool, BusError> {
        let mut cdr = Vec::new();
        let encoded = self.kind.request.encode(request, &mut cdr);
        encoded.map_err(|error| BusError::Codec {
            name: self.service.clone(),
            message: error.to_string(),
        })?;
        let now = Instant::now();
        // A patience without end is as good as a year.
        let until = now + patience.min(Duration::from_secs(365 * 86_400));
        let mut requests = lock(&self.requests);
        requests.sent.retain(|(_, open)| open.until > now);
        requests.waiting.push_back((cdr, PendingRequest { until, on_response }));
        self.send(&mut requests)
            .map_err(|refused| refused.about(&self.service))?;
        Ok(!requests.waiting.is_empty())
    }

    /// Sends what waits if the server is there by now: true while something waits.
    pub(super) fn send_waiting(&self) -> bool {
        let mut requests = lock(&self.requests);
        if let Err(Refused(message)) = self.send(&mut requests) {
            tracing::error!(service = self.service, "no request could be sent: {message}");
        }
        !requests.waiting.is_empty()
    }

    fn send(&self, requests: &mut Requests) -> Result<(), Refused> {
        let now = Instant::now();
        requests.waiting.retain(|(_, open)| open.until > now);
        if requests.waiting.is_empty() || !self.client.has_server()? {
            return Ok(());
        }
        while let Some((cdr, open)) = requests.waiting.pop_front() {
            let number = self.client.send(&cdr)?;
            requests.sent.push((number, open));
        }
        Ok(())
    }

    /// Hands on the responses that came.
    pub(super) fn take_all(&self, bytes: &mut Bytes) {
        loop {
            match self.client.take(bytes) {
                Ok(Some(number)) => self.hand_on(number, bytes.as_slice()),
                Ok(None) => return,
                Err(Refused(message)) => {
                    return tracing::error!(service = self.service, "no response could be taken: {message}");
                }
            }
        }
    }

    fn hand_on(&self, number: i64, cdr: &[u8]) {
        let open = {
            let mut requests = lock(&self.requests);
            let place = requests.sent.iter().position(|(sent, _)| *sent == number);
            place.map(|place| requests.sent.swap_remove(place).1)
        };
        // Nobody waits for it any more.
        let Some(open) = open.filter(|open| open.until > Instant::now()) else {
            return;
        };
        match self.kind.response.decode(cdr) {
            Ok(response) => {
                if !survives(|| (open.on_response)(response)) {
                    tracing::error!(service = self.service, "the client panicked on a response");
                }
            }
            Err(error) => tracing::warn!(service = self.service, "a response was let go: {error}"),
        }
    }
}
