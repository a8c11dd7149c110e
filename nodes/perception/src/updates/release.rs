//! From a release in the store to a model that runs here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sinew_models::ModelFile;
use sinew_node::report::Histogram;
use sinew_perception::Model;
use sinew_perception::contract::PerceptionContract;
use sinew_releases::bundle::Kind;
use sinew_releases::store::Loaded;

use super::companion::looked_at;
use crate::PerceptionParams;
use crate::detector::Detector;
use crate::outputs::ResultKind;
use crate::place::{RunningModel, SeenImage};

/// Runs that are measured before a candidate is admitted, where that takes no longer than [`MEASURING`].
const MEASURED: u64 = 200;
/// Fewer say nothing.
const FEWEST_MEASURED: u64 = 10;
const MEASURING: Duration = Duration::from_secs(5);

/// What a model is loaded for.
#[derive(Debug, Clone)]
pub struct ModelUse {
    /// The node's parameters.
    pub params: PerceptionParams,
    /// The folder in which relative paths of theirs lie.
    pub folder: PathBuf,
}

/// What those who hear a model rely on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Promise {
    kind: ResultKind,
    pub(super) names: Vec<String>,
    doubts: Vec<String>,
}

impl ModelUse {
    fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// Loads a release whose bytes were verified, and looks whether it keeps its contract here.
    ///
    /// # Errors
    /// Says why it is no model for this node.
    pub(crate) fn load(&self, loaded: &Loaded) -> Result<RunningModel, String> {
        let model = loaded.model(Kind::Perception)?;
        let file = ModelFile::from_bytes(&model.path, model.bytes).map_err(|error| error.to_string())?;
        if !file.weights_sha256().is_empty() {
            return Err("expected one model file, found weights beside it".to_owned());
        }
        let detector = Detector::of(&file, &self.params, |path| self.path(path));
        let mut detector = detector.map_err(|error| error.to_string())?;
        if let Some((name, bytes)) = &model.contract {
            let contract = PerceptionContract::parse(bytes);
            let kept = contract.and_then(|contract| detector.expect(&contract, self.params.threshold));
            kept.map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(RunningModel {
            detector,
            version: model.version.into(),
        })
    }
}

impl Promise {
    pub(super) fn of(model: &Model) -> Self {
        Self {
            kind: ResultKind::of(model.head()),
            names: model.names().to_vec(),
            doubts: model.doubts().to_vec(),
        }
    }

    /// Whether another model keeps what this one promises.
    ///
    /// # Errors
    /// Says what it does not keep.
    pub(super) fn expect(&self, found: &Self) -> Result<(), String> {
        if found.kind != self.kind {
            return Err(format!(
                "expected {} as the model in charge gives, found {}",
                self.kind, found.kind
            ));
        }
        let shown = |names: &[String]| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        // Pixels of a mask say the number of their class; things and images say its name.
        let is_kept = match self.kind {
            ResultKind::Mask => found.names == self.names,
            _ => {
                self.names.iter().all(|name| found.names.contains(name))
                    && self.names.is_empty() == found.names.is_empty()
            }
        };
        if !is_kept {
            return Err(format!(
                "classes: expected those of the model in charge, {}, found {}",
                shown(&self.names),
                shown(&found.names)
            ));
        }
        match found.doubts.iter().find(|doubt| !self.doubts.contains(doubt)) {
            Some(doubt) => Err(doubt.clone()),
            None => Ok(()),
        }
    }
}

/// How long a candidate takes for images, beside everything else that runs now: half of the runs, 99 of 100, and all, µs.
///
/// # Errors
/// Where it fails, or gives what is no number.
pub(super) fn measured(candidate: &mut RunningModel, images: &[SeenImage]) -> Result<[f64; 3], String> {
    let histogram = Histogram::default();
    let mut sum = Duration::ZERO;
    while histogram.count() < MEASURED && (histogram.count() < FEWEST_MEASURED || sum < MEASURING) {
        let (took, no_numbers, _) = looked_at(candidate, images).map_err(|(_, reason)| reason)?;
        if no_numbers > 0 {
            return Err(format!(
                "expected results that are numbers, found {no_numbers} that are NaN or infinite"
            ));
        }
        histogram.record(took.as_nanos() as u64);
        sum += took;
    }
    let took = histogram.summary();
    Ok([took.p50, took.p99, took.max])
}
