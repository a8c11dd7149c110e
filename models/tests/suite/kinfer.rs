//! kinfer archives: two networks and their description in one file.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use sinew_control::io::Policy;
use sinew_control::robot::RobotDescription;
use sinew_models::SessionOptions;
use tempfile::TempDir;

use crate::build::{Dim, Graph};
use crate::support::{Described, assert_says, inline, load, model_file, read, robot, terms, write_bytes};

/// A tar archive as Python's `tarfile` writes plain files.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, contents) in members {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{:011o}", contents.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend_from_slice(&header);
        archive.extend_from_slice(contents);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

const METADATA: &str = r#"{"joint_names": ["knee", "hip"], "joint_biases": [0.5, -0.25],
    "command_names": ["xvel", "yvel", "yawrate"], "carry_size": [2]}"#;

/// `carry + joint_angles` is the next carry; the targets add the first two numbers of the command and
/// of gravity to it.
fn step() -> Graph {
    let (two, three): (Dim, Dim) = (2.into(), 3.into());
    Graph::default()
        .input("joint_angles", &[two])
        .input("command", &[three])
        .input("carry", &[two])
        .input("projected_gravity", &[three])
        .output("targets", &[two])
        .output("next", &[two])
        .weight("first_two", &[3, 2], &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
        .node("Add", &["carry", "joint_angles"], &["next"])
        .node("MatMul", &["command", "first_two"], &["commanded"])
        .node("MatMul", &["projected_gravity", "first_two"], &["leaning"])
        .node("Sum", &["next", "commanded", "leaning"], &["targets"])
}

fn init(values: &[f32]) -> Graph {
    let len = values.len() as u64;
    Graph::default()
        .output("carry", &[len.into()])
        .weight("first", &[len], values)
        .node("Identity", &["first"], &["carry"])
}

/// The parts of an archive: `metadata.json`, `init_fn.onnx`, `step_fn.onnx`.
fn archive(metadata: &str, init: &Graph, step: &Graph) -> Vec<u8> {
    let (init, step) = (init.model(), step.model());
    let members: [(&str, &[u8]); 3] = [
        ("init_fn.onnx", &init),
        ("step_fn.onnx", &step),
        ("metadata.json", metadata.as_bytes()),
    ];
    tar(&members)
}

fn bot() -> RobotDescription {
    robot(&["hip", "knee"])
}

fn write(folder: &TempDir, bytes: &[u8]) -> PathBuf {
    write_bytes(folder, "walk.kinfer", bytes)
}

#[test]
fn an_archive_runs_from_its_first_carry_and_keeps_it_between_steps() {
    let folder = TempDir::new().unwrap();
    let plain = archive(METADATA, &init(&[10.0, 20.0]), &step());
    for bytes in [gzip(&plain), plain] {
        let file = write(&folder, &bytes);
        let contract = read(&Described::of_model(&file), &bot()).unwrap();
        assert_eq!(contract.dialect, "kinfer archive");
        assert_eq!(contract.joint_names, ["knee", "hip"]);
        assert_eq!(contract.default_joint_pos, [0.5, -0.25]);
        assert_eq!(
            (contract.action.scale.as_slice(), contract.action.offset.as_slice()),
            ([1.0; 2].as_slice(), [0.0; 2].as_slice())
        );
        assert_eq!(contract.policy_rate_hz, 50.0);
        assert_eq!(contract.joint_stiffness, [40.0, 40.0], "the robot's");
        assert_eq!(contract.misfits(&bot()), []);
        let expected = [("joint_pos", 2), ("velocity_commands", 3), ("projected_gravity", 3)];
        assert_eq!(
            terms(&contract, &bot()).unwrap(),
            expected.map(|(name, len)| (name.to_owned(), len))
        );
        assert_eq!(contract.observations[2].scale, [9.81]);

        let mut policy = load(&file, &contract, &SessionOptions::default()).unwrap();
        for _ in 0..2 {
            let mut carry = [10.0, 20.0];
            for step in 0..4 {
                let angles = [0.5, step as f32];
                let observation = [angles[0], angles[1], 1.0, 2.0, 9.0, 0.25, 0.5, -9.0];
                carry = [carry[0] + angles[0], carry[1] + angles[1]];
                let mut targets = [0.0; 2];
                policy.infer(&observation, &mut targets).unwrap();
                assert_eq!(targets, [carry[0] + 1.25, carry[1] + 2.5], "step {step}");
            }
            policy.reset();
        }
    }
}

#[test]
fn a_step_without_carry_needs_none() {
    let folder = TempDir::new().unwrap();
    let step = Graph::default()
        .input("joint_angles", &[2.into()])
        .output("targets", &[2.into()])
        .output("next", &[1.into()])
        .weight("nothing", &[1], &[0.0])
        .node("Identity", &["joint_angles"], &["targets"])
        .node("Identity", &["nothing"], &["next"]);
    let file = write(&folder, &gzip(&archive(METADATA, &init(&[0.0]), &step)));
    let contract = read(&Described::of_model(&file), &bot()).unwrap();
    let mut policy = load(&file, &contract, &SessionOptions::default()).unwrap();
    let mut targets = [0.0; 2];
    policy.infer(&[0.5, -0.5], &mut targets).unwrap();
    assert_eq!(targets, [0.5, -0.5]);
}

#[test]
fn an_older_archive_takes_the_robots_rest_pose_and_counts_its_commands() {
    let folder = TempDir::new().unwrap();
    let metadata = r#"{"joint_names": ["knee", "hip"], "num_commands": 3, "carry_size": 2}"#;
    let mut robot = bot();
    robot.joints[0].default_rad = 0.75;
    let file = write(&folder, &gzip(&archive(metadata, &init(&[0.0; 2]), &step())));
    let contract = read(&Described::of_model(file), &robot).unwrap();
    assert_eq!(contract.default_joint_pos, [0.0, 0.75]);
    assert_eq!(contract.observations[1].name, "velocity_commands");
}

#[test]
fn the_quaternion_of_an_older_archive_is_the_base_orientation() {
    let folder = TempDir::new().unwrap();
    let metadata = r#"{"joint_names": ["knee", "hip"], "num_commands": 6}"#;
    let step = step().input("quaternion", &[4.into()]);
    let file = write(&folder, &archive(metadata, &init(&[0.0; 2]), &step));
    let contract = read(&Described::of_model(file), &bot()).unwrap();
    let names: Vec<_> = contract.observations.iter().map(|term| term.name.as_str()).collect();
    assert_eq!(names, ["joint_pos", "command", "projected_gravity", "base_quat"]);
}

#[test]
fn commands_that_are_no_velocity_are_refused_by_name_unless_overridden() {
    let folder = TempDir::new().unwrap();
    let metadata = METADATA.replace("yawrate", "height");
    let file = write(&folder, &gzip(&archive(&metadata, &init(&[0.0; 2]), &step())));
    let contract = read(&Described::of_model(&file), &bot()).unwrap();
    assert_says(
        terms(&contract, &bot()).unwrap_err(),
        &["`command`, which is not registered"],
    );
    let overrides = "{observation_names: [joint_pos, command_lin_vel, constant, projected_gravity], \
                     observations: {constant: {value: 0.3}}}";
    let contract = read(&inline(&file, None, Some(overrides)), &bot()).unwrap();
    let lengths: Vec<_> = terms(&contract, &bot())
        .unwrap()
        .into_iter()
        .map(|(_, len)| len)
        .collect();
    assert_eq!(lengths, [2, 2, 1, 3]);
    assert_eq!(contract.observations[3].scale, [9.81]);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let folder = TempDir::new().unwrap();
    let refused = |bytes: &[u8], parts: &[&str]| {
        let file = write(&folder, bytes);
        let error = match read(&Described::of_model(&file), &bot()) {
            Err(error) => error,
            Ok(contract) => load(&file, &contract, &SessionOptions::default())
                .expect_err("a refusal")
                .to_string(),
        };
        assert_says(&error, &["walk.kinfer"]);
        assert_says(&error, parts);
    };
    let (init_model, step_model) = (init(&[0.0; 2]).model(), step().model());
    refused(
        &tar(&[("init_fn.onnx", &init_model), ("metadata.json", METADATA.as_bytes())]),
        &["`step_fn.onnx` is not in it"],
    );
    refused(
        &tar(&[("init_fn.onnx", &init_model), ("step_fn.onnx", &step_model)]),
        &["`metadata.json` is not in it"],
    );
    refused(
        &archive("{", &init(&[0.0; 2]), &step()),
        &["metadata.json", "not well-formed"],
    );
    refused(
        &archive(r#"{"joint_names": "all"}"#, &init(&[0.0; 2]), &step()),
        &["metadata.json", "`joint_names`"],
    );
    refused(
        &archive(METADATA, &init(&[0.0; 3]), &step()),
        &["init_fn", "[2]", "[3]"],
    );
    let one_output = Graph::default()
        .input("carry", &[2.into()])
        .output("targets", &[2.into()])
        .node("Identity", &["carry"], &["targets"]);
    refused(
        &archive(METADATA, &init(&[0.0; 2]), &one_output),
        &["`step_fn.onnx`", "two outputs"],
    );
    let asks = init(&[0.0; 2]).input("seed", &[1.into()]);
    refused(&archive(METADATA, &asks, &step()), &["init_fn", "no inputs", "`seed`"]);

    let whole = archive(METADATA, &init(&[0.0; 2]), &step());
    refused(&whole[..512 + 50], &["member `init_fn.onnx` is truncated"]);
    let packed = gzip(&whole);
    refused(&packed[..packed.len() / 2], &["not a kinfer archive"]);
}

#[test]
fn an_archive_cannot_be_packed() {
    let folder = TempDir::new().unwrap();
    let file = write(&folder, &gzip(&archive(METADATA, &init(&[0.0; 2]), &step())));
    let contract = read(&Described::of_model(&file), &bot()).unwrap();
    let error = sinew_models::pack::pack(&model_file(&file), &contract, &folder.path().join("out.onnx")).unwrap_err();
    assert_says(error, &["walk.kinfer", "expected an ONNX file"]);
}
