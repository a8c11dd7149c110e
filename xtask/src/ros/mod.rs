//! `cargo xtask ros`: Sinew on ROS 2, from an installation that is sourced or from PyPI's wheels.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

use crate::{onnxruntime, process};

mod demo;
mod environment;
mod interfaces;
mod libclang;
mod overlay;
mod packages;
mod test;
mod wheels;

pub(crate) use environment::{Environment, environment};
pub(crate) use test::run as test;

/// What is to be done with ROS 2, once it is there.
#[derive(Debug, Subcommand)]
pub(crate) enum Chore {
    /// Print the environment for a shell: `eval "$(cargo xtask ros env)"`
    Env,
    /// Build `sinew` with the feature `ros2`
    Build,
    /// Let Strider walk on ROS 2: three processes, watched and steered by a fourth in Python
    ///
    /// Runs `launch/demo/walk.sh`, which is an example of how to do it by hand. Exit code: 0 where the
    /// robot went where it was told and every node ended well, else 1.
    Demo,
}

/// Sets ROS 2 up, with the message packages in the folder `own` where one is given, then does `chore`.
pub(crate) fn run(chore: Option<Chore>, own: Option<&Path>) -> Result<()> {
    if let Some(folder) = own {
        environment::add_interfaces(folder)?;
    }
    let environment = environment()?;
    match chore {
        None => println!("{}", environment.description()),
        Some(Chore::Env) => print!("{}", environment.exports()),
        Some(Chore::Build) => {
            eprintln!("{}\n{}", onnxruntime::set_up()?, environment.description());
            build(&environment, &[])?;
        }
        Some(Chore::Demo) => demo::run(&environment)?,
    }
    Ok(())
}

/// The feature of `sinew` that needs it.
const FEATURE: &str = "sinew/ros2";

/// Builds `sinew` with ROS 2 and these features, with cargo's own progress on the screen.
pub(crate) fn build(environment: &environment::Environment, others: &[&str]) -> Result<()> {
    let mut build = process::sinew_build(&[&[FEATURE], others].concat());
    process::hand_over(environment.apply(&mut build)?)
}
