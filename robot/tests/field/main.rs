//! Robots as they are found in the field: with joints that follow others, with helpers beside them, with masses that
//! cannot be.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod beside;
mod couplings;
#[path = "../common/folder.rs"]
mod folder;
mod inertias;

use folder::Folder;
use sinew_robot::{RobotModel, load};

fn read(name: &str, text: &str) -> Result<RobotModel, String> {
    load(&Folder::new().put(name, text)).map_err(|error| error.to_string())
}

fn mjcf(text: &str) -> RobotModel {
    read("r.xml", text).unwrap()
}

fn urdf(text: &str) -> RobotModel {
    read("r.urdf", text).unwrap()
}

fn assert_says(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "\"{word}\" is not in: {error}");
    }
}
