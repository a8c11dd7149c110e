//! On what a model shall run, on the command line.

use std::path::PathBuf;

use clap::Args;
use sinew_models::providers::{Precision, Provider, ProviderOptions};

/// What holds for whichever provider.
#[derive(Debug, Args)]
pub(super) struct NumberArgs {
    /// With which numbers TensorRT may compute: fp32 (the model's own), fp16 or int8. Others take the model's own.
    #[arg(long, default_value = "fp32")]
    precision: Precision,
    /// Calibration table for int8; not needed for a model with quantising nodes.
    #[arg(long, value_name = "FILE")]
    int8_calibration: Option<PathBuf>,
    /// Which GPU, by number.
    #[arg(long, default_value_t = 0)]
    device: u8,
}

impl NumberArgs {
    pub(super) fn on(&self, providers: &[Provider], strict: bool) -> ProviderOptions {
        ProviderOptions {
            providers: providers.to_vec(),
            strict,
            precision: self.precision,
            device: self.device,
            int8_calibration: self.int8_calibration.clone(),
        }
    }
}
