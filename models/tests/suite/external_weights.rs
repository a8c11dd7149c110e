//! Weights in files beside a policy go into what is packed.

use std::path::{Path, PathBuf};

use sinew_models::onnx::{OnnxModel, WholeModel, with_weights_inside};
use sinew_models::pack::pack;
use sinew_models::{LoadError, ModelFile, SessionOptions};
use tempfile::TempDir;

use crate::build::{Graph, weights};
use crate::support::{assert_says, contract, load, model_file, write_bytes, write_model};

/// `obs` [1, 4] × a weight [4, 2] + a bias [2].
fn graph() -> Graph {
    Graph::default()
        .input("obs", &[1.into(), 4.into()])
        .output("actions", &[1.into(), 2.into()])
        .node("Gemm", &["obs", "w", "b"], &["actions"])
}

fn le(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A policy whose weights lie in `policy.data`, eight bytes further than its beginning.
fn outside(folder: &TempDir) -> PathBuf {
    let mut data = vec![0xff; 8];
    data.extend(le(&weights(1, 8)));
    data.extend(le(&weights(2, 2)));
    write_bytes(folder, "policy.data", &data);
    let graph = graph().weight_in("w", &[4, 2], "policy.data", Some((8, 32))).weight_in(
        "b",
        &[2],
        "policy.data",
        Some((40, 8)),
    );
    write_model(folder, "policy.onnx", &graph)
}

fn answers(file: &Path) -> Vec<Vec<f32>> {
    use sinew_control::io::Policy;
    let mut policy = load(file, &contract(2), &SessionOptions::default()).unwrap();
    let mut answer = |observation: [f32; 4]| {
        let mut action = vec![0.0; 2];
        policy.infer(&observation, &mut action).unwrap();
        action
    };
    vec![answer([0.0; 4]), answer([1.0, -2.0, 3.0, 0.5])]
}

#[test]
fn a_packed_policy_needs_no_other_file_and_answers_the_same() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let raw = outside(&folder);
    let expected = answers(&raw);
    let packed = elsewhere.path().join("packed.onnx");
    let described = sinew_control::contract::PolicyContract {
        observations: vec![sinew_control::contract::TermSpec::named("joint_pos")],
        ..contract(2)
    };
    pack(&model_file(&raw), &described, &packed).unwrap();
    drop(folder);
    assert_eq!(answers(&packed), expected);
    let model = OnnxModel::parse(&std::fs::read(&packed).unwrap()).unwrap();
    assert!(!model.external_data);
    // What the weights are when they were inside from the beginning.
    let inside = graph()
        .weight("w", &[4, 2], &weights(1, 8))
        .weight("b", &[2], &weights(2, 2));
    assert_eq!(answers(&write_model(&elsewhere, "inside.onnx", &inside)), expected);
}

#[test]
fn a_whole_file_of_weights_and_those_of_inner_graphs_go_inside_too() {
    let folder = TempDir::new().unwrap();
    write_bytes(&folder, "b.data", &le(&weights(2, 2)));
    let branch = Graph::default().weight_in("inner", &[2], "b.data", None);
    let bytes = graph()
        .weight("w", &[4, 2], &weights(1, 8))
        .weight_in("b", &[2], "b.data", None)
        .branch(&branch)
        .model();
    let model = OnnxModel::parse(&graph().branch(&branch).model()).unwrap();
    assert!(model.external_data);
    let WholeModel {
        bytes: whole,
        weights_sha256,
    } = with_weights_inside(&bytes, folder.path()).unwrap();
    assert_eq!(weights_sha256.keys().collect::<Vec<_>>(), ["b.data"]);
    assert!(!OnnxModel::parse(&whole).unwrap().external_data);
    let raw = le(&weights(2, 2));
    let copies = whole.windows(raw.len()).filter(|window| *window == raw).count();
    assert_eq!(copies, 2);
}

#[test]
fn a_model_without_weights_elsewhere_stays_as_it_is() {
    let bytes = graph()
        .weight("w", &[4, 2], &weights(1, 8))
        .weight("b", &[2], &weights(2, 2))
        .model();
    assert_eq!(with_weights_inside(&bytes, Path::new("")).unwrap().bytes, bytes);
}

#[test]
fn weights_that_are_not_where_the_model_says_are_refused_by_tensor_and_file() {
    let folder = TempDir::new().unwrap();
    write_bytes(&folder, "short.data", &[0; 16]);
    std::fs::create_dir(folder.path().join("folder.data")).unwrap();
    for (file, part, words) in [
        ("missing.data", None, vec!["`w`", "missing.data", "cannot be read"]),
        (
            "short.data",
            Some((0, 32)),
            vec!["`w`", "short.data", "expected 32 bytes", "found 16"],
        ),
        ("short.data", Some((u64::MAX, 32)), vec!["found 0"]),
        (
            "folder.data",
            None,
            vec!["folder.data", "expected a plain file, found a folder"],
        ),
        ("../policy.data", None, vec!["beside the model", "../policy.data"]),
        ("/etc/hostname", None, vec!["beside the model"]),
        ("", None, vec!["beside the model"]),
    ] {
        let bytes = graph().weight_in("w", &[4, 2], file, part).model();
        assert_says(with_weights_inside(&bytes, folder.path()).unwrap_err(), &words);
        let raw = write_bytes(&folder, "policy.onnx", &bytes);
        assert_says(
            ModelFile::read(&raw).unwrap_err(),
            &[&["policy.onnx"], words.as_slice()].concat(),
        );
    }
}

#[test]
fn a_nan_among_weights_elsewhere_is_named() {
    let folder = TempDir::new().unwrap();
    let mut values = weights(1, 8);
    values[5] = f32::NAN;
    write_bytes(&folder, "w.data", &le(&values));
    let graph = graph()
        .weight_in("w", &[4, 2], "w.data", None)
        .weight("b", &[2], &[0.0, 0.0]);
    let raw = write_model(&folder, "policy.onnx", &graph);
    let error = load(&raw, &contract(2), &SessionOptions::default()).unwrap_err();
    assert!(matches!(error, LoadError::NotFinite { .. }), "{error}");
    assert_says(error, &["weight `w`, element 5, is NaN"]);
}
