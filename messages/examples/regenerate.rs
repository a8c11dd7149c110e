//! Writes `messages/src/ros` and `messages/tests/shipped` anew: `cargo run -p sinew-messages --example regenerate ROS_ENVIRONMENT`.
//!
//! The environment is the folder that `cargo xtask ros` makes; the definitions are in its `share`.

use std::path::{Path, PathBuf};

#[path = "../tests/definitions/mod.rs"]
mod definitions;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let environment = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name the folder of the ROS environment")?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for package in sinew_messages::generate::SHIPPED {
        let source = definitions::generated(&environment, package)?;
        std::fs::write(here.join(format!("src/ros/{package}.rs")), &source)?;
        sources.push(source);
    }
    std::fs::write(here.join("tests/shipped/mod.rs"), definitions::type_list(&sources))?;
    Ok(())
}
