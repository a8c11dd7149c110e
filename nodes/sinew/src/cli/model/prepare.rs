//! `sinew model prepare`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use sinew_models::network::{LoadedNetwork, Network, NetworkError};
use sinew_models::providers::{Failure, Provider, ProviderError, Provision};
use sinew_models::{ModelFile, SessionOptions};
use sinew_perception::{Model, ModelError, ModelOptions};

use super::super::BAD_INPUT;
use super::super::file_name::shown;
use super::super::output::write_json;
use super::super::providers::NumberArgs;
use super::super::vision::size;

/// Runs that are timed: the last one shows what the first one should take.
const RUNS: usize = 10;

/// Builds engines ahead of time and says on which providers a model runs, and how fast.
///
/// TensorRT builds its engines when it first sees a model, for minutes. They are kept in a folder of their own for
/// every model, precision, GPU, and version of ONNX Runtime and TensorRT, under $XDG_CACHE_HOME/sinew/engines or
/// ~/.cache/sinew/engines: whoever loads the model next finds them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew model prepare yolo11n.onnx                                  every provider, one after another\n  \
    sinew model prepare *.onnx --providers tensorrt --precision fp16  before the robot goes out\n  \
    sinew model prepare yolo11n.onnx --batch 4 --size 640x384         for four cameras")]
pub(super) struct PrepareArgs {
    /// ONNX files of models.
    #[arg(required = true)]
    models: Vec<PathBuf>,
    /// Execution providers to prepare, of tensorrt, cuda, xnnpack, cpu.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values = Provider::ALL.map(Provider::name))]
    providers: Vec<Provider>,
    #[command(flatten)]
    numbers: NumberArgs,
    /// Images in one run, where the model leaves that open.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Size of images, pixels, where the model leaves it open. Default: what its metadata say.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<[usize; 2]>,
    /// Threads of one operator; all cores when left out.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Write what happened as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

/// What came of one model.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    ready: Vec<Ready>,
    failed: Vec<Failure>,
    /// What is wrong with the model, on whichever provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A provider that runs the model.
#[derive(Debug, Serialize)]
struct Ready {
    #[serde(flatten)]
    provision: Provision,
    load_secs: f64,
    first_run_ms: f64,
    tenth_run_ms: f64,
}

impl PrepareArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut reports = Vec::new();
        for model in &self.models {
            eprintln!("{}", shown(model));
            reports.push(self.prepare(model)?);
        }
        if let Some(to) = &self.json {
            write_json(to, &reports)?;
        }
        Ok(if reports.iter().all(|report| !report.ready.is_empty()) {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(BAD_INPUT)
        })
    }

    fn prepare(&self, model: &Path) -> anyhow::Result<Report> {
        let mut report = Report {
            model: shown(model),
            ready: Vec::new(),
            failed: Vec::new(),
            error: None,
        };
        let file = match ModelFile::read(model) {
            Ok(file) => file,
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                eprintln!("error: {error}");
                report.error = Some(error);
                return Ok(report);
            }
        };
        for (i, provider) in self.providers.iter().copied().enumerate() {
            let bar = ProgressBar::new_spinner()
                .with_style(ProgressStyle::with_template("  {spinner} {msg} {elapsed}")?)
                .with_message(match provider {
                    Provider::TensorRt => "tensorrt: building engines, which takes minutes".to_owned(),
                    other => other.to_string(),
                });
            bar.enable_steady_tick(Duration::from_millis(100));
            let outcome = self.run_on(&file, &self.providers[i..]);
            bar.finish_and_clear();
            match outcome.map_err(|error| reason(provider, error)) {
                Ok(ready) => {
                    eprintln!("  {provider:<9} {ready}");
                    report.ready.push(ready);
                }
                Err(Ok(failure)) => {
                    eprintln!("  {provider:<9} does not work: {}", failure.reason);
                    report.failed.push(failure);
                }
                Err(Err(error)) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    eprintln!("error: {error}");
                    report.error = Some(error);
                    break;
                }
            }
        }
        Ok(report)
    }

    /// On the first of `providers`; the others are what it may leave operators to.
    fn run_on(&self, model: &ModelFile, providers: &[Provider]) -> Result<Ready, ModelError> {
        let options = ModelOptions {
            size: self.size,
            batch: self.batch,
            ..ModelOptions::default()
        };
        let mut on = self.numbers.on(providers, true);
        if !providers.contains(&Provider::TensorRt) && self.providers.contains(&Provider::TensorRt) {
            // Meant for TensorRT, which had its turn.
            on.precision = Default::default();
        }
        let session = SessionOptions {
            intra_threads: self.threads,
            providers: on,
            ..SessionOptions::default()
        };
        let began = Instant::now();
        let network = Network::load(model, &session)?;
        let shapes = match Model::input_shapes(model, &network, &options) {
            Err(ModelError::Input { .. } | ModelError::AuxiliaryInputs { .. }) => self.shapes(&network),
            shapes => shapes?,
        };
        let mut network = network.bind(&shapes)?;
        let load_secs = began.elapsed().as_secs_f64();
        let mut runs_ms = [0.0; RUNS];
        for run_ms in &mut runs_ms {
            let began = Instant::now();
            network.run()?;
            *run_ms = began.elapsed().as_secs_f64() * 1e3;
        }
        Ok(Ready {
            provision: network.provision().clone(),
            load_secs,
            first_run_ms: runs_ms[0],
            tenth_run_ms: runs_ms[RUNS - 1],
        })
    }

    /// Of a model that takes no image: an open first dimension is the batch, any other is 1.
    fn shapes(&self, network: &LoadedNetwork) -> Vec<Vec<i64>> {
        let open = |axis: usize| if axis == 0 { self.batch as i64 } else { 1 };
        let shape = |dims: &[i64]| {
            let dims = dims.iter().enumerate();
            dims.map(|(axis, dim)| if *dim > 0 { *dim } else { open(axis) })
                .collect()
        };
        network.inputs().iter().map(|input| shape(&input.dims)).collect()
    }
}

/// What speaks against the provider, or else what is wrong with the model.
fn reason(provider: Provider, error: ModelError) -> Result<Failure, ModelError> {
    match error {
        ModelError::Network(NetworkError::Providers {
            cause: ProviderError::Strict(failure),
            ..
        }) => Ok(failure),
        ModelError::Network(NetworkError::Session { reason, .. }) => Ok(Failure { provider, reason }),
        other => Err(other),
    }
}

impl std::fmt::Display for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            provision,
            load_secs,
            first_run_ms,
            tenth_run_ms,
        } = self;
        write!(
            f,
            "ready in {load_secs:.1} s; first run {first_run_ms:.2} ms, tenth {tenth_run_ms:.2} ms"
        )?;
        if let Some([own, all]) = provision.nodes {
            write!(f, "; {own} of {all} operators")?;
        }
        match &provision.engines {
            Some(engines) => write!(f, "; {} engines in {}", provision.precision, engines.display()),
            None => Ok(()),
        }
    }
}
