//! Any ONNX model, its inputs in memory that stays and its outputs in memory that is reused.
//!
//! ```no_run
//! use sinew_models::network::{Network, ValuesMut};
//! use sinew_models::{ModelFile, SessionOptions};
//!
//! let model = ModelFile::read("detector.onnx".as_ref())?;
//! let mut network = Network::load(&model, &SessionOptions::default())?.bind(&[vec![1, 3, 640, 640]])?;
//! if let Some(ValuesMut::F32(pixels)) = network.input_mut(0) {
//!     pixels.fill(0.5);
//! }
//! let outputs = network.run()?;
//! println!("{:?}", outputs.get(0).map(|output| output.dims.to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod spec;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use half::f16;
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType};
use thiserror::Error;

use crate::ffi::{LimitedOptions, interruptible};
use crate::limits::{MAX_LOAD, Stop, explained};
use crate::model_file::ModelFile;
use crate::onnx::OnnxModel;
use crate::providers::{ProviderError, Provision, SessionOptions, Sessions};
use crate::runtime::{RuntimeError, runtime};

pub use spec::{Element, TensorSpec};
pub use values::{Output, Outputs, Values, ValuesMut};

/// Most values in a tensor that is believed.
const MAX_VALUES: i64 = 1 << 28;
/// Runs before a network is handed out. On the CPU a policy's network was measured to take six times as long in the
/// first run as in the tenth, 1.4 times in the second, and no longer from the third on; that of a detector takes the
/// same from the first on. A GPU's provider tries its algorithms in the first.
const WARM_UP_RUNS: u64 = 3;

/// Why a model cannot be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// ONNX Runtime is missing or unusable.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// ONNX Runtime refuses the model, or fails in it.
    #[error("{}: ONNX Runtime: {reason}", .file.display())]
    Session {
        /// The model's file.
        file: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// No provider that was asked for runs it.
    #[error("{}: {cause}", .file.display())]
    Providers {
        /// The model's file.
        file: PathBuf,
        /// Why.
        cause: ProviderError,
    },
    /// A run did not come to an end in time.
    #[error("{}: expected a run within {} s, found one that was ended there; it is not run again", .file.display(), .limit.as_secs_f64())]
    RunLimit {
        /// The model's file.
        file: PathBuf,
        /// How long a run may take.
        limit: Duration,
    },
    /// An input cannot have the shape that it is to have.
    #[error("{}: input {input}: expected {expected}, found {found}", .file.display())]
    Input {
        /// The model's file.
        file: PathBuf,
        /// Name, type and shape of the input.
        input: String,
        /// What is possible.
        expected: String,
        /// What was asked for.
        found: String,
    },
}

/// A model whose shapes can still be chosen.
#[derive(Debug)]
pub struct LoadedNetwork {
    shape: Shape,
    sessions: Sessions,
    session: Session,
    run_limit: Option<Duration>,
    onnx: Arc<OnnxModel>,
}

/// What a model takes and gives.
#[derive(Debug)]
struct Shape {
    file: PathBuf,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
}

impl LoadedNetwork {
    /// What the model says of itself (`metadata_props`).
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.onnx.metadata
    }

    /// Its inputs, in order.
    pub fn inputs(&self) -> &[TensorSpec] {
        &self.shape.inputs
    }

    /// Its outputs, in order.
    pub fn outputs(&self) -> &[TensorSpec] {
        &self.shape.outputs
    }

    /// The operator that an output's numbers come from, as [`OnnxModel::operators`] has it; empty where that is not
    /// known.
    pub fn operator(&self, output: &str) -> &str {
        self.onnx.operators.get(output).map_or("", String::as_str)
    }

    /// Gives every input a shape and memory of zeros, every output whose shape follows from them memory, and runs
    /// the model until a run is as fast as any. Where the provider fails in that, the next one is taken.
    ///
    /// # Errors
    /// Where a shape contradicts the model's, a type is none of [`Element`]'s, or the model fails.
    pub fn bind(self, shapes: &[Vec<i64>]) -> Result<Network, NetworkError> {
        let (shape, mut sessions, mut session) = (self.shape, self.sessions, self.session);
        let run_limit = self.run_limit;
        loop {
            let inputs = shape.zeros(shapes)?;
            let memory = shape.output_memory(shapes);
            let warmed = sessions.limited("the first runs of the model", MAX_LOAD, move |stop| {
                warmed_up(session, inputs, memory, stop)
            });
            let reason = match warmed {
                Ok(Ok((session, inputs, options))) => {
                    let limited = LimitedOptions::new(options, run_limit);
                    let options = limited.map_err(|error| refused(&shape.file, &error))?;
                    return Ok(Network {
                        file: shape.file,
                        session,
                        inputs,
                        options,
                        run_limit,
                        runs: WARM_UP_RUNS,
                        provision: sessions.provision(),
                    });
                }
                Ok(Err(error)) => error.to_string(),
                Err(excess) => excess,
            };
            sessions.refuse(explained(reason));
            session = sessions.open().map_err(|error| unprovided(&shape.file, error))?;
        }
    }
}

impl Shape {
    fn zeros(&self, shapes: &[Vec<i64>]) -> Result<Vec<SessionInputValue<'static>>, NetworkError> {
        let mut inputs = Vec::new();
        for (i, spec) in self.inputs.iter().enumerate() {
            let none = Vec::new();
            let shape = shapes.get(i).unwrap_or(&none);
            let wrong = |expected: &str| NetworkError::Input {
                file: self.file.clone(),
                input: spec.to_string(),
                expected: expected.to_owned(),
                found: format!("{shape:?}"),
            };
            let fits = |(dim, asked): (&i64, &i64)| *asked > 0 && (*dim == *asked || *dim < 0);
            if shape.len() != spec.dims.len() || !spec.dims.iter().zip(shape).all(fits) {
                return Err(wrong("a shape that fits"));
            }
            let values = values_in(shape).ok_or_else(|| wrong("fewer than 2^28 values"))?;
            let input = zeros(spec.element, shape, values)
                .ok_or_else(|| wrong("numbers of type f32, f16, u8, i32 or i64"))?
                .map_err(|error| refused(&self.file, &error))?;
            inputs.push(SessionInputValue::Owned(input));
        }
        Ok(inputs)
    }

    /// Memory for the outputs whose shape follows from those of the inputs.
    fn output_memory(&self, shapes: &[Vec<i64>]) -> OutputSelector {
        let mut known: BTreeMap<&str, Option<i64>> = BTreeMap::new();
        for (spec, shape) in self.inputs.iter().zip(shapes) {
            for (symbol, dim) in spec.symbols.iter().zip(shape) {
                // One name for different numbers says nothing.
                known
                    .entry(symbol.as_str())
                    .and_modify(|known| *known = known.filter(|known| known == dim))
                    .or_insert(Some(*dim));
            }
        }
        let mut memory = OutputSelector::default();
        for spec in &self.outputs {
            let dims = spec.dims.iter().zip(&spec.symbols);
            let shape: Option<Vec<i64>> = dims
                .map(|(dim, symbol)| match dim {
                    1.. => Some(*dim),
                    _ if symbol.is_empty() => None,
                    _ => known.get(symbol.as_str()).copied().flatten(),
                })
                .collect();
            if let Some(shape) = shape
                && let Some(values) = values_in(&shape)
                && let Some(Ok(output)) = zeros(spec.element, &shape, values)
            {
                memory = memory.preallocate(spec.name.as_str(), output);
            }
        }
        memory
    }
}

/// A session that was run on `inputs` until a run is as fast as any, and how it is to be run.
type WarmedUp = (Session, Vec<SessionInputValue<'static>>, RunOptions<HasSelectedOutputs>);

fn warmed_up(
    mut session: Session,
    inputs: Vec<SessionInputValue<'static>>,
    memory: OutputSelector,
    stop: &Stop,
) -> Result<WarmedUp, ort::Error> {
    let mut run = |options: &RunOptions<HasSelectedOutputs>| {
        interruptible(options, stop, || {
            session.run_with_options(inputs.as_slice(), options).map(drop)
        })
    };
    let mut options = RunOptions::new()?.with_outputs(memory);
    if run(&options).is_err() {
        // A model can declare shapes that it does not keep: then the runtime finds memory at every run.
        options = RunOptions::new()?.with_outputs(OutputSelector::default());
        run(&options)?;
    }
    for _ in 1..WARM_UP_RUNS {
        run(&options)?;
    }
    Ok((session, inputs, options))
}

fn refused(file: &Path, error: &ort::Error) -> NetworkError {
    NetworkError::Session {
        file: file.to_owned(),
        reason: error.to_string(),
    }
}

fn unprovided(file: &Path, error: ProviderError) -> NetworkError {
    let file = file.to_owned();
    match error.into_refusal() {
        Ok(reason) => NetworkError::Session { file, reason },
        Err(cause) => NetworkError::Providers { file, cause },
    }
}

fn values_in(shape: &[i64]) -> Option<usize> {
    let values = shape.iter().try_fold(1i64, |values, dim| values.checked_mul(*dim))?;
    (1..MAX_VALUES).contains(&values).then_some(values as usize)
}

fn zeros(element: Element, shape: &[i64], values: usize) -> Option<Result<DynValue, ort::Error>> {
    let shape = shape.to_vec();
    Some(match element {
        Element::F32 => Tensor::from_array((shape, vec![0f32; values])).map(Tensor::into_dyn),
        Element::F16 => Tensor::from_array((shape, vec![f16::ZERO; values])).map(Tensor::into_dyn),
        Element::U8 => Tensor::from_array((shape, vec![0u8; values])).map(Tensor::into_dyn),
        Element::I32 => Tensor::from_array((shape, vec![0i32; values])).map(Tensor::into_dyn),
        Element::I64 => Tensor::from_array((shape, vec![0i64; values])).map(Tensor::into_dyn),
        Element::Other => return None,
    })
}

/// A model that is ready to run.
pub struct Network {
    file: PathBuf,
    session: Session,
    inputs: Vec<SessionInputValue<'static>>,
    options: LimitedOptions<HasSelectedOutputs>,
    run_limit: Option<Duration>,
    runs: u64,
    provision: Provision,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("file", &self.file)
            .field("session", &self.session)
            .field("provision", &self.provision)
            .finish_non_exhaustive()
    }
}

impl Network {
    /// Makes a session of a model on the first provider that takes it.
    ///
    /// # Errors
    /// Where the runtime is missing, or no provider takes the model.
    pub fn load(model: &ModelFile, options: &SessionOptions) -> Result<LoadedNetwork, NetworkError> {
        let said = |error| unprovided(model.path(), error);
        let mut sessions = Sessions::new(runtime()?, model, options).map_err(said)?;
        let session = sessions.open().map_err(said)?;
        Ok(LoadedNetwork {
            onnx: Arc::clone(model.onnx()),
            shape: Shape {
                file: model.path().to_owned(),
                inputs: session.inputs().iter().map(TensorSpec::of).collect(),
                outputs: session.outputs().iter().map(TensorSpec::of).collect(),
            },
            session,
            sessions,
            run_limit: options.run_limit,
        })
    }

    /// On what it runs, and what did not work before.
    pub fn provision(&self) -> &Provision {
        &self.provision
    }

    /// How often it has been run; it comes warmed up.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The memory of an input; it keeps its values between runs. `None` where there is no such input.
    pub fn input_mut(&mut self, index: usize) -> Option<ValuesMut<'_>> {
        let SessionInputValue::Owned(value) = self.inputs.get_mut(index)? else {
            return None;
        };
        Some(match value.data_type() {
            TensorElementType::Float32 => ValuesMut::F32(value.try_extract_tensor_mut().ok()?.1),
            TensorElementType::Float16 => ValuesMut::F16(value.try_extract_tensor_mut().ok()?.1),
            TensorElementType::Uint8 => ValuesMut::U8(value.try_extract_tensor_mut().ok()?.1),
            TensorElementType::Int32 => ValuesMut::I32(value.try_extract_tensor_mut().ok()?.1),
            TensorElementType::Int64 => ValuesMut::I64(value.try_extract_tensor_mut().ok()?.1),
            _ => return None,
        })
    }

    /// Runs the model on what its inputs hold.
    ///
    /// # Errors
    /// What the runtime says.
    pub fn run(&mut self) -> Result<Outputs<'_>, NetworkError> {
        self.runs += 1;
        let (session, inputs) = (&mut self.session, self.inputs.as_slice());
        let ran = self.options.run(|options| session.run_with_options(inputs, options));
        match ran {
            Some(Ok(outputs)) => Ok(Outputs(outputs)),
            Some(Err(error)) if !self.options.has_ended() => Err(refused(&self.file, &error)),
            _ => Err(NetworkError::RunLimit {
                file: self.file.clone(),
                limit: self.run_limit.unwrap_or_default(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::limits::{Budget, within};
    use crate::providers::session_builder;

    /// `x` f32 [1, 2] → `y`: an ONNX `Loop` of 2^62 rounds that hands on what it gets.
    const ENDLESS: &[u8] = include_bytes!("../../tests/suite/endless_loop.onnx");

    #[test]
    fn a_model_that_never_ends_is_stopped() {
        let runtime = runtime().unwrap();
        let session = session_builder(runtime, 1)
            .unwrap()
            .commit_from_memory(ENDLESS)
            .unwrap();
        let (send, ended) = mpsc::channel();
        let error = within(Budget::of(Duration::from_millis(300)), "the first run", move |stop| {
            let input = Tensor::from_array((vec![1_i64, 2], vec![0_f32; 2])).unwrap().into_dyn();
            let run = warmed_up(
                session,
                vec![SessionInputValue::Owned(input)],
                OutputSelector::default(),
                stop,
            );
            send.send(run.is_err()).unwrap();
        });
        assert!(error.unwrap_err().starts_with("the first run takes longer than"));
        // Not merely left alone.
        assert!(ended.recv_timeout(Duration::from_secs(60)).unwrap());
    }
}
