//! A node that leaves a trace, and its life under test.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_messages::lifecycle_msgs::msg::Transition;
use sinew_messages::lifecycle_msgs::srv::{ChangeState, ChangeStateRequest, GetState, GetStateRequest};
use sinew_messages::rcl_interfaces::msg::{Parameter, SetParametersResult};
use sinew_messages::rcl_interfaces::srv::{SetParameters, SetParametersRequest};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Bus, Client, Input, Qos};
use sinew_node::declared::NodeParams;
use sinew_node::node::{Common, Live, Node, Setup, run_node};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Generous: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the node did.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) configured: AtomicU64,
    pub(crate) worked: AtomicU64,
    pub(crate) deactivated: AtomicU64,
    pub(crate) alive: AtomicI64,
    pub(crate) alive_at_rest: AtomicI64,
}

/// Parameters are plain data, so a node finds its trace by number.
static TRACES: Mutex<Vec<Arc<Trace>>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProbeParams {
    /// Added with each piece of work.
    #[schemars(extend("x-live" = true))]
    pub(crate) step: u32,
    /// Panics after so many pieces of work; 0 for never.
    pub(crate) panic_after: u32,
    /// Refuses to be configured.
    pub(crate) refuse: bool,
    /// Which trace is its own.
    pub(crate) trace: u32,
}

impl Default for ProbeParams {
    fn default() -> Self {
        Self {
            step: 1,
            panic_after: 0,
            refuse: false,
            trace: 0,
        }
    }
}

impl NodeParams for ProbeParams {}

#[derive(Debug)]
struct Probe {
    params: Live<ProbeParams>,
    trace: Arc<Trace>,
}

impl Node for Probe {
    const NAME: &'static str = "probe";
    type Params = ProbeParams;

    fn configure(setup: &Setup<ProbeParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        anyhow::ensure!(!params.refuse, "told to refuse");
        let trace = TRACES.lock().unwrap()[params.trace as usize].clone();
        trace.configured.fetch_add(1, Ordering::Relaxed);
        trace.alive.fetch_add(1, Ordering::Relaxed);
        let params = setup.params.clone();
        Ok(Self { params, trace })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        for done in 1_u32.. {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let params = self.params.get();
            self.trace.worked.fetch_add(u64::from(params.step), Ordering::Relaxed);
            // Only the first time: a second panic could meet the node's good end.
            let first_life = self.trace.configured.load(Ordering::Relaxed) == 1;
            let panics = first_life && params.panic_after > 0 && done >= params.panic_after;
            assert!(!panics, "a node's bug");
        }
        Ok(())
    }

    fn deactivate(&mut self) {
        self.trace.deactivated.fetch_add(1, Ordering::Relaxed);
        let alive = self.trace.alive.load(Ordering::Relaxed);
        self.trace.alive_at_rest.store(alive, Ordering::Relaxed);
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.trace.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A probe that lives on a bus of its own.
pub(crate) struct Life {
    pub(crate) trace: Arc<Trace>,
    bus: Arc<dyn Bus>,
    end: oneshot::Sender<()>,
    life: JoinHandle<anyhow::Result<()>>,
}

impl Life {
    pub(crate) async fn start(params: ProbeParams, autostart: bool) -> Self {
        let trace = Arc::new(Trace::default());
        let index = {
            let mut traces = TRACES.lock().unwrap();
            traces.push(trace.clone());
            traces.len() - 1
        };
        let params = ProbeParams {
            trace: index as u32,
            ..params
        };
        let common = Common {
            autostart,
            ..Common::default()
        };
        let network = LocalBus::new();
        let (end, ended) = oneshot::channel::<()>();
        let shutdown = async move {
            let _ = ended.await;
        };
        let life = tokio::spawn(run_node::<Probe>(network.node("probe", "/"), params, common, shutdown));
        let life = Self {
            trace,
            bus: network.node("operator", "/"),
            end,
            life,
        };
        // Its services are there once it answers.
        while !life.life.is_finished() && life.try_state().await.is_none() {}
        life
    }

    /// Ends the node as a signal does.
    pub(crate) async fn end(self) -> anyhow::Result<Arc<Trace>> {
        let _ = self.end.send(());
        self.life.await.unwrap()?;
        Ok(self.trace)
    }

    async fn try_state(&self) -> Option<String> {
        let client = Client::<GetState>::new(self.bus.clone(), "probe/get_state");
        let soon = Duration::from_millis(20);
        let response = client.call(GetStateRequest::default(), soon).await.ok()?;
        Some(response.current_state.label.clone())
    }

    /// Waits until the node ends by itself.
    pub(crate) async fn ends_by_itself(self) -> anyhow::Result<()> {
        tokio::time::timeout(PATIENCE, self.life).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self) -> String {
        self.try_state().await.unwrap()
    }

    pub(crate) async fn change(&self, label: &str) -> bool {
        let client = Client::<ChangeState>::new(self.bus.clone(), "probe/change_state");
        let transition = Transition {
            label: label.to_owned(),
            ..Transition::default()
        };
        client
            .call(ChangeStateRequest { transition }, PATIENCE)
            .await
            .unwrap()
            .success
    }

    pub(crate) async fn set(&self, parameters: Vec<Parameter>) -> Vec<SetParametersResult> {
        let client = Client::<SetParameters>::new(self.bus.clone(), "probe/set_parameters");
        let response = client
            .call(SetParametersRequest { parameters }, PATIENCE)
            .await
            .unwrap();
        response.results.clone()
    }

    /// What will be told of who asked for what.
    pub(crate) fn interventions(&self) -> Input<DiagnosticArray> {
        Input::new(&*self.bus, "/interventions", Qos::default().keep_last(100)).unwrap()
    }

    pub(crate) async fn until_state(&self, label: &str) {
        let reached = async {
            while self.try_state().await.as_deref() != Some(label) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap();
    }

    pub(crate) async fn until(&self, holds: impl Fn(&Trace) -> bool) {
        let reached = async {
            while !holds(&self.trace) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap();
    }
}
