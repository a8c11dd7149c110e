//! The nodes `metrics` and `telemetry` beside a loop, as `sinew up` has them: each with threads of its own, which bear its
//! name.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sinew_node::bus::local::LocalBus;
use sinew_node::node::testing::TestNode;
use sinew_node::node::{Host, Node, ShownLoop};
use sinew_node_metrics::Metrics;
use sinew_node_telemetry::Telemetry;
use tokio::runtime::Runtime;

use crate::cpu::secs_of;

/// As many as a node's process gives it.
const WORKERS: usize = 2;
/// How often Prometheus usually looks at its fastest.
const SCRAPE_PERIOD: Duration = Duration::from_secs(1);

/// Both nodes, and who reads `/metrics`.
pub(crate) struct Watchers {
    nodes: Vec<(Runtime, TestNode)>,
    ends: Arc<AtomicBool>,
    scraped: Arc<AtomicU64>,
    scraper: JoinHandle<()>,
}

/// Processor time of each node, s.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct CpuSecs {
    pub(crate) metrics: f64,
    pub(crate) telemetry: f64,
}

impl Watchers {
    /// Beside this loop; telemetry goes to a broker at that port, or stays in its spool.
    ///
    /// # Errors
    /// Where a node cannot be brought up.
    pub(crate) fn start(shown: ShownLoop, broker: Option<u16>, folder: &Path) -> Result<Self> {
        let host = Host::default();
        host.shown.show_loop(shown);
        let bus = LocalBus::new();
        let (address, nobody) = (free_address()?, free_address()?);
        let broker = broker.unwrap_or(nobody.port());
        let metrics = node::<Metrics>(&host, &bus, &format!("{{address: '{address}'}}"))?;
        let spool = folder.join("spool");
        let telemetry = format!(
            "{{robot_id: strider, spool: {{folder: '{}'}}, broker: {{host: 127.0.0.1, port: {broker}, tls: false}}}}",
            spool.display()
        );
        let telemetry = node::<Telemetry>(&host, &bus, &telemetry)?;
        let (ends, scraped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (asked, counts) = (ends.clone(), scraped.clone());
        let scraper = std::thread::Builder::new().name("scraper".to_owned()).spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                if scrape(address).is_ok_and(|text| text.contains("sinew_build_info")) {
                    counts.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::park_timeout(SCRAPE_PERIOD);
            }
        })?;
        Ok(Self {
            nodes: vec![metrics, telemetry],
            ends,
            scraped,
            scraper,
        })
    }

    /// What they have used so far.
    pub(crate) fn cpu_secs(&self) -> CpuSecs {
        CpuSecs {
            metrics: secs_of("metrics").unwrap_or(f64::NAN),
            telemetry: secs_of("telemetry").unwrap_or(f64::NAN),
        }
    }

    /// Ends them.
    ///
    /// # Errors
    /// Where a node failed, or `/metrics` was never read.
    pub(crate) fn end(self) -> Result<()> {
        self.ends.store(true, Ordering::Relaxed);
        self.scraper.thread().unpark();
        self.scraper
            .join()
            .map_err(|_| anyhow::anyhow!("who reads `/metrics` panicked"))?;
        ensure!(
            self.scraped.load(Ordering::Relaxed) > 0,
            "`/metrics` was never answered in full"
        );
        for (runtime, node) in self.nodes {
            runtime.block_on(node.end())?;
        }
        Ok(())
    }
}

fn node<N: Node>(host: &Host, bus: &LocalBus, params: &str) -> Result<(Runtime, TestNode)> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name(N::NAME)
        .enable_time()
        .build()?;
    let node = runtime.block_on(TestNode::start_in::<N>(host.clone(), bus.node(N::NAME, "/"), params));
    let node = node.with_context(|| N::NAME)?;
    Ok((runtime, node))
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn scrape(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SCRAPE_PERIOD))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}
