//! ONNX Runtime sessions and policy contracts.
//!
//! A policy file becomes a running [`control::io::Policy`](sinew_control::io::Policy) in three steps:
//! [`ModelFile::read`] reads it, [`load_contract`] takes what it (or a YAML file beside it) says of itself, in
//! whichever dialect, and [`OnnxPolicy::load`] checks that against the network and binds its tensors.
//!
//! ```no_run
//! use sinew_models::{ContractSource, ModelFile, OnnxPolicy, SessionOptions, load_contract};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let robot: sinew_control::robot::RobotDescription = unimplemented!();
//! let model = ModelFile::read("policy.onnx".as_ref())?;
//! let contract = load_contract(&model, &ContractSource::default(), &robot)?;
//! let policy = OnnxPolicy::load(&model, &contract, &SessionOptions::default())?;
//! println!("{} ({}): {}", contract.name, contract.dialect, model.sha256());
//! # Ok(())
//! # }
//! ```
#![deny(unsafe_code)]

pub mod dialect;
#[allow(unsafe_code)]
mod ffi;
pub mod limits;
mod model_file;
pub mod network;
pub mod onnx;
pub mod pack;
pub mod policy;
pub mod providers;
mod run_limit;
pub mod runtime;
mod samples;
mod tensors;

pub use dialect::{ContractError, ContractGiven, ContractSource, load_contract};
pub use model_file::{ModelFile, ModelFileError, sha256};
pub use policy::{LoadError, OnnxPolicy};
pub use providers::{ProviderOptions, Provision, SessionOptions};
