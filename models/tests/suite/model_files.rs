//! What was hashed, what the contract was read from and what runs are the same bytes.

use std::path::Path;
use std::process::Command;

use sinew_control::io::Policy;
use sinew_models::network::{Network, Values};
use sinew_models::onnx::with_metadata;
use sinew_models::{ContractSource, ModelFile, OnnxPolicy, SessionOptions, load_contract};
use tempfile::TempDir;

use crate::build::{Graph, mlp};
use crate::kinfer::{gzip, tar};
use crate::support::{contract, robot, write_bytes, write_model};

/// What the system's own tool says of a file; `None`, said aloud, where there is no such tool.
fn sha256sum(file: &Path) -> Option<String> {
    let Ok(output) = Command::new("sha256sum").arg(file).output() else {
        println!("skipped: there is no sha256sum");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.split_whitespace().next().unwrap().to_owned())
}

fn le(value: f32, count: usize) -> Vec<u8> {
    value.to_le_bytes().repeat(count)
}

/// `obs` [1, 2] × a weight [2, 2] in another file, `w.data`.
fn outside(folder: &TempDir, weight: f32) -> std::path::PathBuf {
    write_bytes(folder, "w.data", &le(weight, 4));
    let graph = Graph::default()
        .input("obs", &[1.into(), 2.into()])
        .output("actions", &[1.into(), 2.into()])
        .weight_in("w", &[2, 2], "w.data", None)
        .node("MatMul", &["obs", "w"], &["actions"]);
    write_model(folder, "policy.onnx", &graph)
}

fn answer(model: &ModelFile) -> Vec<f32> {
    let mut policy = OnnxPolicy::load(model, &contract(2), &SessionOptions::default()).unwrap();
    let mut action = vec![0.0; 2];
    policy.infer(&[1.0, 2.0], &mut action).unwrap();
    action
}

#[test]
fn hashes_are_those_of_sha256sum() {
    let folder = TempDir::new().unwrap();
    let file = outside(&folder, 0.5);
    let model = ModelFile::read(&file).unwrap();
    let Some(expected) = sha256sum(&file) else { return };
    assert_eq!(model.sha256(), expected);
    let weights: Vec<_> = model.weights_sha256().iter().collect();
    let expected = sha256sum(&folder.path().join("w.data")).unwrap();
    assert_eq!(weights, [(&"w.data".to_owned(), &expected)]);

    let step = mlp(&[2, 2]).model();
    let members = [
        ("step_fn.onnx", step.as_slice()),
        ("init_fn.onnx", &step),
        ("metadata.json", b"{}"),
    ];
    let archive = write_bytes(&folder, "policy.kinfer", &gzip(&tar(&members)));
    let model = ModelFile::read(&archive).unwrap();
    assert_eq!(model.sha256(), sha256sum(&archive).unwrap());
    assert!(model.weights_sha256().is_empty());
}

#[test]
fn files_that_are_replaced_after_they_were_read_change_nothing_of_what_runs() {
    let folder = TempDir::new().unwrap();
    let file = outside(&folder, 0.5);
    let model = ModelFile::read(&file).unwrap();
    let (hash, weights) = (model.sha256().to_owned(), model.weights_sha256().clone());
    // In place, as a copy over them would.
    write_bytes(&folder, "w.data", &le(7.0, 4));
    write_bytes(&folder, "policy.onnx", b"no model");
    assert_eq!(answer(&model), [1.5, 1.5]);
    // A second time, as after a node is deactivated and activated again.
    assert_eq!(answer(&model), [1.5, 1.5]);
    let mut network = Network::load(&model, &SessionOptions::default())
        .unwrap()
        .bind(&[vec![1, 2]])
        .unwrap();
    let outputs = network.run().unwrap();
    assert_eq!(outputs.get(0).unwrap().values, Values::F32(&[0.0, 0.0]));
    assert_eq!((model.sha256(), model.weights_sha256()), (hash.as_str(), &weights));

    std::fs::remove_file(folder.path().join("w.data")).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(answer(&model), [1.5, 1.5]);
}

#[test]
fn the_contract_is_that_of_the_bytes_that_were_read() {
    let folder = TempDir::new().unwrap();
    let named = |name: &str| {
        let yaml = format!(
            r#"{{"sinew_contract": 1, "name": "{name}", "policy_rate_hz": 50, "joint_names": ["a", "b"],
            "action": {{"scale": 1}}, "observation_names": ["joint_pos"]}}"#
        );
        with_metadata(&mlp(&[2, 2]).model(), &[("sinew_contract", &yaml)]).unwrap()
    };
    let file = write_bytes(&folder, "policy.onnx", &named("first"));
    let model = ModelFile::read(&file).unwrap();
    write_bytes(&folder, "policy.onnx", &named("second"));
    let read = |model: &ModelFile| load_contract(model, &ContractSource::default(), &robot(&["a", "b"])).unwrap();
    assert_eq!(read(&model).name, "first");
    assert_eq!(read(&ModelFile::read(&file).unwrap()).name, "second");
}
