//! The simulator, with either of its engines.

use super::{Files, World};

/// Its own engine.
pub(super) fn embedded(files: &Files<'_>) -> World {
    let mut world = World::new("embedded", format!("sinew run {}", files.listed()));
    walk_in(&mut world, files, "embedded");
    world
}

/// MuJoCo.
pub(super) fn mujoco(files: &Files<'_>) -> World {
    let command = format!(
        "sinew eval {} --engine mujoco, or `sim: engine: mujoco` in the file",
        files.listed()
    );
    let mut world = World::new("MuJoCo", command);
    expect_library(&mut world);
    if world.good {
        walk_in(&mut world, files, "mujoco");
    }
    world
}

#[cfg(feature = "mujoco")]
fn expect_library(world: &mut World) {
    match sinew_sim::mujoco::mujoco() {
        Ok(mujoco) => world
            .cautions
            .push(format!("{} at {}", mujoco.version, mujoco.path.display())),
        Err(error) => world.lacks_until(error.to_string(), "cargo xtask mujoco"),
    }
}

#[cfg(not(feature = "mujoco"))]
fn expect_library(world: &mut World) {
    world.lacks_until(
        "this program was built without the feature `mujoco`",
        "cargo xtask mujoco",
    );
}

/// Puts robot and simulator together, and takes them apart again.
#[cfg(feature = "run")]
fn walk_in(world: &mut World, files: &Files<'_>, engine: &str) {
    let checked = super::plan(files.paths, sinew::plan::Robot::Simulated, engine)
        .and_then(|plan| plan.check().map_err(anyhow::Error::from));
    if let Err(error) = checked {
        world.lacks(format!("{error:#}"));
    }
}

#[cfg(not(feature = "run"))]
fn walk_in(world: &mut World, _files: &Files<'_>, _engine: &str) {
    world.lacks_until(
        "this program was built without the feature `run`",
        "build it with `--features run`",
    );
}
