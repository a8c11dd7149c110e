//! The README is what somebody with an unknown robot reads: its examples load, its tables are whole.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;
use sinew_control::contract::{PolicyContract, TermSpec};
use sinew_control::io::Policy;
use sinew_control::observation::TermRegistry;
use sinew_control::robot::RobotDescription;
use sinew_models::onnx::with_metadata;
use sinew_models::{ContractGiven, SessionOptions};
use tempfile::TempDir;

use crate::build::mlp;
use crate::support::{Described, inline, joint, load, read, robot, robot_of_facts, shared_robot, terms, write_bytes};

const README: &str = include_str!("../../README.md");

/// The YAML example whose first line is `# name`.
fn example(name: &str) -> &'static str {
    let blocks = README.split("```yaml\n").skip(1);
    let mut blocks = blocks.map(|block| block.split("```").next().unwrap());
    blocks.find(|block| block.starts_with(&format!("# {name}\n"))).unwrap()
}

fn from_file(name: &str, robot: &RobotDescription) -> PolicyContract {
    let folder = TempDir::new().unwrap();
    let file = write_bytes(&folder, name, example(name).as_bytes());
    read(
        &Described::of_model("policy.onnx").with(ContractGiven::File(file)),
        robot,
    )
    .unwrap()
}

fn hopper() -> RobotDescription {
    let mut robot = robot(&["left_hip", "left_knee", "right_hip", "right_knee"]);
    for joint in &mut robot.joints {
        let knee = joint.name.ends_with("knee");
        (joint.lower_rad, joint.upper_rad) = if knee { (0.0, 2.3) } else { (-1.0, 1.0) };
    }
    robot
}

fn observation_len(contract: &PolicyContract, robot: &RobotDescription) -> usize {
    terms(contract, robot).unwrap().iter().map(|(_, len)| len).sum()
}

#[test]
fn there_are_as_many_examples_as_tests() {
    assert_eq!(README.matches("```yaml").count(), 4);
}

#[test]
fn the_contract_with_every_key_fits_a_robot() {
    let mut robot = hopper();
    robot.joints.push(joint("waist", 0.0));
    let contract = from_file("walk.contract.yaml", &robot);
    assert_eq!(contract.misfits(&robot), []);
    assert_eq!(contract.other_joints[0].position, Some(0.1));
    assert_eq!(contract.default_joint_pos, [-0.2, 0.4, -0.2, 0.4]);
    assert_eq!(contract.joint_stiffness, [40.0, 60.0, 40.0, 60.0]);
    let stated = format!("That observation has {} values", observation_len(&contract, &hopper()));
    assert!(README.contains(&stated), "{stated}");
}

#[test]
fn the_playground_contract_runs_the_policy_that_it_describes() {
    let (Some(folder), Some(robot)) = (shared_robot("unitree_go1"), robot_of_facts("unitree_go1", None)) else {
        return;
    };
    let contract = from_file("go1.contract.yaml", &robot);
    assert_eq!(contract.misfits(&robot), []);
    let mut policy = load(folder.join("policy.onnx"), &contract, &SessionOptions::default()).unwrap();
    policy
        .expect_observation_len(observation_len(&contract, &robot))
        .unwrap();
    policy.infer(&[0.0; 48], &mut [0.0; 12]).unwrap();
}

#[test]
fn the_holosoma_overrides_complete_metadata_without_a_configuration() {
    let file: Value = serde_yaml_ng::from_str(example("holosoma.yaml")).unwrap();
    let overrides = serde_yaml_ng::to_string(&file["control"]["ros__parameters"]["policy"]["overrides"]).unwrap();
    let lists = [
        ("dof_names", r#"["left_hip", "left_knee", "right_hip", "right_knee"]"#),
        ("kp", "[200, 200, 200, 200]"),
        ("kd", "[5, 5, 5, 5]"),
    ];
    let folder = TempDir::new().unwrap();
    let model = write_bytes(
        &folder,
        "policy.onnx",
        &with_metadata(&mlp(&[25, 4]).model(), &lists).unwrap(),
    );
    let contract = read(&inline(model.to_str().unwrap(), None, Some(&overrides)), &hopper()).unwrap();
    assert_eq!(contract.misfits(&hopper()), []);
    assert_eq!(contract.default_joint_pos, [-0.2, 0.4, -0.2, 0.4]);
    assert_eq!(contract.joint_stiffness, [200.0; 4]);
    assert_eq!(observation_len(&contract, &hopper()), 3 * 4 + 3 + 3 + 2 + 2 + 3);
}

#[test]
fn the_parameter_file_describes_a_policy_inline() {
    let file: Value = serde_yaml_ng::from_str(example("parameters.yaml")).unwrap();
    let policy = &file["control"]["ros__parameters"]["policy"];
    let text = |key: &str| serde_yaml_ng::to_string(&policy[key]).unwrap();
    let source = inline("walk.onnx", Some(&text("contract")), Some(&text("overrides")));
    let contract = read(&source, &hopper()).unwrap();
    assert_eq!(contract.misfits(&hopper()), []);
    assert_eq!(contract.joint_stiffness, [40.0, 60.0, 40.0, 60.0]);
    assert_eq!(contract.observations[4].scale, [0.05]);
    assert_eq!(observation_len(&contract, &hopper()), 21);
}

/// What stands in backquotes in the first column of the table under this header.
fn first_column(header: &str) -> BTreeSet<String> {
    let rows = README.split(header).nth(1).unwrap().lines().skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// The keys that the reader knows at a place, from what it says of one that it does not know.
fn known_keys(prefix: &str) -> BTreeSet<String> {
    let yaml = match prefix {
        "" => "{no_such_key: 1}".to_owned(),
        prefix => format!("{{{prefix}: {{no_such_key: 1}}}}"),
    };
    let error = read(&inline("policy.onnx", Some(&yaml), None), &hopper()).unwrap_err();
    let (_, keys) = error.split_once("expected one of ").unwrap();
    let (keys, _) = keys.split_once(", found").unwrap();
    keys.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_table_of_keys_has_every_key_and_no_other() {
    let mut known = known_keys("");
    for map in ["action", "command_ranges", "tensors"] {
        assert!(known.remove(map));
        known.extend(known_keys(map).into_iter().map(|key| format!("{map}.{key}")));
    }
    assert_eq!(first_column("| key | form and unit | left out |\n"), known);
    let example: Value = serde_yaml_ng::from_str(example("walk.contract.yaml")).unwrap();
    for key in known.iter().filter(|key| *key != "golden") {
        let value = key.split('.').fold(&example, |value, part| &value[part]);
        assert!(!value.is_null(), "{key} is not in the example");
    }
}

#[test]
fn the_table_of_terms_has_every_term_and_no_other() {
    let registered: BTreeSet<_> = TermRegistry::builtin().names().map(str::to_owned).collect();
    assert_eq!(first_column("| term | values | parameters |\n"), registered);
}

#[test]
fn the_parameters_of_every_term_are_in_its_row() {
    let registry = TermRegistry::builtin();
    let robot = hopper();
    let capabilities = Default::default();
    let setup = sinew_control::observation::TermSetup {
        robot: &robot,
        capabilities: &capabilities,
        joints: 4,
    };
    for name in ["last_action", "gait_phase", "constant"] {
        let row = README
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}`")))
            .unwrap();
        let mut spec = TermSpec::named(name);
        spec.params.insert("no_such".to_owned(), vec![1.0]);
        let Err(misfit) = registry.build(&spec, &setup) else {
            panic!("{name} takes anything")
        };
        let known = misfit
            .expected
            .strip_prefix("one of scale, clip, history, elements, ")
            .unwrap();
        for param in known.split(", ") {
            assert!(row.contains(&format!("`{param}`")), "{param} is not in: {row}");
        }
    }
}
