//! A policy network, checked against its contract and bound to memory that never moves.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ort::session::{RunOptions, Session};
use sinew_control::contract::{GOLDEN_TOLERANCE, Misfit, PolicyContract};
use sinew_control::io::{Policy, PolicyError};
use thiserror::Error;

use crate::ffi::{Binding, LimitedOptions, Slots};
use crate::limits::{MAX_POLICY_TRIAL, Stop, explained};
use crate::model_file::ModelFile;
use crate::onnx::OnnxModel;
use crate::providers::{Provider, ProviderError, Provision, SessionOptions, Sessions, session_builder};
use crate::runtime::{Runtime, RuntimeError, runtime};
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
    /// ONNX Runtime refuses the network.
    #[error("{}: ONNX Runtime refuses the network: {reason}", .file.display())]
    Session {
        /// The policy file.
        file: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// No provider that was asked for runs it.
    #[error("{}: {cause}", .file.display())]
    Providers {
        /// The policy file.
        file: PathBuf,
        /// Why.
        cause: ProviderError,
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

/// A network that answers observations with actions.
///
/// Inputs and outputs are float32; dynamic dimensions are taken as 1. Recurrent state starts at
/// zero (or at what a kinfer archive's `init_fn` gives) and is kept between calls.
#[derive(Debug)]
pub struct OnnxPolicy {
    binding: Binding,
    options: LimitedOptions,
    observation_len: usize,
    action_len: usize,
    observation_inputs: String,
    initial_state: Vec<Vec<f32>>,
    provision: Provision,
}

/// What speaks against a network on one provider.
enum Rejection {
    /// The provider fails.
    Provider(String),
    /// Its answers are not those of the golden vectors.
    Golden(Misfit),
    /// Its answers are no numbers.
    NotFinite(String),
    /// The network is not the contract's, on whatever provider.
    Unfit(Misfit),
}

impl From<ort::Error> for Rejection {
    fn from(error: ort::Error) -> Self {
        Self::Provider(error.to_string())
    }
}

impl OnnxPolicy {
    /// Loads a network and checks it against `contract`: tensors by name and shape, finite weights,
    /// finite answers to zeros and to seeded random observations, and every golden vector within
    /// [`GOLDEN_TOLERANCE`], on the provider that will run it. A provider other than the CPU that gives other
    /// answers is one that does not work.
    ///
    /// # Errors
    /// See [`LoadError`]; nothing that fails a check becomes a policy.
    pub fn load(model: &ModelFile, contract: &PolicyContract, options: &SessionOptions) -> Result<Self, LoadError> {
        let runtime = runtime()?;
        let file = || model.path().to_owned();
        if let Some(weight) = model.onnx().bad_weight.as_ref().filter(|weight| weight.nan) {
            return Err(LoadError::NotFinite {
                file: file(),
                cause: weight.to_string(),
            });
        }
        let unprovided = |error: ProviderError| match error.into_refusal() {
            Ok(reason) => LoadError::Session { file: file(), reason },
            Err(cause) => LoadError::Providers { file: file(), cause },
        };
        let contract = Arc::new(contract.clone());
        let mut sessions = Sessions::new(runtime, model, options).map_err(unprovided)?;
        loop {
            let session = sessions.open().map_err(unprovided)?;
            let (contract, onnx) = (Arc::clone(&contract), Arc::clone(model.onnx()));
            let init = model.initial_state().cloned();
            let provision = sessions.provision();
            let tried = sessions.limited("the first runs of the policy", MAX_POLICY_TRIAL, move |stop| {
                let init = init.as_ref().map(|init| init.as_slice());
                Self::on(runtime, session, &contract, &onnx, init, provision, stop)
            });
            let rejection = match tried {
                Ok(Ok(policy)) => {
                    return policy
                        .limited_to(options.run_limit)
                        .map_err(|error| LoadError::Session {
                            file: file(),
                            reason: error.to_string(),
                        });
                }
                Ok(Err(rejection)) => rejection,
                Err(excess) => Rejection::Provider(excess),
            };
            let on_cpu = sessions.provider() == Provider::Cpu;
            match rejection {
                Rejection::Provider(reason) => sessions.refuse(explained(reason)),
                Rejection::Golden(misfit) if !on_cpu => sessions.refuse(misfit.to_string()),
                Rejection::NotFinite(cause) if !on_cpu => sessions.refuse(format!("its output is not finite: {cause}")),
                Rejection::Golden(misfit) | Rejection::Unfit(misfit) => {
                    return Err(LoadError::Misfit { file: file(), misfit });
                }
                Rejection::NotFinite(cause) => {
                    return Err(LoadError::NotFinite { file: file(), cause });
                }
            }
        }
    }

    fn on(
        runtime: &Runtime,
        session: Session,
        contract: &PolicyContract,
        model: &OnnxModel,
        init: Option<&[u8]>,
        provision: Provision,
        stop: &Stop,
    ) -> Result<Self, Rejection> {
        let slots = bind_names(&session, contract).map_err(Rejection::Unfit)?;
        let initial_state = match init {
            Some(init) if !slots.state_in.is_empty() => vec![initial_state(runtime, init, &slots, stop)?],
            _ => Vec::new(),
        };
        let names: Vec<_> = slots.inputs.iter().map(|slot| slot.to_string()).collect();
        let binding = Binding::new(session, &slots)?;
        let mut policy = Self {
            observation_len: binding.input_len(),
            action_len: contract.action_len(),
            observation_inputs: names.join(", "),
            binding,
            options: LimitedOptions::new(RunOptions::new()?, None)?,
            initial_state,
            provision,
        };
        policy.probe(model, stop)?;
        policy.check_golden(contract, stop)?;
        Ok(policy)
    }

    /// The same with a limit for each run, where there is one.
    fn limited_to(mut self, limit: Option<Duration>) -> Result<Self, ort::Error> {
        self.options = LimitedOptions::new(RunOptions::new()?, limit)?;
        Ok(self)
    }

    /// On what it runs, and what did not work before.
    pub fn provision(&self) -> &Provision {
        &self.provision
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
    pub(crate) fn answer(&mut self, observation: &[f32], stop: &Stop) -> Result<&[f32], ort::Error> {
        self.reset();
        self.binding.set_input(observation);
        self.binding.run(stop)?;
        Ok(self.binding.output())
    }

    fn probe(&mut self, model: &OnnxModel, stop: &Stop) -> Result<(), Rejection> {
        let mut samples = Samples::seeded(PROBE_SEED);
        for probe in 0..=PROBES {
            let (name, observation) = match probe {
                0 => ("an observation of zeros".to_owned(), vec![0.0; self.observation_len]),
                i => (
                    format!("random observation {i}"),
                    samples.observation(self.observation_len),
                ),
            };
            let action = self.answer(&observation, stop)?;
            if let Some(i) = action.iter().position(|value| !value.is_finite()) {
                let blame = model.bad_weight.as_ref().map(|weight| format!("; {weight}"));
                return Err(Rejection::NotFinite(format!(
                    "action[{i}] is {} for {name}{}",
                    action[i],
                    blame.unwrap_or_default()
                )));
            }
        }
        self.reset();
        Ok(())
    }

    fn check_golden(&mut self, contract: &PolicyContract, stop: &Stop) -> Result<(), Rejection> {
        for (i, golden) in contract.golden.iter().enumerate() {
            let lengths = [
                ("observation", self.observation_len, golden.observation.len()),
                ("action", self.action_len, golden.action.len()),
            ];
            for (part, expected, found) in lengths {
                if expected != found {
                    return Err(Rejection::Unfit(Misfit::new(
                        format!("golden[{i}].{part}"),
                        format!("{expected} numbers"),
                        found.to_string(),
                    )));
                }
            }
            let action = self.answer(&golden.observation, stop)?;
            for (j, (expected, found)) in golden.action.iter().zip(action).enumerate() {
                // Written so that a NaN on either side does not match.
                if !((expected - found).abs() <= GOLDEN_TOLERANCE) {
                    return Err(Rejection::Golden(Misfit::new(
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

/// What kinfer's `init_fn` gives. It runs once, on the CPU.
fn initial_state(runtime: &Runtime, init: &[u8], network: &Slots, stop: &Stop) -> Result<Vec<f32>, Rejection> {
    let session = session_builder(runtime, 1)?.commit_from_memory(init)?;
    let slots = bind_initial_state(&session, network).map_err(Rejection::Unfit)?;
    let mut binding = Binding::new(session, &slots)?;
    binding.run(stop)?;
    Ok(binding.output().to_vec())
}

impl Policy for OnnxPolicy {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        if observation.len() != self.observation_len || action.len() != self.action_len {
            return Err(PolicyError::Shape);
        }
        self.binding.set_input(observation);
        if !self.binding.run_quietly(&self.options) {
            return Err(PolicyError::Runtime);
        }
        action.copy_from_slice(self.binding.output());
        Ok(())
    }

    fn reset(&mut self) {
        self.binding.reset_state(&self.initial_state);
    }
}
