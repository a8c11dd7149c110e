use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_node::bus::{Qos, Subscription};
use sinew_node::node::{Node, Setup};
use sinew_node::report::{Diagnostics, Part};
use sinew_node::worker::{Builder, Ending, Worker};
use tokio::sync::Notify;

use crate::machine::Machine;
use crate::params::Limits;
use crate::server::{Server, listen};
use crate::{Counts, MetricsParams, Sources, Token};

/// How often the node looks after its server, and reports.
const PERIOD: Duration = Duration::from_secs(1);
/// Messages of `/diagnostics` that may wait: a robot has many nodes, and they report at once.
const WAITING: usize = 64;

/// The node.
#[derive(Debug)]
pub struct Metrics {
    address: SocketAddr,
    token: Option<Token>,
    limits: Limits,
    sources: Arc<Sources>,
    part: Part,
    diagnostics: Diagnostics,
    /// A listener that was made to see whether it can be, not yet used.
    ready: Option<TcpListener>,
    server: Option<Worker<Server>>,
    _heard: Subscription,
}

impl Node for Metrics {
    const NAME: &'static str = "metrics";
    const DESCRIPTION: &'static str = "what all nodes report, for Prometheus, and whether they are ready";
    type Params = MetricsParams;

    fn configure(setup: &Setup<MetricsParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let asked = params.check().map_err(anyhow::Error::msg)?;
        let token = params.token_file.as_ref().map(|file| {
            let path = setup.path(file);
            Token::read(&path).with_context(|| format!("`token_file`: {}", path.display()))
        });
        let token = token.transpose()?;
        let ready = listening(asked)?;
        let address = ready.local_addr().context("`address`")?;
        let part = setup.registry.part("metrics", &address.to_string());
        let sources = Arc::new(Sources::new(
            setup.host.shown.clone(),
            Machine::default(),
            Counts::new(&part),
        ));
        let heard = sources.clone();
        let qos = Qos::default().keep_last(WAITING);
        let subscription = setup.on_message("/diagnostics", qos, move |message: Arc<DiagnosticArray>| {
            heard.heard.hear(&message, Instant::now());
        })?;
        Ok(Self {
            address,
            token,
            limits: params.limits.clone(),
            sources,
            part,
            diagnostics: Diagnostics::new(setup)?,
            ready: Some(ready),
            server: None,
            _heard: subscription,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let listener = match self.ready.take() {
            Some(ready) => ready,
            None => listening(self.address)?,
        };
        self.server = Some(self.start(listener)?);
        tracing::info!(address = %self.address, "metrics at http://{}/metrics", self.address);
        self.part
            .judge(DiagnosticStatus::OK, format!("answers at {}", self.address));
        loop {
            if self.server.as_ref().is_none_or(Worker::has_ended) {
                bail!("the server has ended");
            }
            self.diagnostics.publish()?;
            tokio::time::sleep(PERIOD).await;
        }
    }

    fn deactivate(&mut self) {
        // Dropping it ends the thread, and closes the listener with it.
        self.server = None;
        self.part.judge(DiagnosticStatus::STALE, "does not answer");
    }
}

impl Metrics {
    fn start(&self, listener: TcpListener) -> anyhow::Result<Worker<Server>> {
        let server = Server {
            listener,
            sources: self.sources.clone(),
            token: self.token.clone(),
            limits: self.limits.clone(),
        };
        let ends = Arc::new(Notify::new());
        let asked = ends.clone();
        let ending = Ending::calling(move || asked.notify_one());
        Builder::new("metrics")
            .ended_by(Arc::new(ending))
            .start(server, move |server, _| {
                if let Err(error) = server.serve(&ends) {
                    tracing::error!("the server cannot work: {error}");
                }
            })
            .context("no thread for the server")
    }
}

fn listening(address: SocketAddr) -> anyhow::Result<TcpListener> {
    listen(address).with_context(|| {
        format!("`address`: cannot listen at {address}; `ss -tlnp` says who does, and port 0 takes any that is free")
    })
}
