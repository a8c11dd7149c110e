use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(not(feature = "otlp"))]
use anyhow::ensure;
use anyhow::{Context, bail};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_node::bus::{Qos, Subscription};
use sinew_node::node::{Node, Setup};
use sinew_node::report::{Diagnostics, Part};
use sinew_node::worker::{Builder, Ending, Worker};
use tokio::sync::Notify;

use crate::machine::Machine;
#[cfg(feature = "otlp")]
use crate::otlp::Export;
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
    #[cfg(feature = "otlp")]
    export: Option<Export>,
    #[cfg(feature = "otlp")]
    exporter: Option<Worker<()>>,
    _heard: Subscription,
}

impl Node for Metrics {
    const NAME: &'static str = "metrics";
    const DESCRIPTION: &'static str = "what all nodes report, for Prometheus, and whether they are ready";
    type Params = MetricsParams;

    fn configure(setup: &Setup<MetricsParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let asked = params.check().map_err(anyhow::Error::msg)?;
        let token = read_token(setup, "token_file", params.token_file.as_deref())?;
        // A port that somebody else has now may be free later: then the node has failed, and is started again. The
        // others go on.
        let ready = match listen(asked) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => None,
            listening => Some(listening.with_context(|| no_listener(asked))?),
        };
        let address = match &ready {
            Some(listener) => listener.local_addr().context("`address`")?,
            None => asked,
        };
        #[cfg(not(feature = "otlp"))]
        ensure!(
            params.otlp.endpoint.is_none(),
            "`otlp.endpoint`: expected none, since this program was built without the feature `otlp`"
        );
        #[cfg(feature = "otlp")]
        let export = {
            let token = read_token(setup, "otlp.token_file", params.otlp.token_file.as_deref())?;
            Export::new(&params.otlp, token, &setup.registry)
        };
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
            ready,
            server: None,
            #[cfg(feature = "otlp")]
            export,
            #[cfg(feature = "otlp")]
            exporter: None,
            _heard: subscription,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let listener = match self.ready.take() {
            Some(ready) => ready,
            None => listen(self.address).with_context(|| no_listener(self.address))?,
        };
        self.server = Some(self.start(listener)?);
        #[cfg(feature = "otlp")]
        if let Some(export) = &self.export {
            self.exporter = Some(export.start(self.sources.clone())?);
        }
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
        #[cfg(feature = "otlp")]
        {
            self.exporter = None;
        }
        self.part.judge(DiagnosticStatus::STALE, "does not answer");
    }
}

/// The token in a file that a parameter names.
fn read_token(setup: &Setup<MetricsParams>, key: &str, file: Option<&Path>) -> anyhow::Result<Option<Token>> {
    let read = |file| {
        let path = setup.path(file);
        Token::read(&path).with_context(|| format!("`{key}`: {}", path.display()))
    };
    file.map(read).transpose()
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

fn no_listener(address: SocketAddr) -> String {
    format!("`address`: cannot listen at {address}; `ss -tlnp` says who does, and port 0 takes any that is free")
}
