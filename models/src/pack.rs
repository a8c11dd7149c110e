//! Writing self-describing policies: the contract and its golden vectors go into the ONNX file's
//! metadata, where [`load_contract`](crate::load_contract) finds them.
//!
//! ```no_run
//! # use sinew_models::{ContractGiven, ModelFile, OnnxPolicy, SessionOptions, load_contract, pack};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let robot: sinew_control::robot::RobotDescription = unimplemented!();
//! let model = ModelFile::read("raw.onnx".as_ref())?;
//! let described = ContractGiven::File("walk.contract.yaml".into());
//! let mut contract = load_contract(&model, &described.into(), &robot)?;
//! let mut policy = OnnxPolicy::load(&model, &contract, &SessionOptions::default())?;
//! contract.golden = pack::golden_vectors(&mut policy, 4)?;
//! pack::pack(&model, &contract, "walk.onnx".as_ref())?;
//! # Ok(())
//! # }
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sinew_control::contract::{GoldenVector, PolicyContract};
use sinew_control::io::Policy;
use thiserror::Error;

use crate::dialect::{ContractError, embedded};
use crate::limits::Stop;
use crate::model_file::ModelFile;
use crate::onnx::{OnnxError, with_metadata};
use crate::policy::OnnxPolicy;
use crate::samples::Samples;

const GOLDEN_SEED: u64 = 0x601d;

/// Why a policy could not be packed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackError {
    /// The bytes of the policy file cannot be copied.
    #[error("{}: {cause}", .file.display())]
    Onnx {
        /// The policy file.
        file: PathBuf,
        /// Why.
        cause: OnnxError,
    },
    /// A kinfer archive describes itself and holds two networks: there is nothing to pack it into.
    #[error("{}: expected an ONNX file to pack, found a kinfer archive, which describes itself", .file.display())]
    Archive {
        /// The policy file.
        file: PathBuf,
    },
    /// A value of the contract cannot be written, being no finite number.
    #[error("the contract cannot be written: {0}")]
    Contract(ContractError),
    /// What was to be written would read as another contract.
    #[error("the contract of {name} cannot be written: it would read back as another one")]
    Unfaithful {
        /// The contract's name.
        name: String,
    },
    /// The network did not answer.
    #[error("ONNX Runtime cannot run the network: {reason}")]
    Run {
        /// What the runtime says.
        reason: String,
    },
    /// The output cannot be written.
    #[error("{}: cannot be written: {cause}", .file.display())]
    Write {
        /// The output.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

/// The policy's answers to `n` observations, each from its first recurrent state: zeros, then seeded
/// random ones in −1 to 1. The same policy gives the same vectors every time.
///
/// # Errors
/// [`PackError::Run`] when the network fails.
pub fn golden_vectors(policy: &mut OnnxPolicy, n: usize) -> Result<Vec<GoldenVector>, PackError> {
    let mut samples = Samples::seeded(GOLDEN_SEED);
    let len = policy.observation_len();
    let vectors = (0..n).map(|i| {
        let observation = if i == 0 {
            vec![0.0; len]
        } else {
            samples.observation(len)
        };
        let action = policy
            .answer(&observation, &Stop::default())
            .map_err(|error| PackError::Run {
                reason: error.to_string(),
            })?;
        Ok(GoldenVector {
            action: action.to_vec(),
            observation,
        })
    });
    let vectors = vectors.collect();
    policy.reset();
    vectors
}

/// Writes the ONNX file `model` with `contract` in its metadata to `output`, which may be the same
/// file. The network's bytes are copied as they are, but for weights in files beside it, which are put
/// inside; `output` is whole or untouched.
///
/// # Errors
/// See [`PackError`].
pub fn pack(model: &ModelFile, contract: &PolicyContract, output: &Path) -> Result<(), PackError> {
    let file = || model.path().to_owned();
    if model.kinfer_metadata().is_some() {
        return Err(PackError::Archive { file: file() });
    }
    let entries = embedded::entries(contract);
    let written = PolicyContract {
        dialect: contract.dialect.clone(),
        ..embedded::read_back(&entries).map_err(PackError::Contract)?
    };
    if written != *contract {
        return Err(PackError::Unfaithful {
            name: contract.name.clone(),
        });
    }
    let entries: Vec<_> = entries.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let packed = with_metadata(model.network(), &entries).map_err(|cause| PackError::Onnx { file: file(), cause })?;
    replace(output, &packed).map_err(|cause| PackError::Write {
        file: output.to_owned(),
        cause,
    })
}

/// Writes a file beside `file`, then moves it there in one step.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = file.with_file_name(name);
    let write = || {
        let mut out = File::create(&part)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        fs::rename(&part, file)
    };
    write().inspect_err(|_| {
        // The error that counts is that of the write.
        let _ = fs::remove_file(&part);
    })
}
