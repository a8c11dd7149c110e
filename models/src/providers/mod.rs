//! On what a model runs: ONNX Runtime's execution providers, tried one after another.
//!
//! A provider counts as working once a session was made with it, has given it nodes of the model, and has run.
//! What did not work is in [`Provision::failed`], with the runtime's own reason: a node publishes and counts it.
//! Inputs and outputs stay in the CPU's memory, reused from run to run, on whatever provider: the runtime copies
//! them to and from a GPU.
//!
//! ```
//! use sinew_models::providers::{Provider, ProviderOptions};
//!
//! let options: ProviderOptions = serde_yaml_ng::from_str("providers: [tensorrt, cuda, cpu]")?;
//! assert_eq!(options.providers[0], Provider::TensorRt);
//! # Ok::<(), serde_yaml_ng::Error>(())
//! ```

mod build;
mod engines;
mod sessions;
mod trial;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use trial::try_provider;

pub(crate) use build::session_builder;
pub(crate) use sessions::Sessions;

/// What carries out a model's operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// NVIDIA's TensorRT: builds an engine for the GPU at hand, which takes minutes and is kept on disk.
    TensorRt,
    /// An NVIDIA GPU, without building anything.
    Cuda,
    /// XNNPACK, on the CPU: often the faster one on ARM.
    Xnnpack,
    /// The CPU, by the runtime's own means: always works.
    Cpu,
}

impl Provider {
    /// All there are, the fastest first.
    pub const ALL: [Self; 4] = [Self::TensorRt, Self::Cuda, Self::Xnnpack, Self::Cpu];

    /// Its name in parameter files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::TensorRt => "tensorrt",
            Self::Cuda => "cuda",
            Self::Xnnpack => "xnnpack",
            Self::Cpu => "cpu",
        }
    }

    /// What the runtime calls it.
    pub fn runtime_name(self) -> &'static str {
        match self {
            Self::TensorRt => "TensorrtExecutionProvider",
            Self::Cuda => "CUDAExecutionProvider",
            Self::Xnnpack => "XnnpackExecutionProvider",
            Self::Cpu => "CPUExecutionProvider",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No provider, or no precision, has that name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected one of {expected}, found `{found}`")]
pub struct UnknownName {
    expected: String,
    found: String,
}

impl FromStr for Provider {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|provider| provider.name() == name);
        found.ok_or_else(|| UnknownName {
            expected: listed(&Self::ALL),
            found: name.to_owned(),
        })
    }
}

/// With which numbers TensorRT may compute. Every other provider computes with those that the model has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The model's own.
    #[default]
    Fp32,
    /// 16-bit floats as well, where they are faster.
    Fp16,
    /// 8-bit integers and 16-bit floats as well: for models with quantising nodes, or with a calibration table.
    Int8,
}

impl Precision {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Fp32, Self::Fp16, Self::Int8];

    /// Its name in parameter files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Fp16 => "fp16",
            Self::Int8 => "int8",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Precision {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|precision| precision.name() == name);
        found.ok_or_else(|| UnknownName {
            expected: listed(&Self::ALL),
            found: name.to_owned(),
        })
    }
}

fn listed(all: &[impl fmt::Display]) -> String {
    let names: Vec<_> = all.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// On what a model shall run: the parameters `inference` of a vision model and `policy.inference` of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderOptions {
    /// Tried in this order: tensorrt, cuda, xnnpack, cpu. The first that runs the model is used.
    #[schemars(length(min = 1))]
    pub providers: Vec<Provider>,
    /// Whether the first one must work; if not, the next one is used where one fails.
    pub strict: bool,
    /// With which numbers TensorRT may compute: fp32, fp16 or int8. The other providers take the model's own.
    pub precision: Precision,
    /// Which GPU, by number.
    #[schemars(range(min = 0, max = 255))]
    pub device: u8,
    /// Calibration table for int8, as TensorRT or onnxruntime.quantization writes it; not needed for a model that
    /// has quantising nodes.
    #[schemars(extend("x-path" = true))]
    pub int8_calibration: Option<PathBuf>,
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            providers: vec![Provider::Cpu],
            strict: false,
            precision: Precision::default(),
            device: 0,
            int8_calibration: None,
        }
    }
}

impl ProviderOptions {
    /// The same, with the files that they name where `path` says: a parameter file's lie beside it.
    pub fn with_files(&self, path: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            int8_calibration: self.int8_calibration.as_deref().map(path),
            ..self.clone()
        }
    }
}

/// How a model is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// Threads for one operator; 0 for one per core. A policy is too small to share: 1 is fastest and keeps the run
    /// in the calling, real-time thread.
    pub intra_threads: usize,
    /// On what it runs.
    pub providers: ProviderOptions,
    /// The longest that a run may take, once the model is loaded. One that takes longer is ended and fails, as does each
    /// after it: what has hung once is not asked again. None for any time.
    pub run_limit: Option<Duration>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            intra_threads: 1,
            providers: ProviderOptions::default(),
            run_limit: None,
        }
    }
}

/// A provider that did not work, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{provider}: {reason}")]
pub struct Failure {
    /// Which one.
    pub provider: Provider,
    /// What the runtime says.
    pub reason: String,
}

/// On what a model really runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provision {
    /// The provider.
    pub used: Provider,
    /// Those that were tried before it.
    pub failed: Vec<Failure>,
    /// With which numbers it may compute.
    pub precision: Precision,
    /// Operators of the model that the provider carries out, and all of them. The CPU does the rest, or CUDA for
    /// TensorRT where both are listed. `None` where the runtime does not tell, as those before 1.24.
    pub nodes: Option<[usize; 2]>,
    /// Where TensorRT keeps the engines of this model.
    #[serde(serialize_with = "as_text")]
    pub engines: Option<PathBuf>,
}

impl Provision {
    /// A line for each provider that was tried in vain, for whoever asked for it.
    pub fn fallbacks(&self) -> impl Iterator<Item = String> {
        let line = |failed: &Failure| {
            let Failure { provider, reason } = failed;
            format!("the provider {provider} does not work, {} is used: {reason}", self.used)
        };
        self.failed.iter().map(line)
    }
}

/// A path, whatever bytes it has.
fn as_text<S: serde::Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(to)
}

impl fmt::Display for Provision {
    /// Such as `cuda (118 of 121 operators)`, or `cuda (how many operators, ONNX Runtime tells from 1.24 on)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.used)?;
        if self.precision != Precision::Fp32 {
            write!(f, " {}", self.precision)?;
        }
        match self.nodes {
            Some([own, all]) if own < all => write!(f, " ({own} of {all} operators)"),
            None if self.used != Provider::Cpu => f.write_str(" (how many operators, ONNX Runtime tells from 1.24 on)"),
            _ => Ok(()),
        }
    }
}

/// Why a model runs on none of the providers asked for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// None was asked for.
    #[error("providers: expected at least one of {}, found none", listed(&Provider::ALL))]
    NoneAsked,
    /// A precision was asked for that nobody would use.
    #[error(
        "precision: {precision} is for tensorrt, which is not among the providers {}: every other provider \
         computes with the model's own numbers, so export the model with those that you want", listed(.providers)
    )]
    Precision {
        /// What was asked for.
        precision: Precision,
        /// The providers.
        providers: Vec<Provider>,
    },
    /// TensorRT would not know how to quantise.
    #[error(
        "precision: int8 needs a model with QuantizeLinear and DequantizeLinear nodes, as \
         onnxruntime.quantization.quantize_static writes it, or a calibration table for it (int8_calibration); \
         found neither"
    )]
    NotQuantised,
    /// The calibration table cannot be used.
    #[error("int8_calibration: {} cannot be read: {cause}", .file.display())]
    Calibration {
        /// The table.
        file: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The first one does not work, and there was to be no other.
    #[error("strict: expected the provider {}, which does not work: {}", .0.provider, .0.reason)]
    Strict(Failure),
    /// Each one was tried.
    #[error("no provider works: {}", listed_failures(.0))]
    AllFailed(Vec<Failure>),
}

fn listed_failures(failures: &[Failure]) -> String {
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    failures.join("; ")
}

impl ProviderError {
    /// What the runtime says of the model itself, where the CPU alone was asked for.
    pub(crate) fn into_refusal(self) -> Result<String, Self> {
        match self {
            Self::Strict(failure) if failure.provider == Provider::Cpu => Ok(failure.reason),
            Self::AllFailed(failures) => match <[Failure; 1]>::try_from(failures) {
                Ok([failure]) if failure.provider == Provider::Cpu => Ok(failure.reason),
                Ok(failures) => Err(Self::AllFailed(failures.to_vec())),
                Err(failures) => Err(Self::AllFailed(failures)),
            },
            other => Err(other),
        }
    }
}
