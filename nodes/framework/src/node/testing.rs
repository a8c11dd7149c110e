//! A node in a test, brought up as its own program brings it up.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use futures_util::FutureExt;
use sinew_messages::lifecycle_msgs::srv::{GetState, GetStateRequest};
use sinew_messages::rcl_interfaces::srv::{SetParameters, SetParametersRequest};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Node;
use super::args::RosArgs;
use super::host::Host;
use super::parameter_services::initial;
use super::runner::{ParameterOrigin, live_through};
use crate::bus::{Bus, Client};
use crate::declared::{Layer, Parameter, Value};
use crate::lifecycle::State;

/// Far more than a node takes to answer.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(5);

/// A node that lives until this is dropped, with its lifecycle and its services.
///
/// It runs in the tokio runtime of the test. `sinew new node` writes an example.
#[derive(Debug)]
pub struct TestNode {
    bus: Arc<dyn Bus>,
    shutdown: oneshot::Sender<()>,
    life: JoinHandle<anyhow::Result<()>>,
}

impl TestNode {
    /// Brings the node up on `bus` and waits until it is active. `params` is what a parameter file has
    /// below `ros__parameters`, for example `{rate_hz: 50.0}`.
    ///
    /// # Errors
    /// For parameters that cannot be, and what keeps the node from being configured.
    pub async fn start<N: Node>(bus: Arc<dyn Bus>, params: &str) -> anyhow::Result<Self> {
        Self::start_in::<N>(Host::default(), bus, params).await
    }

    /// As [`start`](Self::start), in a process of which the node sees the loops and reports that `host` shows.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_in<N: Node>(host: Host, bus: Arc<dyn Bus>, params: &str) -> anyhow::Result<Self> {
        let own = serde_yaml_ng::from_str(params).context("expected parameters as in YAML")?;
        let name = bus.node_name();
        let layers = vec![Layer::section("test", name, own)];
        let declared = initial::<N::Params>(name, layers, &RosArgs::default())?;
        let (shutdown, asked) = oneshot::channel();
        let mut life = tokio::spawn(live_through::<N>(
            bus.clone(),
            declared,
            ParameterOrigin::default(),
            host,
            asked.map(drop),
        ));
        tokio::select! {
            ended = &mut life => {
                ended.context("the node's task failed").flatten()?;
                bail!("the node has ended");
            }
            active = tokio::time::timeout(PATIENCE, becomes_active(&bus)) => {
                active.context("the node does not become active")?;
            }
        }
        Ok(Self { bus, shutdown, life })
    }

    /// Sets a parameter through the node's service, as `ros2 param set` does.
    ///
    /// # Errors
    /// With the node's reason where it refuses.
    pub async fn set(&self, name: &str, value: Value) -> anyhow::Result<()> {
        let service = Client::<SetParameters>::new(self.bus.clone(), "~/set_parameters");
        let parameters = vec![Parameter::new(name, value).into()];
        let response = service.call(SetParametersRequest { parameters }, PATIENCE).await?;
        for result in &response.results {
            ensure!(result.successful, "{}", result.reason);
        }
        Ok(())
    }

    /// Deactivates the node and shuts it down.
    ///
    /// # Errors
    /// What its last transitions failed with.
    pub async fn end(self) -> anyhow::Result<()> {
        // Gone, it asks as well as used.
        drop(self.shutdown);
        self.life.await.context("the node's task failed").flatten()
    }
}

async fn becomes_active(bus: &Arc<dyn Bus>) {
    let state = Client::<GetState>::new(bus.clone(), "~/get_state");
    loop {
        // Without a response the node does not have its services yet.
        if let Ok(response) = state.call(GetStateRequest::default(), POLL).await
            && response.current_state.id == State::Active.id()
        {
            return;
        }
        tokio::time::sleep(POLL).await;
    }
}
