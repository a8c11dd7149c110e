//! `sinew completions` and `sinew manual`: what shells and `man` know of the command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;

/// Writes what a shell needs to complete `sinew` to standard output.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew completions bash > ~/.local/share/bash-completion/completions/sinew\n  \
    sinew completions zsh > ~/.zfunc/_sinew                with ~/.zfunc in `fpath`\n  \
    sinew completions fish > ~/.config/fish/completions/sinew.fish\n\n\
    The Debian package brings them along.")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "sinew", &mut script);
        // A reader that has seen enough is no error.
        let _ = std::io::stdout().write_all(&script);
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a manual page for each command into a folder.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    sinew manual ~/.local/share/man/man1\n\n\
    The Debian package brings them along: `man sinew`, `man sinew-eval`.")]
pub(crate) struct ManualArgs {
    /// The folder, which is made where there is none.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl ManualArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let written =
            std::fs::create_dir_all(&self.folder).and_then(|()| clap_mangen::generate_to(Cli::command(), &self.folder));
        written.with_context(|| format!("{}: no manual can be written there", self.folder.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
