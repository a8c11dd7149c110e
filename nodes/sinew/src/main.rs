//! The `sinew` command. Called by the name of one of its nodes (`sinew nodes` lists them; an installation makes links
//! of these names, for `ros2 run`), it is that node.

mod cli;

use std::path::Path;
use std::process::ExitCode;

use sinew_control::alloc::CountingAllocator;

/// Counts per thread, so that «nothing in a tick allocates» is measured in every run.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let called = Path::new(&called).file_name().and_then(|name| name.to_str());
    let app = sinew::app();
    match called {
        Some(node) if app.knows(node) => app.main(node),
        _ => cli::main(&app),
    }
}
