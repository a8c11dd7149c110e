//! Random and mutated contracts of every dialect: an answer or a refusal, never a panic.

use proptest::prelude::*;
use proptest::sample::Index;
use sinew_control::robot::RobotDescription;
use sinew_models::onnx::with_metadata;
use sinew_models::{ContractGiven, OnnxPolicy, SessionOptions};
use tempfile::TempDir;

use crate::build::mlp;
use crate::kinfer::{gzip, tar};
use crate::support::{Described, assert_says, read, robot, terms, write_bytes};

const SINEW: &str = r#"{"sinew_contract": 1, "name": "w", "policy_rate_hz": 50, "joint_names": ["a", "b"],
"joint_limits": [[-3, 3], [-3, 3]], "default_joint_pos": [0.1, 0.2], "joint_stiffness": {"*": 4, "b": 5},
"joint_damping": 1, "action": {"scale": [0.25, 0.5], "clip": [-5, 5], "target_clip": [[-1, 1], [null, 2]]},
"observation_names": ["base_ang_vel", "joint_pos", "gait_phase", "last_action", "last_action#2"],
"observations": {"base_ang_vel": {"scale": 0.25, "history": 3, "clip": [-1, 1]}, "last_action#2": {"lag": 1},
"gait_phase": {"frequency_hz": 1.5, "offsets": [0, 3.14]}}, "history_layout": "term_newest_first",
"history_start": "zero", "command_ranges": {"lin_vel_x": [-1, 1]}, "tensors": {"observation": "obs"}}"#;

const DEPLOY: &str = "
joint_ids_map: [1, 0]
step_dt: 0.02
stiffness: [10.0, 20.0]
damping: [1.0, 2.0]
default_joint_pos: [0.3, 0.1]
commands: {base_velocity: {ranges: {lin_vel_x: [-1, 1], lin_vel_y: [-1, 1], ang_vel_z: [-1, 1]}}}
actions: {JointPositionAction: {clip: [[-1, 1], [-1, 1]], scale: 0.25, offset: [0.3, 0.1], joint_ids: !!python/x [null]}}
observations:
  base_ang_vel: {params: {}, clip: null, scale: [0.2, 0.2, 0.2], history_length: 2}
  gait_phase: {params: {period: 0.8}, clip: [-1, 1], scale: 1.0, history_length: 1}
";

const MJLAB: [(&str, &str); 9] = [
    ("joint_names", "a,b"),
    ("joint_stiffness", "40.0,50.0"),
    ("default_joint_pos", "0.1,0.2"),
    ("command_names", "twist"),
    ("observation_names", "base_ang_vel,joint_pos,command"),
    ("action_scale", "0.5,0.25"),
    ("observation_terms_scale", "1.0,[0.5, 0.25],1.0;1.0;2.0"),
    ("observation_terms_clip", "-inf;inf,-1.0;1.0,[-inf, inf]"),
    ("observation_terms_flatten_history_dim", "True,1.000,False"),
];

const HOLOSOMA: [(&str, &str); 5] = [
    ("dof_names", r#"["a", "b"]"#),
    ("kp", "[40.0, 50.0]"),
    ("kd", "[1.0, 1.0]"),
    (
        "command_ranges",
        r#"{"lin_vel_x": [-1, 1], "lin_vel_y": [-1, 1], "ang_vel_yaw": [-1, 1]}"#,
    ),
    (
        "experiment_config",
        r#"{"robot": {"init_state": {"default_joint_angles": {"a": 0.1, "b": 0.2}}, "dof_effort_limit_list": [1, 2],
        "control": {"control_type": "P", "action_scale": 0.25, "action_scales_by_effort_limit_over_p_gain": true}},
        "observation": {"groups": {"actor_obs": {"history_length": 2, "terms": {"dof_pos": {"scale": 1.0},
        "sin_phase": {"scale": [1.0, 2.0], "clip": [-1, 1]}}}}},
        "command": {"setup_terms": {"locomotion_gait": {"params": {"gait_period": 0.8}}}},
        "simulator": {"config": {"sim": {"fps": 200, "control_decimation": 4}}}}"#,
    ),
];

fn bot() -> RobotDescription {
    robot(&["a", "b"])
}

/// Reads a contract and does with it what the product does, whatever comes of it.
fn try_all(source: &Described) {
    if let Ok(contract) = read(source, &bot()) {
        let misfits = contract.misfits(&bot());
        let built = terms(&contract, &bot());
        if misfits.is_empty() && built.is_ok() {
            let _ = OnnxPolicy::load(&source.file().unwrap(), &contract, &SessionOptions::default());
        }
    }
}

fn try_file(text: &[u8]) {
    let folder = TempDir::new().unwrap();
    let file = write_bytes(&folder, "contract.yaml", text);
    try_all(&Described::of_model(folder.path().join("none.onnx")).with(ContractGiven::File(file)));
}

fn try_model(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    try_all(&Described::of_model(write_bytes(&folder, "policy.onnx", bytes)));
}

fn try_metadata(entries: &[(&str, &str)]) {
    try_model(&with_metadata(&mlp(&[4, 2]).model(), entries).unwrap());
}

/// What may become of a text: bytes put in the place of others, from those that mean something.
type Mutation = (Index, Index, usize);

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    proptest::collection::vec((any::<Index>(), any::<Index>(), 0usize..6), 1..6)
}

fn mutate(text: &str, mutations: &[Mutation]) -> String {
    const PIECES: [&str; 24] = [
        "", "-", "0", "9", ".", "e9", "1e308", "1e999", ".inf", ".nan", "null", "true", "\"", "'", ",", ";", ":", ": ",
        "[", "]", "{", "}", "\n", "*a &a",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for (at, piece, removed) in mutations {
        let at = at.index(chars.len() + 1);
        let end = (at + removed).min(chars.len());
        chars.splice(at..end, PIECES[piece.index(PIECES.len())].chars());
    }
    chars.into_iter().collect()
}

#[test]
fn what_is_mutated_below_is_whole() {
    for (text, dialect) in [(SINEW, "Sinew YAML"), (DEPLOY, "unitree_rl_lab deploy.yaml")] {
        let folder = TempDir::new().unwrap();
        let file = write_bytes(&folder, "contract.yaml", text.as_bytes());
        let source = Described::of_model("none.onnx").with(ContractGiven::File(file));
        let contract = read(&source, &bot()).unwrap();
        assert_eq!(contract.dialect, dialect);
        assert_eq!(contract.misfits(&bot()), []);
        terms(&contract, &bot()).unwrap();
    }
    for (metadata, dialect) in [
        (&MJLAB[..8], "mjlab ONNX metadata"),
        (&HOLOSOMA, "holosoma ONNX metadata"),
    ] {
        let folder = TempDir::new().unwrap();
        let bytes = with_metadata(&mlp(&[4, 2]).model(), metadata).unwrap();
        let source = Described::of_model(write_bytes(&folder, "policy.onnx", &bytes));
        let contract = read(&source, &bot()).unwrap();
        assert_eq!(contract.dialect, dialect);
        terms(&contract, &bot()).unwrap();
    }
}

#[test]
fn yaml_that_grows_when_it_is_read_is_refused() {
    let mut bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for i in 1..30 {
        let last = format!("*a{}", i - 1);
        bomb += &format!("a{i}: &a{i} [{}]\n", [last.as_str(); 10].join(", "));
    }
    let folder = TempDir::new().unwrap();
    let file = write_bytes(&folder, "bomb.yaml", bomb.as_bytes());
    let source = Described::of_model("none.onnx").with(ContractGiven::File(file));
    assert_says(read(&source, &bot()).unwrap_err(), &["bomb.yaml", "not well-formed"]);
    for deep in ["[".repeat(100_000), "{a: ".repeat(100_000)] {
        let file = write_bytes(&folder, "deep.yaml", deep.as_bytes());
        let source = Described::of_model("none.onnx").with(ContractGiven::File(file));
        assert_says(read(&source, &bot()).unwrap_err(), &["deep.yaml", "not well-formed"]);
    }
    let json = with_metadata(&mlp(&[4, 2]).model(), &[("sinew_contract", &"[".repeat(100_000))]).unwrap();
    let source = Described::of_model(write_bytes(&folder, "deep.onnx", &json));
    assert_says(read(&source, &bot()).unwrap_err(), &["deep.onnx", "not well-formed"]);
}

#[test]
fn files_and_archives_of_senseless_size_are_refused() {
    let folder = TempDir::new().unwrap();
    let file = write_bytes(&folder, "bomb.kinfer", &gzip(&vec![0; 300 << 20]));
    let error = read(&Described::of_model(file), &bot()).unwrap_err();
    assert_says(error, &["bomb.kinfer", "unpacks to more than 268435456 bytes"]);
    let file = write_bytes(&folder, "big.yaml", &vec![b' '; 17 << 20]);
    let source = Described::of_model("none.onnx").with(ContractGiven::File(file));
    assert_says(
        read(&source, &bot()).unwrap_err(),
        &["big.yaml", "more than 16777216 bytes"],
    );
    // A size that would wrap round.
    let mut huge = tar(&[("step_fn.onnx", b"x")]);
    huge[124..136].copy_from_slice(b"777777777777");
    let file = write_bytes(&folder, "huge.kinfer", &huge);
    let error = read(&Described::of_model(file), &bot()).unwrap_err();
    assert_says(error, &["huge.kinfer", "member `step_fn.onnx` is truncated"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_yaml(mutations in mutations(), sinew in any::<bool>()) {
        let text = if sinew { SINEW } else { DEPLOY };
        try_file(mutate(text, &mutations).as_bytes());
    }

    #[test]
    fn mutated_metadata(mutations in mutations(), which in 0usize..3, key in any::<Index>()) {
        let mut entries = match which {
            0 => vec![("sinew_contract", SINEW), ("sinew_golden", r#"[{"observation": [0.5], "action": [1, 2]}]"#), MJLAB[0], MJLAB[1]],
            1 => MJLAB.to_vec(),
            _ => HOLOSOMA.to_vec(),
        };
        let at = key.index(entries.len());
        let mutated = mutate(entries[at].1, &mutations);
        entries[at].1 = &mutated;
        try_metadata(&entries);
    }

    #[test]
    fn mutated_archives(changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..8), cut in any::<Index>()) {
        let metadata = br#"{"joint_names": ["a", "b"], "num_commands": 3, "carry_size": 2}"#;
        let model = mlp(&[4, 2]).model();
        let mut bytes = tar(&[("init_fn.onnx", &model), ("step_fn.onnx", &model), ("metadata.json", metadata)]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(2 * bytes.len()));
        try_model(&bytes);
        try_model(&gzip(&bytes));
    }

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600), gz in any::<bool>()) {
        try_file(&bytes);
        let mut archive = if gz { vec![0x1f, 0x8b, 8, 0] } else { vec![0; 512] };
        if !gz {
            archive[257..262].copy_from_slice(b"ustar");
        }
        archive.extend(&bytes);
        try_model(&archive);
    }

    #[test]
    fn random_text(text in "\\PC{0,200}") {
        try_file(text.as_bytes());
        try_metadata(&[("sinew_contract", &text)]);
        try_metadata(&[("joint_names", &text), ("observation_names", &text), ("observation_terms_scale", &text)]);
        try_metadata(&[("dof_names", &text), ("kp", &text)]);
    }
}
