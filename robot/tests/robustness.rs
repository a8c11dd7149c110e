//! Whatever a file holds, reading it ends soon, with a robot or with an error that names the file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/damaged.rs"]
mod damaged;

use std::time::{Duration, Instant};

use damaged::{chain, description};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sinew_robot::camera::{CameraParams, CameraPose};
use sinew_robot::load;

/// Reads a text and, where it is a robot, asks where everything is.
fn survive(text: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robot.xml");
    std::fs::write(&file, text).unwrap();
    let begin = Instant::now();
    match load(&file) {
        // The file itself, or one that it includes.
        Err(error) => assert!(error.to_string().contains(&*folder.path().to_string_lossy()), "{error}"),
        Ok(model) => {
            assert_eq!(model.rest_poses(None).len(), model.bodies.len());
            assert_eq!(model.description().dof(), model.driven_bodies().len());
            let _ = CameraPose::find(&model, None, &CameraParams::default());
        }
    }
    // Far more than it takes, so that a busy machine passes too.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_description_is_read_or_refused(text in description()) {
        survive(&text);
    }
}

fn refusal(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robot.xml");
    std::fs::write(&file, text).unwrap();
    load(&file).unwrap_err().to_string()
}

#[test]
fn a_file_that_nests_too_deep_is_refused() {
    for depth in [300, 100_000] {
        for tag in ["body", "default"] {
            let text = format!(
                "<mujoco>{}{}</mujoco>",
                format!("<{tag}>").repeat(depth),
                format!("</{tag}>").repeat(depth)
            );
            let error = refusal(&text);
            assert!(error.contains("nested") || error.contains("well-formed"), "{error}");
        }
    }
}

#[test]
fn entities_do_not_grow_without_end() {
    let mut text = "<!DOCTYPE mujoco [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
    for k in 1..20 {
        let of = format!("&a{};", k - 1).repeat(10);
        text += &format!("<!ENTITY a{k} \"{of}\">");
    }
    text += "]><mujoco model=\"&a19;\"/>";
    let begin = Instant::now();
    assert!(refusal(&text).contains("well-formed"));
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_chain_of_a_thousand_links_is_read_in_time() {
    survive(chain(1000, "fixed").as_bytes());
    survive(chain(100, "continuous").as_bytes());
    let error = refusal(&chain(1000, "continuous"));
    assert!(error.contains("joints exceed the limit of 256"), "{error}");
}
