//! `sinew model show`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sinew_models::SessionOptions;
use sinew_models::network::Network;
use sinew_perception::{Model, ModelError, ModelOptions};

use super::super::perceive::size;

/// Longest value of the metadata that is printed whole, characters.
const SHOWN: usize = 70;

/// Prints inputs, outputs, metadata and the head that fits.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinew model show yolo11n.onnx")]
pub(super) struct ShowArgs {
    /// ONNX file of the model.
    model: PathBuf,
    /// Size of images, pixels, where the model leaves it open.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<[usize; 2]>,
}

impl ShowArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let network = Network::load(&self.model, &SessionOptions::default())?;
        println!("{}", self.model.display());
        for input in network.inputs() {
            println!("  input     {input}");
        }
        for output in network.outputs() {
            println!("  output    {output}");
        }
        for (key, value) in network.metadata() {
            let shown: String = value.chars().take(SHOWN).collect();
            let more = if shown.len() < value.len() { "…" } else { "" };
            println!("  metadata  {key}: {}{more}", shown.replace('\n', " "));
        }
        let options = ModelOptions {
            size: self.size,
            ..ModelOptions::default()
        };
        match Model::load(&self.model, &options) {
            Ok(model) => {
                let [width, height] = model.input().size;
                let names = model.names().len();
                println!(
                    "  sees      head {}, {width}×{height}, {names} class names",
                    model.head()
                );
            }
            Err(ModelError::Input { .. }) => println!("  sees      nothing: it takes no image"),
            Err(error) => println!("  sees      nothing that is known: {error}"),
        }
        Ok(ExitCode::SUCCESS)
    }
}
