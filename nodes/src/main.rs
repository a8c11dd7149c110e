//! The `sinew` command.

mod cli;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use sinew_control::alloc::CountingAllocator;

/// Counts per thread, so that «nothing in a tick allocates» is measured in every run.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,ort=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", cli::spelled(&error));
            ExitCode::from(cli::BAD_INPUT)
        }
    }
}
