use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::super::{Asker, BusError, OnRequest, Sample, ServiceKind};
use super::answers::{self, Answer};
use super::rcl::{Bytes, Node, Refused, RequestId, Service};
use super::{survives, types};

/// At most so many requests are handed on before others have their turn.
const AT_ONCE: usize = 10;

/// In the name of a node of which only an endpoint is known by now.
const UNKNOWN: &str = "_NODE_NAME_UNKNOWN_";

/// A service, and what is done with its requests.
pub(super) struct Server {
    name: String,
    kind: ServiceKind,
    service: Service,
    on_request: OnRequest,
    gone: AtomicBool,
}

impl Server {
    pub(super) fn new(
        node: Arc<Node>,
        name: String,
        kind: ServiceKind,
        on_request: OnRequest,
    ) -> Result<Self, BusError> {
        let service = Service::new(node, &name, types::service(kind.name)?).map_err(|refused| refused.about(&name))?;
        Ok(Self {
            name,
            kind,
            service,
            on_request,
            gone: AtomicBool::new(false),
        })
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// From here on no request is handed on and none is answered.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Hands on the requests that wait.
    pub(super) fn take_all(self: &Arc<Self>, bytes: &mut Bytes) {
        for _ in 0..AT_ONCE {
            if self.gone.load(Ordering::Acquire) {
                return;
            }
            match self.service.take(bytes) {
                Ok(Some(id)) => self.hand_on(id, bytes.as_slice()),
                Ok(None) => return,
                Err(Refused(message)) => {
                    return tracing::error!(service = self.name, "no request could be taken: {message}");
                }
            }
        }
    }

    fn hand_on(self: &Arc<Self>, id: RequestId, cdr: &[u8]) {
        let request = match self.kind.request.decode(cdr) {
            Ok(request) => request,
            Err(error) => return tracing::warn!(service = self.name, "a request was let go: {error}"),
        };
        let (node, service) = (self.service.node().clone(), self.name.clone());
        let asker = Asker::new(id.client_text(), move || {
            let clients = node.clients(&service).unwrap_or_default().into_iter();
            let mut named = clients.filter(|client| client.id == id.client() && !client.node.contains(UNKNOWN));
            named.next().map(|client| client.node)
        });
        let server = Arc::downgrade(self);
        let respond = Box::new(move |response| {
            // Who left answers no more.
            if let Some(server) = server.upgrade() {
                server.respond(id, &response);
            }
        });
        if !survives(|| (self.on_request)(request, asker, respond)) {
            tracing::error!(service = self.name, "the server panicked; the request has no response");
        }
    }

    fn respond(self: &Arc<Self>, to: RequestId, response: &Sample) {
        let mut cdr = Vec::new();
        match self.kind.response.encode(response, &mut cdr) {
            Ok(()) => answers::send(Answer {
                server: Arc::downgrade(self),
                to,
                cdr,
                since: Instant::now(),
            }),
            Err(error) => tracing::error!(service = self.name, "a response could not be sent: {error}"),
        }
    }

    /// Sends a response; false where the way to its client is not known yet.
    pub(super) fn send(&self, to: RequestId, cdr: &[u8]) -> Result<bool, Refused> {
        if self.gone.load(Ordering::Acquire) {
            Ok(true)
        } else {
            self.service.respond(to, cdr)
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}
