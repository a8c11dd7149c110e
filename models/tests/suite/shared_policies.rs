//! The policies of `../shared/robots` load and answer, each from its contract alone.

use crate::support::{Described, contract_file, load, read, robot_of_facts, shared_robot};
use sinew_control::io::{Capabilities, Policy};
use sinew_control::observation::{ObservationBuilder, TermRegistry};
use sinew_control::robot::RobotDescription;
use sinew_models::{ContractGiven, SessionOptions};

/// Loads policy and contract as the product does; returns the answer to an observation of zeros.
fn answer_to_zeros(source: &Described, robot: &RobotDescription, observation_len: usize) -> Vec<f32> {
    let contract = read(source, robot).unwrap();
    assert_eq!(contract.misfits(robot), []);
    let mut policy = load(&source.model, &contract, &SessionOptions::default()).unwrap();
    let capabilities = Capabilities {
        base_velocity: Some("ground truth"),
        ..Capabilities::default()
    };
    let observation = ObservationBuilder::new(&contract, robot, &capabilities, &TermRegistry::builtin()).unwrap();
    assert_eq!(observation.len(), observation_len);
    policy.expect_observation_len(observation.len()).unwrap();
    let mut action = vec![f32::NAN; policy.action_len()];
    policy.infer(&vec![0.0; policy.observation_len()], &mut action).unwrap();
    action
}

/// Largest difference from what onnxruntime's Python package gave for the same observation.
fn assert_starts_with(action: &[f32], reference: &[f32]) {
    for (found, expected) in action.iter().zip(reference) {
        assert!(
            (found - expected).abs() < 1e-4,
            "{action:?} should start with {reference:?}"
        );
    }
}

#[test]
fn playground_policies_load_from_a_short_yaml() {
    let cases = [
        ("berkeley_humanoid", 52, BERKELEY),
        ("unitree_g1", 103, G1),
        ("unitree_go1", 48, GO1),
    ];
    for (name, observation_len, reference) in cases {
        let (Some(folder), Some(robot)) = (shared_robot(name), robot_of_facts(name, None)) else {
            return;
        };
        let file = contract_file(&format!("{name}.yaml"));
        assert!(std::fs::read_to_string(&file).unwrap().lines().count() <= 25);
        let source = Described::of_model(folder.join("policy.onnx")).with(ContractGiven::File(file));
        assert_starts_with(&answer_to_zeros(&source, &robot, observation_len), &reference);
    }
}

#[test]
fn unitree_policy_loads_with_the_deploy_yaml_beside_it() {
    let name = "unitree_rl_lab_g1_velocity";
    let Some(folder) = shared_robot(name) else { return };
    // The robot's joints stand in SDK order, which is that of the Playground G1.
    let sdk_order = robot_of_facts("unitree_g1", None).unwrap().joints;
    let sdk_order: Vec<_> = sdk_order.into_iter().map(|joint| joint.name).collect();
    let robot = robot_of_facts(name, Some(&sdk_order)).unwrap();
    let source = Described::of_model(folder.join("policy.onnx"));
    assert_starts_with(&answer_to_zeros(&source, &robot, 480), &UNITREE_RL_LAB);

    let facts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("facts.json")).unwrap()).unwrap();
    let contract = read(&source, &robot).unwrap();
    let strings: Vec<String> = serde_json::from_value(facts["joint_order"].clone()).unwrap();
    assert_eq!(contract.joint_names, strings);
    for (field, key) in [
        (&contract.joint_stiffness, "kp"),
        (&contract.joint_damping, "kd"),
        (&contract.default_joint_pos, "default_joint_pos"),
        (&contract.action.offset, "default_joint_pos"),
    ] {
        let numbers: Vec<f64> = serde_json::from_value(facts[key].clone()).unwrap();
        assert_eq!(*field, numbers, "{key}");
    }
    assert_eq!(contract.policy_rate_hz, 50.0);
    assert!(contract.observations.iter().all(|term| term.history == 5));
    assert_eq!(contract.command_ranges.ang_vel_z, [-0.2, 0.2]);
}

const BERKELEY: [f32; 4] = [0.139332, -0.109678, 0.562165, -0.321918];
const G1: [f32; 4] = [-0.341147, -0.882669, -0.543429, 0.966178];
const GO1: [f32; 4] = [0.050687, 0.065338, -0.09233, -0.021032];
const UNITREE_RL_LAB: [f32; 4] = [-0.078722, -0.145267, -0.03802, 0.18493];
