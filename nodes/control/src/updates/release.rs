//! From a release in the store to a policy.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_yaml_ng::Value;
use sinew_control::contract::PolicyContract;
use sinew_control::io::Policy;
use sinew_control::observation::ObservationBuilder;
use sinew_control::policies::LoadedPolicy;
use sinew_control::robot::RobotDescription;
use sinew_control::timing::Durations;
use sinew_models::{ContractGiven, ContractSource, ModelFile, OnnxPolicy, SessionOptions, load_contract};
use sinew_releases::bundle::{Kind, MANIFEST};
use sinew_releases::store::{Loaded, ReleasedModel};

use super::LoopOfUpdates;

/// Inferences that are measured before a candidate is admitted.
const MEASURED: usize = 500;

/// A policy out of a release, read and not yet loaded.
#[derive(Debug, Clone)]
pub struct ReleasedPolicy {
    /// Name and version.
    pub version: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its model.
    pub file: ModelFile,
    /// Its contract.
    pub contract: PolicyContract,
}

/// A candidate that fits this robot.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) released: ReleasedPolicy,
    /// Loaded for the loop.
    pub(super) policy: Box<LoadedPolicy>,
    /// Half of its inferences, 99 of 100, and all of them, µs.
    pub(super) inference_us: [f64; 3],
}

impl ReleasedPolicy {
    /// Reads a release whose bytes were verified.
    ///
    /// # Errors
    /// Says why it is none of a policy for this robot.
    pub fn read(loaded: &Loaded, robot: &RobotDescription, overrides: Option<&Value>) -> Result<Self, String> {
        Self::of(loaded.model(Kind::Policy)?, &loaded.folder, robot, overrides)
    }

    /// Reads a release out of a folder of its own, and verifies it against its `release.json`.
    ///
    /// # Errors
    /// Says what of it is not as it says, or why it is none of a policy for this robot.
    pub fn of_folder(folder: &Path, robot: &RobotDescription, overrides: Option<&Value>) -> Result<Self, String> {
        Self::of(
            ReleasedModel::of_folder(folder, Kind::Policy)?,
            folder,
            robot,
            overrides,
        )
    }

    fn of(
        model: ReleasedModel,
        folder: &Path,
        robot: &RobotDescription,
        overrides: Option<&Value>,
    ) -> Result<Self, String> {
        let file = ModelFile::from_bytes(&model.path, model.bytes).map_err(|error| error.to_string())?;
        if !file.weights_sha256().is_empty() {
            return Err("expected one model file, found weights beside it".to_owned());
        }
        let given = match &model.contract {
            None => ContractGiven::Nothing,
            Some((name, bytes)) => {
                let inline = serde_yaml_ng::from_slice(bytes).map_err(|error| format!("{name}: {error}"))?;
                ContractGiven::Inline(inline)
            }
        };
        let source = ContractSource {
            given,
            overrides: overrides.cloned(),
            parameter_file: Some(folder.join(MANIFEST)),
        };
        let contract = load_contract(&file, &source, robot).map_err(|error| error.to_string())?;
        Ok(Self {
            version: model.version,
            folder: folder.to_owned(),
            file,
            contract,
        })
    }

    /// Loads it for the loop: contract against the robot, golden vectors on the provider that will run it.
    ///
    /// # Errors
    /// Says what does not fit.
    pub(super) fn load(&self, of: &LoopOfUpdates) -> Result<LoadedPolicy, String> {
        self.loaded(self.session(&of.session)?, of)
    }

    /// The same, with inferences that are ended after so long.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(super) fn load_for(&self, of: &LoopOfUpdates, run_limit: Duration) -> Result<LoadedPolicy, String> {
        let session = SessionOptions {
            run_limit: Some(run_limit),
            ..of.session.clone()
        };
        self.loaded(self.session(&session)?, of)
    }

    fn session(&self, options: &SessionOptions) -> Result<OnnxPolicy, String> {
        OnnxPolicy::load(&self.file, &self.contract, options).map_err(|error| error.to_string())
    }

    fn loaded(&self, policy: OnnxPolicy, of: &LoopOfUpdates) -> Result<LoadedPolicy, String> {
        let LoopOfUpdates {
            robot,
            capabilities,
            registry,
            params,
            ..
        } = of;
        let observed = ObservationBuilder::new(&self.contract, robot, capabilities, registry);
        if let Ok(observed) = observed {
            (policy.expect_observation_len(observed.len())).map_err(|misfit| misfit.to_string())?;
        }
        LoadedPolicy::new(&self.contract, Box::new(policy), robot, capabilities, registry, params)
            .map_err(|error| error.to_string())
    }

    /// Looks whether it may run on this robot.
    ///
    /// # Errors
    /// Says why not.
    pub(super) fn admit(self, of: &LoopOfUpdates, budget_us: f64) -> Result<Admitted, String> {
        let mut session = self.session(&of.session)?;
        let inference_us = measured(&mut session, &self.contract)?;
        if inference_us[1] > budget_us {
            return Err(format!(
                "inference: expected at most {budget_us:.0} µs in 99 of 100, found {:.0} µs on this machine",
                inference_us[1]
            ));
        }
        session.reset();
        Ok(Admitted {
            policy: Box::new(self.loaded(session, of)?),
            released: self,
            inference_us,
        })
    }
}

/// How long its inferences take, beside everything else that runs now.
fn measured(policy: &mut OnnxPolicy, contract: &PolicyContract) -> Result<[f64; 3], String> {
    let zeros = vec![0.0; policy.observation_len()];
    let observation = contract.golden.first().map_or(&zeros, |golden| &golden.observation);
    let mut action = vec![0.0; contract.action_len()];
    let mut took = Durations::default();
    for _ in 0..MEASURED {
        let began = Instant::now();
        policy
            .infer(observation, &mut action)
            .map_err(|error| error.to_string())?;
        took.record(began.elapsed().as_nanos() as u64);
    }
    Ok([took.quantile_us(0.5), took.quantile_us(0.99), took.max_us()])
}
