//! A policy network, checked against its contract and bound to memory that never moves.

use std::path::{Path, PathBuf};

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use sinew_control::contract::{GOLDEN_TOLERANCE, Misfit, PolicyContract};
use sinew_control::io::{Policy, PolicyError};
use thiserror::Error;

use crate::artifact::{Artifact, ArtifactError};
use crate::ffi::Binding;
use crate::onnx::OnnxModel;
use crate::runtime::{RuntimeError, runtime};
use crate::samples::Samples;
use crate::tensors::{bind_initial_state, bind_names};

/// Random observations with which a network is tried before it is trusted.
const PROBES: usize = 8;
const PROBE_SEED: u64 = 0x5eed;

/// Why a network did not become a policy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// ONNX Runtime is missing or unusable.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The file cannot be read, or is no ONNX file or kinfer archive.
    #[error(transparent)]
    File(#[from] ArtifactError),
    /// ONNX Runtime refuses the network.
    #[error("{}: ONNX Runtime refuses the network: {reason}", .file.display())]
    Session {
        /// The policy file.
        file: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// The network is not the one that the contract describes.
    #[error("{}: {misfit}", .file.display())]
    Misfit {
        /// The policy file.
        file: PathBuf,
        /// What does not fit.
        misfit: Misfit,
    },
    /// The network gives NaN or infinity.
    #[error("{}: the network's output is not finite: {cause}", .file.display())]
    NotFinite {
        /// The policy file.
        file: PathBuf,
        /// The weight to blame, or the observation that shows it.
        cause: String,
    },
}

/// How a network is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// Threads for one operator. A policy is too small to share: 1 is fastest and keeps the run in
    /// the calling, real-time thread.
    pub intra_threads: usize,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { intra_threads: 1 }
    }
}

/// A network that answers observations with actions.
///
/// Inputs and outputs are float32; dynamic dimensions are taken as 1. Recurrent state starts at
/// zero (or at what a kinfer archive's `init_fn` gives) and is kept between calls.
#[derive(Debug)]
pub struct OnnxPolicy {
    binding: Binding,
    observation_len: usize,
    action_len: usize,
    observation_inputs: String,
    initial_state: Vec<Vec<f32>>,
}

impl OnnxPolicy {
    /// Loads a network and checks it against `contract`: tensors by name and shape, finite weights,
    /// finite answers to zeros and to seeded random observations, and every golden vector within
    /// [`GOLDEN_TOLERANCE`], on the provider that will run it.
    ///
    /// # Errors
    /// See [`LoadError`]; nothing that fails a check becomes a policy.
    pub fn load(path: &Path, contract: &PolicyContract, options: &SessionOptions) -> Result<Self, LoadError> {
        let runtime = runtime()?;
        let artifact = Artifact::read(path)?;
        let model = artifact.model()?;
        if let Some(weight) = model.bad_weight.as_ref().filter(|weight| weight.nan) {
            return Err(LoadError::NotFinite {
                file: path.to_owned(),
                cause: weight.to_string(),
            });
        }
        let refused = |error: ort::Error| LoadError::Session {
            file: path.to_owned(),
            reason: error.to_string(),
        };
        let misfit = |misfit| LoadError::Misfit {
            file: path.to_owned(),
            misfit,
        };
        let session = |network: &[u8]| -> Result<Session, ort::Error> {
            let mut builder = Session::builder(&runtime.environment)?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_intra_threads(options.intra_threads)?
                .with_inter_threads(1)?
                .with_parallel_execution(false)?
                .with_intra_op_spinning(false)?
                .with_inter_op_spinning(false)?;
            if model.external_data {
                builder.commit_from_file(path)
            } else {
                builder.commit_from_memory(network)
            }
        };
        let network = session(&artifact.network).map_err(refused)?;
        let slots = bind_names(&network, contract).map_err(misfit)?;
        let initial_state = match &artifact.initial_state {
            Some(init) if !slots.state_in.is_empty() => {
                let init = session(init).map_err(refused)?;
                let init_slots = bind_initial_state(&init, &slots).map_err(misfit)?;
                let mut init = Binding::new(init, &init_slots).map_err(refused)?;
                init.run().map_err(refused)?;
                vec![init.output().to_vec()]
            }
            _ => Vec::new(),
        };
        let names: Vec<_> = slots.inputs.iter().map(|slot| slot.to_string()).collect();
        let binding = Binding::new(network, &slots).map_err(refused)?;
        let mut policy = Self {
            observation_len: binding.input_len(),
            action_len: contract.action_len(),
            observation_inputs: names.join(", "),
            binding,
            initial_state,
        };
        policy.probe(path, &model)?;
        policy.check_golden(contract).map_err(|error| match error {
            GoldenError::Misfit(found) => misfit(found),
            GoldenError::Run(error) => refused(error),
        })?;
        Ok(policy)
    }

    /// Elements that [`Policy::infer`] takes.
    pub fn observation_len(&self) -> usize {
        self.observation_len
    }

    /// Elements that [`Policy::infer`] gives: one per joint of the contract.
    pub fn action_len(&self) -> usize {
        self.action_len
    }

    /// Checks that the contract's terms make as many values as the network takes.
    ///
    /// # Errors
    /// A misfit of `observations`: a term is missing or too many, or a history is wrong.
    pub fn expect_observation_len(&self, built: usize) -> Result<(), Misfit> {
        if built == self.observation_len {
            return Ok(());
        }
        Err(Misfit::new(
            "observations",
            format!(
                "{} values in all, for input {}",
                self.observation_len, self.observation_inputs
            ),
            format!("{built} values from the terms and their histories"),
        ))
    }

    /// The answer to one observation from the initial recurrent state, or the runtime's words.
    pub(crate) fn answer(&mut self, observation: &[f32]) -> Result<&[f32], ort::Error> {
        self.reset();
        self.binding.set_input(observation);
        self.binding.run()?;
        Ok(self.binding.output())
    }

    fn probe(&mut self, path: &Path, model: &OnnxModel) -> Result<(), LoadError> {
        let mut samples = Samples::seeded(PROBE_SEED);
        for probe in 0..=PROBES {
            let (name, observation) = match probe {
                0 => ("an observation of zeros".to_owned(), vec![0.0; self.observation_len]),
                i => (
                    format!("random observation {i}"),
                    samples.observation(self.observation_len),
                ),
            };
            let action = self.answer(&observation).map_err(|error| LoadError::Session {
                file: path.to_owned(),
                reason: error.to_string(),
            })?;
            if let Some(i) = action.iter().position(|value| !value.is_finite()) {
                let blame = model.bad_weight.as_ref().map(|weight| format!("; {weight}"));
                return Err(LoadError::NotFinite {
                    file: path.to_owned(),
                    cause: format!("action[{i}] is {} for {name}{}", action[i], blame.unwrap_or_default()),
                });
            }
        }
        self.reset();
        Ok(())
    }

    fn check_golden(&mut self, contract: &PolicyContract) -> Result<(), GoldenError> {
        for (i, golden) in contract.golden.iter().enumerate() {
            let lengths = [
                ("observation", self.observation_len, golden.observation.len()),
                ("action", self.action_len, golden.action.len()),
            ];
            for (part, expected, found) in lengths {
                if expected != found {
                    return Err(GoldenError::Misfit(Misfit::new(
                        format!("golden[{i}].{part}"),
                        format!("{expected} numbers"),
                        found.to_string(),
                    )));
                }
            }
            let action = self.answer(&golden.observation).map_err(GoldenError::Run)?;
            for (j, (expected, found)) in golden.action.iter().zip(action).enumerate() {
                // Written so that a NaN on either side does not match.
                if !((expected - found).abs() <= GOLDEN_TOLERANCE) {
                    return Err(GoldenError::Misfit(Misfit::new(
                        format!("golden[{i}].action[{j}]"),
                        format!("{expected} ± {GOLDEN_TOLERANCE}"),
                        format!("{found} from the network"),
                    )));
                }
            }
        }
        self.reset();
        Ok(())
    }
}

enum GoldenError {
    Misfit(Misfit),
    Run(ort::Error),
}

impl Policy for OnnxPolicy {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        if observation.len() != self.observation_len || action.len() != self.action_len {
            return Err(PolicyError::Shape);
        }
        self.binding.set_input(observation);
        if !self.binding.run_quietly() {
            return Err(PolicyError::Runtime);
        }
        action.copy_from_slice(self.binding.output());
        Ok(())
    }

    fn reset(&mut self) {
        self.binding.reset_state(&self.initial_state);
    }
}
