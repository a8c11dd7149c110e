//! Robots written for other simulators are the same robots, and what a format lacks is said.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/folder.rs"]
mod folder;
mod made_up;
mod notes;
mod strider;

use std::path::Path;

use folder::Folder;
use sinew_robot::export::{Exported, Options, Target, export};
use sinew_robot::{RobotModel, load};

/// Exports a robot and reads it back.
fn read_back(model: &RobotModel, target: Target, options: &Options) -> (RobotModel, Exported) {
    let folder = Folder::new();
    let exported = export(model, target, folder.path(), options).unwrap();
    exported.write(folder.path()).unwrap();
    (load(&folder.path().join(&exported.files[0].name)).unwrap(), exported)
}

fn strider(file: &str) -> RobotModel {
    let robots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/robots/strider");
    load(&robots.join(file)).unwrap()
}
