//! ONNX Runtime sessions and policy contracts.
//!
//! A policy file becomes a running [`control::io::Policy`](sinew_control::io::Policy) in two steps:
//! [`load_contract`] reads what the file (or a YAML file beside it) says of itself, in whichever
//! dialect, and [`OnnxPolicy::load`] checks that against the network and binds its tensors.
//!
//! ```no_run
//! use sinew_models::{ContractSource, OnnxPolicy, SessionOptions, load_contract};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let robot: sinew_control::robot::RobotDescription = unimplemented!();
//! let source = ContractSource::of_model("policy.onnx");
//! let contract = load_contract(&source, &robot)?;
//! let policy = OnnxPolicy::load("policy.onnx".as_ref(), &contract, &SessionOptions::default())?;
//! println!("{}: {} → {}", contract.dialect, policy.observation_len(), policy.action_len());
//! # Ok(())
//! # }
//! ```
#![deny(unsafe_code)]

mod artifact;
pub mod dialect;
mod elf;
#[allow(unsafe_code)]
mod ffi;
pub mod limits;
pub mod network;
pub mod onnx;
pub mod pack;
pub mod policy;
pub mod providers;
pub mod runtime;
mod samples;
mod tensors;

pub use artifact::{ArtifactError, MAX_FILE as MAX_MODEL_FILE};
pub use dialect::{ContractError, ContractGiven, ContractSource, load_contract};
pub use policy::{LoadError, OnnxPolicy};
pub use providers::{ProviderOptions, Provision, SessionOptions};
