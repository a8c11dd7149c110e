//! Whether a provider works at all: a tiny model, run on it.

use std::path::Path;

use super::{Failure, Provider, ProviderError, ProviderOptions, SessionOptions};
use crate::model_file::ModelFile;
use crate::network::{Network, NetworkError};
use crate::onnx::softmax;

/// Values in the model's input.
const LEN: u64 = 8;

/// Runs a model of one operator on a provider.
///
/// # Errors
/// What the runtime says where it does not work.
pub fn try_provider(provider: Provider) -> Result<(), Failure> {
    let options = SessionOptions {
        providers: ProviderOptions {
            providers: vec![provider],
            strict: true,
            ..ProviderOptions::default()
        },
        ..SessionOptions::default()
    };
    let failed = |reason: String| Failure { provider, reason };
    let model = ModelFile::from_bytes(Path::new("trial"), softmax(LEN)).map_err(|error| failed(error.to_string()))?;
    let tried = Network::load(&model, &options).and_then(|network| network.bind(&[vec![1, LEN as i64]]));
    match tried {
        Ok(_) => Ok(()),
        Err(NetworkError::Providers {
            cause: ProviderError::Strict(failure),
            ..
        }) => Err(failure),
        Err(error) => Err(failed(error.to_string())),
    }
}
