//! Writes `src/ros` and `tests/sample` anew:
//! `cargo run -p sinew-messages --example regenerate ROS_ENVIRONMENT`.
//!
//! The environment is the folder that `cargo xtask ros` makes; the definitions are in its `share`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../tests/definitions/mod.rs"]
mod definitions;

fn main() -> Result<(), Box<dyn Error>> {
    let environment = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name the folder of the ROS environment")?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for package in sinew_messages::generate::SHIPPED {
        let source = definitions::shipped(&environment, package)?;
        fs::write(here.join(format!("src/ros/{package}.rs")), &source)?;
        sources.push(source);
    }
    fs::write(here.join("src/ros/list.rs"), definitions::type_list(&sources))?;
    for package in definitions::SAMPLES {
        fs::write(
            here.join(format!("tests/sample/{package}.rs")),
            definitions::sample(package)?,
        )?;
    }
    Ok(())
}
