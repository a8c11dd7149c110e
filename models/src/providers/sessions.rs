//! Sessions of one model, on one provider after another.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ort::session::Session;

use super::build::SessionConfig;
use super::{Failure, Precision, Provider, ProviderError, Provision, SessionOptions};
use crate::limits::{Budget, MAX_LOAD, Stop, explained, within};
use crate::model_file::ModelFile;
use crate::runtime::Runtime;

/// Largest calibration table that is read, bytes: it has a line per tensor.
const MAX_CALIBRATION: u64 = 64 << 20;

/// Opens sessions until one works.
#[derive(Debug)]
pub(crate) struct Sessions {
    config: Arc<SessionConfig>,
    asked: Vec<Provider>,
    strict: bool,
    /// How many providers were tried.
    tried: usize,
    failed: Vec<Failure>,
    nodes: Option<[usize; 2]>,
    engines: Option<PathBuf>,
}

impl Sessions {
    /// For a model. Nothing is opened yet.
    ///
    /// # Errors
    /// Where the options contradict themselves or the model.
    pub(crate) fn new(
        runtime: &'static Runtime,
        model: &ModelFile,
        options: &SessionOptions,
    ) -> Result<Self, ProviderError> {
        let asked = &options.providers;
        if asked.providers.is_empty() {
            return Err(ProviderError::NoneAsked);
        }
        if asked.precision != Precision::Fp32 && !asked.providers.contains(&Provider::TensorRt) {
            return Err(ProviderError::Precision {
                precision: asked.precision,
                providers: asked.providers.clone(),
            });
        }
        let calibration = match (asked.precision, &asked.int8_calibration) {
            (Precision::Int8, Some(table)) => Some(read_calibration(table)?),
            (Precision::Int8, None) if !model.onnx().is_quantised => return Err(ProviderError::NotQuantised),
            _ => None,
        };
        Ok(Self {
            config: Arc::new(SessionConfig {
                runtime,
                network: Arc::clone(model.network()),
                threads: options.intra_threads,
                device: asked.device,
                precision: asked.precision,
                calibration,
            }),
            asked: asked.providers.clone(),
            strict: asked.strict,
            tried: 0,
            failed: Vec::new(),
            nodes: None,
            engines: None,
        })
    }

    /// A session on the next provider that makes one.
    ///
    /// # Errors
    /// When all were tried, or the first one failed and must not.
    pub(crate) fn open(&mut self) -> Result<Session, ProviderError> {
        loop {
            if let (true, Some(first)) = (self.strict, self.failed.first()) {
                return Err(ProviderError::Strict(first.clone()));
            }
            let Some(provider) = self.asked.get(self.tried).copied() else {
                return Err(ProviderError::AllFailed(std::mem::take(&mut self.failed)));
            };
            self.tried += 1;
            match self.session_on(provider) {
                Ok(session) => return Ok(session),
                Err(reason) => self.refuse(reason),
            }
        }
    }

    /// Does `work` for the provider that was tried last, within its limits. Those of a GPU have none: building engines
    /// takes minutes.
    pub(crate) fn limited<T: Send + 'static>(
        &self,
        what: &str,
        time: Duration,
        work: impl FnOnce(&Stop) -> T + Send + 'static,
    ) -> Result<T, String> {
        match self.provider() {
            Provider::TensorRt | Provider::Cuda => Ok(work(&Stop::default())),
            Provider::Xnnpack | Provider::Cpu => within(
                Budget::new(time, self.config.runtime.memory, self.config.network.len()),
                what,
                work,
            ),
        }
    }

    /// The provider of the session that was opened last.
    pub(crate) fn provider(&self) -> Provider {
        self.asked[self.tried.saturating_sub(1)]
    }

    /// The session that was opened last does not work.
    pub(crate) fn refuse(&mut self, reason: String) {
        let provider = self.provider();
        self.failed.push(Failure { provider, reason });
    }

    /// What came of it, if the session that was opened last works.
    pub(crate) fn provision(&self) -> Provision {
        let used = self.provider();
        Provision {
            used,
            failed: self.failed.clone(),
            precision: match used {
                Provider::TensorRt => self.config.precision,
                _ => Precision::Fp32,
            },
            nodes: self.nodes,
            engines: self.engines.clone(),
        }
    }

    fn session_on(&mut self, provider: Provider) -> Result<Session, String> {
        let with_cuda = self.asked[self.tried..].contains(&Provider::Cuda);
        let config = Arc::clone(&self.config);
        let made = self.limited("loading the model", MAX_LOAD, move |stop| {
            config.session(provider, with_cuda, stop)
        });
        let (session, engines) = made?.map_err(explained)?;
        self.engines = engines;
        self.nodes = nodes_on(provider, self.config.runtime, &session);
        match self.nodes {
            Some([0, all]) if all > 0 => Err(format!("it carries out none of the model's {all} operators")),
            _ => Ok(session),
        }
    }
}

/// How many operators the provider got, and how many there are, where the runtime tells.
fn nodes_on(provider: Provider, runtime: &Runtime, session: &Session) -> Option<[usize; 2]> {
    let counts = runtime.newer.operators_by_provider(session)?.ok()?;
    let own = counts.iter().filter(|(name, _)| name == provider.runtime_name());
    Some([
        own.map(|(_, nodes)| nodes).sum(),
        counts.iter().map(|(_, nodes)| nodes).sum(),
    ])
}

fn read_calibration(table: &Path) -> Result<Vec<u8>, ProviderError> {
    sinew_files::read(table, MAX_CALIBRATION).map_err(|cause| ProviderError::Calibration {
        file: table.to_owned(),
        cause,
    })
}
