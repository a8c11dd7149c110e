use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::super::{Asker, BusError, OnRequest, Responder, Sample, ServiceKind};
use super::graph::Graph;
use crate::sync::lock;

/// Whoever answers the requests to a service.
pub(super) struct Server {
    pub(super) service: String,
    pub(super) kind: ServiceKind,
    on_request: OnRequest,
    gone: AtomicBool,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.service).finish()
    }
}

impl Server {
    pub(super) fn handle(self: &Arc<Self>, request: Sample, asker: Asker, on_response: Responder) {
        let server = self.clone();
        let respond = Box::new(move |response| {
            // Who left answers no more.
            if !server.gone.load(Ordering::Acquire) {
                on_response(response);
            }
        });
        if catch_unwind(AssertUnwindSafe(|| (self.on_request)(request, asker, respond))).is_err() {
            tracing::error!(
                service = self.service,
                "the server panicked; the request has no response"
            );
        }
    }
}

/// Keeps a server in the graph.
pub(super) struct ServerGuard {
    server: Arc<Server>,
    graph: Arc<Mutex<Graph>>,
}

impl ServerGuard {
    pub(super) fn new(
        graph: &Arc<Mutex<Graph>>,
        service: String,
        kind: ServiceKind,
        on_request: OnRequest,
    ) -> Result<Self, BusError> {
        let server = Arc::new(Server {
            service,
            kind,
            on_request,
            gone: AtomicBool::new(false),
        });
        lock(graph).add_server(&server)?;
        Ok(Self {
            server,
            graph: graph.clone(),
        })
    }
}

impl Drop for ServerGuard {
    fn drop(&mut self) {
        self.server.gone.store(true, Ordering::Release);
        // The callback is dropped after the lock: it may own a place on the bus itself.
        lock(&self.graph).remove_server(&self.server);
    }
}
