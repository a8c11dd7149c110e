//! `sinew model show`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use sinew_models::network::Network;
use sinew_models::{ModelFile, SessionOptions};
use sinew_perception::{Model, ModelError};

use super::super::file_name::{printable, shown};
use super::super::vision::VisionArgs;

/// Longest value of the metadata that is printed whole, characters.
const SHOWN: usize = 70;

/// Prints inputs, outputs, metadata and the head that fits.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sinew model show yolo11n.onnx\n  sinew model show yolox_nano.onnx --head yolox")]
pub(super) struct ShowArgs {
    /// ONNX file of the model.
    model: PathBuf,
    #[command(flatten)]
    vision: VisionArgs,
}

impl ShowArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = ModelFile::read(&self.model)?;
        let network = Network::load(&file, &SessionOptions::default())?;
        println!("{}", shown(&self.model));
        for input in network.inputs() {
            println!("  input     {}", printable(&input.to_string()));
        }
        for output in network.outputs() {
            println!("  output    {}", printable(&output.to_string()));
        }
        for (key, value) in network.metadata() {
            let first: String = value.chars().take(SHOWN).collect();
            let more = if first.len() < value.len() { "…" } else { "" };
            println!("  metadata  {}: {}{more}", printable(key), printable(&first));
        }
        match Model::load(&file, &self.vision.params(&self.model).options(Path::to_owned)?) {
            Ok(model) => {
                let [width, height] = model.input().size;
                let names = model.names().len();
                println!(
                    "  sees      head {}, {width}×{height}, {names} class names",
                    model.head()
                );
                for doubt in model.doubts() {
                    println!("  warning   {doubt}");
                }
            }
            Err(ModelError::Input { .. }) => println!("  sees      nothing: it takes no image"),
            Err(error) => println!("  sees      nothing that is known: {error}"),
        }
        Ok(ExitCode::SUCCESS)
    }
}
