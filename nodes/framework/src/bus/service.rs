use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_messages::Service;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::{Asker, Bus, BusError, Guard, Responder, Sample, ServiceKind};

/// Answers one request. Dropped unused, it leaves the client without a response.
pub struct Reply<S> {
    respond: Responder,
    service: PhantomData<fn(S)>,
}

impl<S> fmt::Debug for Reply<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

impl<S: Service> Reply<S> {
    /// Sends the response.
    pub fn send(self, response: S::Response) {
        (self.respond)(Arc::new(response));
    }
}

/// How many requests wait to be answered at most; a client of one more gets no response.
const WAITING_REQUESTS: usize = 100;

/// Requests to a service that wait to be answered, in the order they came, 100 at most.
pub struct Requests<S: Service> {
    queue: mpsc::Receiver<(Arc<S::Request>, Reply<S>)>,
    _guard: Guard,
}

impl<S: Service> fmt::Debug for Requests<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Requests").field(&S::TYPE).finish()
    }
}

impl<S: Service> Requests<S> {
    /// Puts a server on the bus.
    ///
    /// # Errors
    /// Where the service has no valid name, or the bus refuses.
    pub fn new(bus: &dyn Bus, service: &str) -> Result<Self, BusError> {
        let (sender, queue) = mpsc::channel(WAITING_REQUESTS);
        let guard = serve::<S>(bus, service, move |request, reply| {
            // A server that is just being dropped needs no warning.
            if let Err(TrySendError::Full(_)) = sender.try_send((request, reply)) {
                tracing::warn!(
                    service = S::TYPE,
                    "a request was let go: {WAITING_REQUESTS} wait already, is the server stuck?"
                );
            }
        })?;
        Ok(Self { queue, _guard: guard })
    }

    /// Waits for the next request.
    pub async fn next(&mut self) -> (Arc<S::Request>, Reply<S>) {
        match self.queue.recv().await {
            Some(request) => request,
            // The sender lives in the guard, so this is not reached while `self` is.
            None => std::future::pending().await,
        }
    }
}

/// Keeps a server on the bus.
pub struct Server(#[allow(dead_code, reason = "held for its Drop")] Guard);

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

/// Answers every request at once, in the thread that delivers it. It must be quick.
///
/// # Errors
/// Where the service has no valid name, or the bus refuses.
pub fn answer<S: Service>(
    bus: &dyn Bus,
    service: &str,
    respond: impl Fn(&S::Request) -> S::Response + Send + Sync + 'static,
) -> Result<Server, BusError> {
    serve::<S>(bus, service, move |request, reply| reply.send(respond(&request))).map(Server)
}

fn serve<S: Service>(
    bus: &dyn Bus,
    service: &str,
    on_request: impl Fn(Arc<S::Request>, Reply<S>) + Send + Sync + 'static,
) -> Result<Guard, BusError> {
    let on_sample = move |sample: Sample, _: Asker, respond: Responder| {
        if let Ok(request) = sample.downcast::<S::Request>() {
            let service = PhantomData;
            on_request(request, Reply { respond, service });
        }
    };
    bus.serve(service, ServiceKind::of::<S>(), Box::new(on_sample))
}

/// Calls a service.
#[derive(Debug)]
pub struct Client<S> {
    bus: Arc<dyn Bus>,
    service: String,
    kind: PhantomData<fn(S)>,
}

impl<S: Service> Client<S> {
    /// A client of the service of that name; whether it is there shows when it is called.
    pub fn new(bus: Arc<dyn Bus>, service: &str) -> Self {
        Self {
            bus,
            service: service.to_owned(),
            kind: PhantomData,
        }
    }

    /// Sends a request and waits for the response, at most `patience`.
    ///
    /// # Errors
    /// [`BusError::NoResponse`] when none came in time.
    pub async fn call(&self, request: S::Request, patience: Duration) -> Result<Arc<S::Response>, BusError> {
        let called = Instant::now();
        let (sender, response) = oneshot::channel();
        let on_response = move |sample: Sample| {
            // Whoever stopped waiting does not want it.
            let _ = sender.send(sample);
        };
        self.bus.request(
            &self.service,
            ServiceKind::of::<S>(),
            Arc::new(request),
            patience,
            Box::new(on_response),
        )?;
        // An elapsed time, a request that was let go, a response of another type: nothing came back.
        let response = tokio::time::timeout(patience, response).await;
        let response = response.ok().and_then(Result::ok);
        response
            .and_then(|sample| sample.downcast::<S::Response>().ok())
            .ok_or_else(|| BusError::NoResponse {
                service: self.service.clone(),
                waited: called.elapsed(),
            })
    }
}
