//! A recorded control loop that runs again: to show that it did what the recording says, or what another policy or
//! other limits would have done with what it read.

mod divergence;
mod exact;
mod policy;

use sinew_control::contract::PolicyContract;
use sinew_control::gate::SafetyParams;
use sinew_control::tick::LoopError;
use sinew_models::{ContractError, LoadError, ModelFileError};
use sinew_node_recorder::RecordedLoopError;
use thiserror::Error;

pub use divergence::{Divergence, JointDivergence, WhatIf, what_if};
pub use exact::{Extent, Replayed, replay};
pub use policy::{RecordedPolicy, recorded_policy};

/// Why a recording cannot be replayed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordedLoopError),
    /// A policy file cannot be read.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// A policy's contract cannot be read.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A policy cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The loop cannot be put together again.
    #[error("the recorded loop cannot be put together again: {0}")]
    Loop(#[from] LoopError),
    /// The recording does not have what replaying needs.
    #[error("{0}")]
    Unfit(String),
}

/// Another policy, with its contract.
#[derive(Debug)]
pub struct OtherPolicy {
    /// Its file.
    pub file: sinew_models::ModelFile,
    /// Its contract.
    pub contract: PolicyContract,
}

/// What is other in a replay than it was.
#[derive(Debug)]
pub enum Change {
    /// The policy.
    Policy(Box<OtherPolicy>),
    /// The limits of the safety gate.
    Limits(Box<SafetyParams>),
}
