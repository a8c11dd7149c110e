//! A model that computes more than any network needs is refused by the limit that it goes over.

use std::time::Duration;

use sinew_control::io::{Policy, PolicyError};
use sinew_models::network::{Network, NetworkError, ValuesMut};
use sinew_models::{ModelFile, SessionOptions};
use tempfile::TempDir;

use crate::build::{Graph, mlp};
use crate::support::{Described, assert_says, contract, load, model_file, read, robot, runtime_minor, write_bytes};

/// `obs` [1, 3] → `actions` [1, 2], after making a constant of `values` zeros.
fn with_constant(values: u64) -> Vec<u8> {
    Graph::default()
        .input("obs", &[1.into(), 3.into()])
        .output("actions", &[1.into(), 2.into()])
        .weight("w", &[3, 2], &[0.5; 6])
        .integers("shape", &[values])
        .node("ConstantOfShape", &["shape"], &["zeros"])
        .node("ReduceMax", &["zeros"], &["largest"])
        .node("MatMul", &["obs", "w"], &["product"])
        .node("Add", &["product", "largest"], &["actions"])
        .model()
}

#[test]
fn a_small_file_does_not_take_all_memory() {
    let folder = TempDir::new().unwrap();
    // A runtime before 1.24 makes the constant when it loads the model, and what the system does not give it says itself.
    let is_older = runtime_minor() < 24;
    let assert_refused = |error: &dyn std::fmt::Display| {
        assert_says(error, &["greedy.onnx"]);
        if !(is_older && error.to_string().contains("bad_alloc")) {
            assert_says(error, &["2048 MiB of memory, the limit", "SINEW_MODEL_MEMORY_MIB"]);
        }
    };
    // 4 GiB, 16 TiB.
    for values in [1 << 30, 1 << 42] {
        let file = write_bytes(&folder, "greedy.onnx", &with_constant(values));
        assert_refused(&load(&file, &contract(2), &SessionOptions::default()).unwrap_err());
        let network = Network::load(&model_file(&file), &SessionOptions::default());
        assert_refused(&network.and_then(|network| network.bind(&[vec![1, 3]])).unwrap_err());
    }
    // What a network may need is not refused.
    let file = write_bytes(&folder, "modest.onnx", &with_constant(1 << 20));
    load(&file, &contract(2), &SessionOptions::default()).unwrap();
}

/// `obs` f32 [1, 3] → `actions` f32 [1, 2]: after 2^40 rounds of an ONNX `Loop` where the first number is 50 ± 1, and at
/// once everywhere else.
const SOMETIMES_ENDLESS: &[u8] = include_bytes!("sometimes_endless.onnx");

#[test]
fn a_run_that_hangs_after_all_trials_is_ended_and_the_model_not_run_again() {
    let folder = TempDir::new().unwrap();
    let file = write_bytes(&folder, "sometimes.onnx", SOMETIMES_ENDLESS);
    let options = SessionOptions {
        run_limit: Some(Duration::from_millis(300)),
        ..SessionOptions::default()
    };
    let mut policy = load(&file, &contract(2), &options).unwrap();
    let mut action = [0.0; 2];
    policy.infer(&[1.0, 0.0, 0.0], &mut action).unwrap();
    for observation in [[50.0, 0.0, 0.0], [1.0, 0.0, 0.0]] {
        assert_eq!(policy.infer(&observation, &mut action), Err(PolicyError::Runtime));
    }

    let mut network = Network::load(&model_file(&file), &options)
        .unwrap()
        .bind(&[vec![1, 3]])
        .unwrap();
    network.run().unwrap();
    for value in [50.0, 1.0] {
        let Some(ValuesMut::F32(values)) = network.input_mut(0) else {
            panic!("no input");
        };
        values[0] = value;
        let error = network.run().unwrap_err();
        assert!(matches!(error, NetworkError::RunLimit { .. }));
        assert_says(error, &["sometimes.onnx", "within 0.3 s", "not run again"]);
    }
}

#[test]
fn only_plain_files_are_models() {
    for (file, found) in [("/dev/zero", "a device"), ("/", "a folder")] {
        let said = format!("expected a plain file, found {found}");
        assert_says(ModelFile::read(file.as_ref()).unwrap_err(), &[file, &said]);
    }
}

#[test]
fn metadata_of_senseless_size_or_depth_are_refused_soon() {
    let folder = TempDir::new().unwrap();
    for (text, said) in [
        ("[".repeat(200_000), "not well-formed"),
        ("x".repeat(30_000_000), "not well-formed"),
    ] {
        let bytes = sinew_models::onnx::with_metadata(&mlp(&[4, 2]).model(), &[("sinew_contract", &text)]).unwrap();
        let file = write_bytes(&folder, "policy.onnx", &bytes);
        let error = read(&Described::of_model(file), &robot(&["a", "b"]))
            .unwrap_err()
            .to_string();
        assert!(error.contains(said) && error.len() < 10_000, "{} bytes", error.len());
    }
}
