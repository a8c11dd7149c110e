//! The node's store of releases, and the model that it has in charge.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, ensure};
use sinew_messages::std_msgs::msg;
use sinew_models::ModelFile;
use sinew_node::bus::Publisher;
use sinew_node::node::Setup;
use sinew_node::report::Registry;
use sinew_node::updates::{UpdateReport, UpdateRequests};
use sinew_releases::bundle::Kind;
use sinew_releases::store::Store;

use super::{ModelUse, UpdateParams, Updates, UpdatesWorker};
use crate::PerceptionParams;
use crate::place::{ModelPlace, RunningModel};

/// A store of releases, and the place of the model in charge.
#[derive(Debug)]
pub(crate) struct Released {
    params: UpdateParams,
    of: ModelUse,
    store: Store,
    pub(crate) place: Arc<ModelPlace>,
    pub(crate) requests: Arc<UpdateRequests>,
    update: Arc<Publisher<msg::String>>,
}

impl Released {
    /// Opens the store that the parameters name, if any. The model that they name is the factory release of a store that
    /// has none.
    ///
    /// # Errors
    /// Where the store cannot be used.
    pub(crate) fn open(setup: &Setup<PerceptionParams>, params: &PerceptionParams) -> anyhow::Result<Option<Self>> {
        let Some(folder) = &params.updates.store else {
            return Ok(None);
        };
        let folder = setup.path(folder);
        let store = opened(&folder, &setup.path(&params.model), params.updates.crash_limit)
            .with_context(|| format!("parameter `updates.store`, {}", folder.display()))?;
        Ok(Some(Self {
            params: params.updates.clone(),
            of: ModelUse {
                params: params.clone(),
                folder: setup.path(Path::new("")),
            },
            store,
            place: Arc::default(),
            requests: Arc::default(),
            update: UpdateReport::topic(setup)?,
        }))
    }

    /// Loads the release in charge.
    ///
    /// # Errors
    /// Where no release of the store can be verified, or the one in charge cannot be run.
    pub(crate) fn load(&self) -> anyhow::Result<RunningModel> {
        let folder = self.store.folder().display();
        let loaded = self.store.in_charge().with_context(|| folder.to_string())?;
        for reason in &loaded.passed_over {
            tracing::warn!("{folder}: {reason}");
        }
        let running = self.of.load(&loaded);
        let running = running.map_err(|reason| anyhow!("{folder}: release {}: {reason}", loaded.release.version))?;
        tracing::info!("release {} is in charge, out of slot {}", running.version, loaded.slot);
        Ok(running)
    }

    /// The node is active again after it was deactivated: what the store has in charge by now takes over from what it ran
    /// last.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub(crate) fn started_again(&self) -> anyhow::Result<()> {
        say_what_is_not_written(&self.store, self.store.started_where_written(self.params.crash_limit)?);
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
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(&self, running: &RunningModel, registry: &Registry) -> std::io::Result<UpdatesWorker> {
        self.place.clear();
        let report = UpdateReport::new(registry, &self.of.params.cameras.join(", "), self.update.clone());
        let (of, place) = (self.of.clone(), self.place.clone());
        let updates = Updates::new(self.params.clone(), self.store.clone(), running, of, place.clone());
        let cores = &self.of.params.cores;
        UpdatesWorker::start(updates, place, self.requests.clone(), report, cores, registry.clone())
    }
}

fn opened(folder: &Path, model: &Path, crash_limit: u32) -> anyhow::Result<Store> {
    let (store, status) = Store::open(folder)?;
    for complaint in status.complaints {
        tracing::warn!("{}: {complaint}", folder.display());
    }
    if status.state.factory().is_none() {
        let file = ModelFile::read(model)?;
        ensure!(
            file.weights_sha256().is_empty(),
            "{}: expected one file, found weights beside it; put them into the model",
            model.display()
        );
        let status = store.install_factory_model(Kind::Perception, (model, file.bytes()), None)?;
        tracing::info!(
            "{} is the factory release {} of {}",
            model.display(),
            status.state.factory().map_or("", |release| release.version.as_str()),
            folder.display()
        );
    }
    say_what_is_not_written(&store, store.started_where_written(crash_limit)?);
    Ok(store)
}

/// A disk that does not take what is to be kept stops no robot.
fn say_what_is_not_written(store: &Store, complaint: Option<String>) {
    if let Some(complaint) = complaint {
        tracing::warn!("{}: {complaint}", store.folder().display());
    }
}
