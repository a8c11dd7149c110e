//! The node's store of releases, and the policy that it has in charge.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, ensure};
use sinew_control::tick::ControlLoop;
use sinew_messages::std_msgs::msg;
use sinew_models::ContractGiven;
use sinew_node::bus::Publisher;
use sinew_node::node::{InstalledPolicies, Setup};
use sinew_node::report::Registry;
use sinew_node::updates::{UpdateReport, UpdateRequests};
use sinew_releases::bundle::Kind;
use sinew_releases::store::Store;

use super::{ReleasedPolicy, Updates, UpdatesWorker};
use crate::assemble::contract_source;
use crate::{ControlParams, LoopSource, PolicyOnRobot};

/// A store of releases, and the one that the loop begins with.
#[derive(Debug)]
pub(crate) struct Released {
    store: Store,
    running: ReleasedPolicy,
    pub(crate) requests: Arc<UpdateRequests>,
    update: Arc<Publisher<msg::String>>,
}

impl Released {
    /// Opens the store that the parameters name, if any, and takes the policy in charge out of it. `loaded` is the policy
    /// that they name themselves: the factory release of a store that has none.
    pub(crate) fn open(
        setup: &Setup<ControlParams>,
        loaded: PolicyOnRobot,
        source: &LoopSource,
    ) -> anyhow::Result<(PolicyOnRobot, Option<Self>)> {
        let params = &source.control.policy.updates;
        let Some(folder) = &params.store else {
            return Ok((loaded, None));
        };
        let (store, running) = open_store(folder, params.crash_limit, &loaded, source)
            .with_context(|| format!("parameter `policy.updates.store`, {}", folder.display()))?;
        let released = Self {
            store,
            requests: Arc::default(),
            update: UpdateReport::topic(setup)?,
            running,
        };
        Ok((loaded.with_release(&released.running), Some(released)))
    }

    /// What looks after updates of `control`, a loop of the release that the store had in charge.
    pub(crate) fn updates(
        &self,
        loaded: &PolicyOnRobot,
        params: &ControlParams,
        control: &ControlLoop,
        installed: Arc<InstalledPolicies>,
    ) -> Updates {
        Updates::new(
            params.policy.updates.clone(),
            self.store.clone(),
            self.running.clone(),
            loaded.loop_of_updates(params, control),
            control.operator(),
            installed,
        )
    }

    /// The node is active again after it was deactivated: what the store has in charge by now takes over from the release
    /// that the loop begins with.
    pub(crate) fn started_again(&self, crash_limit: u32) -> anyhow::Result<()> {
        say_what_is_not_written(&self.store, self.store.started_where_written(crash_limit)?);
        Ok(())
    }

    /// The process ends in good order.
    pub(crate) fn ended(&self) {
        if self.store.not_written().is_some() {
            return;
        }
        if let Err(error) = self.store.ended() {
            tracing::error!("{}: {error}", self.store.folder().display());
        }
    }

    /// Begins to look after updates.
    pub(crate) fn start(&self, updates: Updates, registry: &Registry, robot: &str) -> std::io::Result<UpdatesWorker> {
        let report = UpdateReport::new(registry, robot, self.update.clone());
        UpdatesWorker::start(updates, self.requests.clone(), report, registry.clone())
    }
}

/// Opens a store for the process that runs its policies, and gives the one in charge. Where there is none yet, `loaded`
/// becomes the factory release.
///
/// # Errors
/// Where the store cannot be used, or no release in it be run.
pub fn open_store(
    folder: &Path,
    crash_limit: u32,
    loaded: &PolicyOnRobot,
    source: &LoopSource,
) -> anyhow::Result<(Store, ReleasedPolicy)> {
    let (store, status) = Store::open(folder)?;
    for complaint in status.complaints {
        tracing::warn!("{}: {complaint}", folder.display());
    }
    if status.state.factory().is_none() {
        install_factory(&store, loaded, source)?;
    }
    say_what_is_not_written(&store, store.started_where_written(crash_limit)?);
    let in_charge = store.in_charge()?;
    for reason in &in_charge.passed_over {
        tracing::warn!("{}: {reason}", folder.display());
    }
    let overrides = contract_source(&source.control.policy, &source.params_file).overrides;
    let running = ReleasedPolicy::read(&in_charge, &loaded.robot, overrides.as_ref())
        .map_err(|reason| anyhow!("release {}: {reason}", in_charge.release.version))?;
    tracing::info!(
        "release {} is in charge, out of slot {}",
        running.version,
        in_charge.slot
    );
    Ok((store, running))
}

/// A disk that does not take what is to be kept stops no robot.
fn say_what_is_not_written(store: &Store, complaint: Option<String>) {
    if let Some(complaint) = complaint {
        tracing::warn!("{}: {complaint}", store.folder().display());
    }
}

fn install_factory(store: &Store, loaded: &PolicyOnRobot, source: &LoopSource) -> anyhow::Result<()> {
    let given = contract_source(&source.control.policy, &source.params_file).given;
    let contract = match given {
        ContractGiven::Nothing => None,
        ContractGiven::File(file) => {
            let path = source.params_file.parent().unwrap_or(Path::new("")).join(file);
            Some(std::fs::read(&path).with_context(|| path.display().to_string())?)
        }
        ContractGiven::Inline(inline) => Some(serde_yaml_ng::to_string(&inline)?.into_bytes()),
    };
    let model = &loaded.policy_file;
    ensure!(
        model.weights_sha256().is_empty(),
        "{}: expected one file, found weights beside it; put them into the model",
        model.path().display()
    );
    let status = store.install_factory_model(Kind::Policy, (model.path(), model.bytes()), contract)?;
    tracing::info!(
        "{} is the factory release {} of {}",
        model.path().display(),
        status.state.factory().map_or("", |release| release.version.as_str()),
        store.folder().display()
    );
    Ok(())
}
