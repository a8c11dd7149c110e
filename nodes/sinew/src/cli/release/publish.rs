//! `sinew release publish`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use sinew_releases::bundle::{Kind, Provenance, Requires};
use sinew_releases::repository::Publication;

use super::sign::SignerArgs;
use super::{Writing, percent, share};

#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// The model, ONNX.
    model: PathBuf,
    /// Name of the release: letters, digits, `_` and `-`. Robots ask for it.
    #[arg(long)]
    name: String,
    /// Its version, above all of that name; the next one when left out.
    #[arg(long)]
    version: Option<u64>,
    /// What it is for.
    #[arg(long, value_enum, default_value_t = KindArg::Policy)]
    kind: KindArg,
    /// What `sinew eval --json` wrote of this model. A policy is refused without it.
    #[arg(long, value_name = "EVAL.json")]
    report: Option<PathBuf>,
    /// The policy's contract, where it is not in the model; of a perception model what `sinew perceive --golden` wrote.
    #[arg(long, value_name = "FILE.yaml")]
    contract: Option<PathBuf>,
    /// Who gets it: robots that follow this channel.
    #[arg(long, default_value = "stable")]
    channel: String,
    /// How many of them, such as 10%.
    #[arg(long, value_name = "PERCENT", default_value = "100%", value_parser = share)]
    rollout: u16,
    /// Only robots of this group; may be given several times.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// The data that it was trained with.
    #[arg(long, value_name = "TEXT", help_heading = "Provenance")]
    dataset: Option<String>,
    /// The run that trained it.
    #[arg(long, value_name = "TEXT", help_heading = "Provenance")]
    training_run: Option<String>,
    /// The commit of the code that trained it.
    #[arg(long, value_name = "TEXT", help_heading = "Provenance")]
    commit: Option<String>,
    /// The oldest Sinew that runs it; this one when left out.
    #[arg(long, value_name = "VERSION")]
    min_sinew: Option<semver::Version>,
    /// The oldest ONNX Runtime that runs it.
    #[arg(long, value_name = "VERSION")]
    min_onnxruntime: Option<semver::Version>,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    writing: Writing,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// A policy of a control loop.
    Policy,
    /// A model of the node `perception`.
    Perception,
}

impl PublishArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let signer = self.signer.signer()?;
        let mut repository = self.writing.open()?;
        let sinew = self.min_sinew.map_or_else(|| env!("CARGO_PKG_VERSION").parse(), Ok)?;
        let publication = Publication {
            model: self.model,
            name: self.name,
            version: self.version,
            kind: match self.kind {
                KindArg::Policy => Kind::Policy,
                KindArg::Perception => Kind::Perception,
            },
            contract: self.contract,
            report: self.report,
            provenance: Provenance {
                dataset: self.dataset,
                training_run: self.training_run,
                commit: self.commit,
            },
            requires: Requires {
                sinew,
                onnxruntime: self.min_onnxruntime,
            },
            channel: self.channel,
            per_mille: self.rollout,
            groups: self.groups,
        };
        let published = repository.publish(&publication, signer.as_ref())?;
        let manifest = &published.manifest;
        println!(
            "{} {}: published on {} for {} of robots, {} bytes, SHA-256 {}",
            manifest.name,
            manifest.version,
            publication.channel,
            percent(publication.per_mille),
            published.bytes,
            published.sha256
        );
        for (from, bytes) in &published.deltas {
            let share = 100.0 * *bytes as f64 / published.bytes as f64;
            println!("  from version {from}: {bytes} bytes, {share:.1} % of the whole");
        }
        Ok(ExitCode::SUCCESS)
    }
}
