//! The generated files are what the generator makes today; `examples/regenerate.rs` makes them anew.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod definitions;

use std::fs;
use std::path::{Path, PathBuf};

use sinew_messages::generate::{SHIPPED, Source, generate};

fn is_committed(file: &str, source: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let committed = fs::read_to_string(&file).unwrap();
    assert!(
        committed == source,
        "{} differs: run the example `regenerate`",
        file.display()
    );
}

fn environment() -> Option<PathBuf> {
    let environment = std::env::var_os("SINEW_ROS").map(PathBuf::from);
    if environment.is_none() {
        eprintln!("skipped: `cargo xtask ros` makes the ROS environment that SINEW_ROS must name");
    }
    environment
}

#[test]
fn the_shipped_packages_are_those_of_the_definitions() {
    let Some(environment) = environment() else { return };
    let mut sources = Vec::new();
    for package in SHIPPED {
        let source = definitions::shipped(&environment, package).unwrap();
        is_committed(&format!("src/ros/{package}.rs"), &source);
        sources.push(source);
    }
    is_committed("src/ros/list.rs", &definitions::type_list(&sources));
}

#[test]
fn the_samples_are_those_of_the_definitions() {
    for package in definitions::SAMPLES {
        is_committed(
            &format!("tests/sample/{package}.rs"),
            &definitions::sample(package).unwrap(),
        );
    }
}

#[test]
fn every_definition_of_ros_2_is_read_or_its_wstrings_are_refused() {
    let Some(environment) = environment() else { return };
    let mut read = 0;
    for package in fs::read_dir(environment.join("share")).unwrap() {
        let package = package.unwrap();
        let name = package.file_name().into_string().unwrap();
        for kind in ["msg", "srv"] {
            let Ok(files) = fs::read_dir(package.path().join(kind)) else {
                continue;
            };
            for file in files {
                let path = file.unwrap().path();
                if path.extension().is_none_or(|extension| extension != kind) {
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                let file = path.display().to_string();
                match generate(
                    &name,
                    &[Source {
                        file: &file,
                        text: &text,
                    }],
                    &[],
                    "sinew_messages",
                ) {
                    Ok(_) => read += 1,
                    // Alone, a file does not know the messages beside it.
                    Err(error) if error.expected.contains("a type of ROS 2") => read += 1,
                    Err(error) if error.expected.contains("a package whose definitions") => read += 1,
                    Err(error) => assert_eq!(error.found, "`wstring`", "{error}"),
                }
            }
        }
    }
    assert!(read > 150, "only {read} definitions were read");
}
