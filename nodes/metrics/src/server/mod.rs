//! The HTTP server: one request a connection, each within limits of size and time, in a thread of its own.

mod answer;
mod connections;

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::Sources;
use crate::params::Limits;
use crate::token::Token;
use answer::Door;
use connections::Connections;

/// How long nobody is let in where the system has no more file descriptors.
const OUT_OF_FILES: Duration = Duration::from_millis(100);
/// Headers of a request; a client that has more wants something else.
const MAX_HEADERS: usize = 64;

/// What a server needs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) sources: Arc<Sources>,
    pub(crate) token: Option<Token>,
    pub(crate) limits: Limits,
}

/// Where a listener listens that was made at `address`, and takes connections as tokio wants them.
///
/// # Errors
/// Where the system refuses the address.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Server {
    /// Answers until `ending` is notified.
    ///
    /// # Errors
    /// Where the system gives no runtime.
    pub(crate) fn serve(&self, ending: &Notify) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // What is rendered is rendered one after the other.
            .max_blocking_threads(1)
            .thread_name("metrics render")
            .build()?;
        let served = runtime.block_on(async {
            tokio::select! {
                () = ending.notified() => Ok(()),
                served = self.accept() => served,
            }
        });
        // A sensor that is slow to be read is not waited for.
        runtime.shutdown_background();
        served
    }

    async fn accept(&self) -> std::io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        let door = Arc::new(Door::new(self.sources.clone(), self.token.clone()));
        let mut connections = Connections::new(self.limits.connections as usize, self.sources.counts.clone());
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let mut place = connections.place();
                    let begun = place.begun();
                    let life = converse(stream, door.clone(), self.limits.clone(), begun);
                    place.fill(tokio::spawn(life));
                }
                Err(_) => tokio::time::sleep(OUT_OF_FILES).await,
            }
        }
    }
}

/// One request and its answer; a client that takes longer than its time is cut off.
async fn converse(stream: TcpStream, door: Arc<Door>, limits: Limits, begun: connections::Begun) {
    let time = Duration::from_secs_f64(limits.secs);
    let service = service_fn(|request| {
        begun.note();
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(&request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(time)
        .max_buf_size(limits.head_bytes as usize)
        .max_headers(MAX_HEADERS)
        .keep_alive(false)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    // How it ends is the client's matter.
    let _ = tokio::time::timeout(time, connection).await;
}
