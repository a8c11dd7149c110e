//! Networks of every supported kind answer as they should.

use sinew_control::contract::GoldenVector;
use sinew_control::io::{Policy, PolicyError};
use sinew_models::{OnnxPolicy, SessionOptions};

use crate::build::{FLOAT, Graph, mlp, recurrent};
use crate::support::{contract, load, recurrent_contract, write_model};

fn infer(policy: &mut OnnxPolicy, observation: &[f32]) -> Vec<f32> {
    let mut action = vec![f32::NAN; policy.action_len()];
    policy.infer(observation, &mut action).unwrap();
    action
}

/// `recurrent()` by hand.
struct ByHand {
    a: [f32; 3],
    b: [f32; 3],
}

impl ByHand {
    fn step(&mut self, observation: [f32; 3]) -> Vec<f32> {
        for (a, o) in self.a.iter_mut().zip(observation) {
            *a += o;
        }
        let action = (0..3).map(|i| self.a[i] - self.b[i]).collect();
        for (b, a) in self.b.iter_mut().zip(self.a) {
            *b = a * *b + 1.0;
        }
        action
    }
}

#[test]
fn recurrent_state_is_kept_between_calls_and_forgotten_by_reset() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_model(&folder, "recurrent.onnx", &recurrent());
    let mut policy = load(&file, &recurrent_contract(), &SessionOptions::default()).unwrap();
    for _ in 0..3 {
        let mut by_hand = ByHand {
            a: [0.0; 3],
            b: [0.0; 3],
        };
        for step in 0..7 {
            let observation = [0.1, -0.2, 0.03 * step as f32];
            assert_eq!(
                infer(&mut policy, &observation),
                by_hand.step(observation),
                "step {step}"
            );
        }
        policy.reset();
    }
}

#[test]
fn golden_vectors_of_a_recurrent_policy_start_from_zero_state() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_model(&folder, "recurrent.onnx", &recurrent());
    let mut contract = recurrent_contract();
    contract.golden = vec![
        GoldenVector {
            observation: vec![1.0, 2.0, 3.0],
            action: vec![1.0, 2.0, 3.0],
        };
        3
    ];
    load(&file, &contract, &SessionOptions::default()).unwrap();
}

#[test]
fn dynamic_batch_dimensions_count_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let graph = Graph::default()
        .input("obs", &["batch".into(), 4.into()])
        .output("actions", &["batch".into(), "joints".into()])
        .weight("w", &[4, 2], &[1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0])
        .node("MatMul", &["obs", "w"], &["actions"]);
    let file = write_model(&folder, "dynamic.onnx", &graph);
    let mut policy = load(&file, &contract(2), &SessionOptions::default()).unwrap();
    assert_eq!(policy.observation_len(), 4);
    assert_eq!(infer(&mut policy, &[1.0, 2.0, 3.0, 4.0]), [7.0, 10.0]);
}

#[test]
fn an_observation_can_be_split_over_several_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let graph = Graph::default()
        .typed_input("velocity", FLOAT, &[2.into()])
        .typed_input("angle", FLOAT, &[2.into()])
        .output("actions", &[2.into()])
        .node("Sub", &["angle", "velocity"], &["actions"]);
    let file = write_model(&folder, "split.onnx", &graph);
    let mut contract = contract(2);
    contract.tensors.observation = "angle, velocity".into();
    let mut policy = load(&file, &contract, &SessionOptions::default()).unwrap();
    assert_eq!(infer(&mut policy, &[5.0, 6.0, 1.0, 3.0]), [4.0, 3.0]);
}

#[test]
fn an_extra_output_is_no_matter_when_the_action_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let graph = mlp(&[3, 2])
        .output("value", &[1.into(), 3.into()])
        .node("Tanh", &["obs"], &["value"]);
    let file = write_model(&folder, "two.onnx", &graph);
    let mut contract = contract(2);
    contract.tensors.action = "actions".into();
    load(&file, &contract, &SessionOptions::default()).unwrap();
}

#[test]
fn a_policy_can_move_to_another_thread() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_model(&folder, "mlp.onnx", &mlp(&[3, 8, 2]));
    let mut policy = load(&file, &contract(2), &SessionOptions::default()).unwrap();
    let here = infer(&mut policy, &[0.1, 0.2, 0.3]);
    let there = std::thread::spawn(move || infer(&mut policy, &[0.1, 0.2, 0.3]))
        .join()
        .unwrap();
    assert_eq!(here, there);
}

#[test]
fn slices_of_another_length_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_model(&folder, "mlp.onnx", &mlp(&[3, 2]));
    let mut policy = load(&file, &contract(2), &SessionOptions::default()).unwrap();
    assert_eq!(policy.infer(&[0.0; 4], &mut [0.0; 2]), Err(PolicyError::Shape));
    assert_eq!(policy.infer(&[0.0; 3], &mut [0.0; 3]), Err(PolicyError::Shape));
}
