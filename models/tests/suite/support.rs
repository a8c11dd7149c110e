//! What several test files share.

use std::path::{Path, PathBuf};

use sinew_control::contract::{ActionSpec, CommandRanges, HistoryLayout, HistoryStart, PolicyContract, TensorNames};
use sinew_control::io::Capabilities;
use sinew_control::observation::{ObservationBuilder, TermRegistry};
use sinew_control::robot::{JointDescription, RobotDescription};
use sinew_models::{
    ContractGiven, ContractSource, LoadError, ModelFile, ModelFileError, OnnxPolicy, SessionOptions, load_contract,
};
use tempfile::TempDir;

use crate::build::{Graph, mlp};

/// A folder of `../shared/robots`, or `None` (said aloud) where this checkout has none.
pub(crate) fn shared_robot(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/robots")
        .join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no {}", folder.display());
    None
}

/// A contract file of `tests/contracts`.
pub(crate) fn contract_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/contracts")
        .join(name)
}

/// A joint with plain limits and a motor of 100 N·m.
pub(crate) fn joint(name: &str, default_rad: f64) -> JointDescription {
    JointDescription {
        name: name.to_owned(),
        lower_rad: -3.0,
        upper_rad: 3.0,
        velocity_rad_s: 20.0,
        effort_nm: 100.0,
        default_rad,
        stiffness: Some(40.0),
        damping: Some(1.0),
    }
}

/// A robot of such joints.
pub(crate) fn robot(joints: &[&str]) -> RobotDescription {
    RobotDescription {
        name: "testbot".to_owned(),
        joints: joints.iter().map(|name| joint(name, 0.0)).collect(),
    }
}

/// The robot that a `facts.json` of `../shared/robots` describes, joints in `order` (by name) or as
/// they stand there.
pub(crate) fn robot_of_facts(folder: &str, order: Option<&[String]>) -> Option<RobotDescription> {
    let text = std::fs::read_to_string(shared_robot(folder)?.join("facts.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names: Vec<String> = serde_json::from_value(facts["joint_order"].clone()).unwrap();
    let rest: Vec<f64> = serde_json::from_value(facts["default_joint_pos"].clone()).unwrap();
    let mut joints: Vec<_> = names.iter().zip(rest).map(|(name, rest)| joint(name, rest)).collect();
    if let Some(order) = order {
        joints.sort_by_key(|joint| order.iter().position(|name| *name == joint.name));
    }
    for joint in &mut joints {
        joint.effort_nm = 139.0;
    }
    Some(RobotDescription {
        name: folder.to_owned(),
        joints,
    })
}

/// A contract that fits a network with `joints` actions; the observation is not described.
pub(crate) fn contract(joints: usize) -> PolicyContract {
    PolicyContract {
        name: "test".to_owned(),
        dialect: "test".to_owned(),
        policy_rate_hz: 50.0,
        joint_names: (0..joints).map(|i| format!("joint{i}")).collect(),
        joint_limits: Vec::new(),
        default_joint_pos: vec![0.0; joints],
        joint_stiffness: vec![40.0; joints],
        joint_damping: vec![1.0; joints],
        other_joints: Vec::new(),
        action: ActionSpec {
            scale: vec![0.25; joints],
            offset: vec![0.0; joints],
            clip: None,
            target_clip: Vec::new(),
        },
        observations: Vec::new(),
        history_layout: HistoryLayout::default(),
        history_start: HistoryStart::default(),
        clip_after_scale: false,
        command_ranges: CommandRanges::default(),
        tensors: TensorNames::default(),
        golden: Vec::new(),
    }
}

/// The contract of [`recurrent`](crate::build::recurrent).
pub(crate) fn recurrent_contract() -> PolicyContract {
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    PolicyContract {
        tensors: TensorNames {
            hidden_in: names(["a_in", "b_in"]),
            hidden_out: names(["a_out", "b_out"]),
            ..TensorNames::default()
        },
        ..contract(3)
    }
}

pub(crate) fn write_bytes(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

pub(crate) fn write_model(folder: &TempDir, name: &str, graph: &Graph) -> PathBuf {
    write_bytes(folder, name, &graph.model())
}

/// The 24 of ONNX Runtime 1.24.
pub(crate) fn runtime_minor() -> u32 {
    let version = &sinew_models::runtime::runtime().unwrap().version;
    version.split('.').nth(1).unwrap().parse().unwrap()
}

/// Checks the words of an error.
pub(crate) fn assert_says(error: impl std::fmt::Display, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

/// A file that is there and is a model.
pub(crate) fn model_file(path: impl AsRef<Path>) -> ModelFile {
    ModelFile::read(path.as_ref()).unwrap()
}

/// The policy in a file that is there and is a model.
pub(crate) fn load(
    path: impl AsRef<Path>,
    contract: &PolicyContract,
    options: &SessionOptions,
) -> Result<OnnxPolicy, LoadError> {
    OnnxPolicy::load(&model_file(path), contract, options)
}

/// A policy's file, and where its contract is beside it.
pub(crate) struct Described {
    pub(crate) model: PathBuf,
    pub(crate) source: ContractSource,
}

impl Described {
    pub(crate) fn of_model(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            source: ContractSource::default(),
        }
    }

    /// The file, or a tiny policy that says nothing where there is none.
    pub(crate) fn file(&self) -> Result<ModelFile, ModelFileError> {
        if self.model.exists() {
            ModelFile::read(&self.model)
        } else {
            ModelFile::from_bytes(&self.model, mlp(&[4, 2]).model())
        }
    }

    pub(crate) fn with(mut self, given: ContractGiven) -> Self {
        self.source.given = given;
        self
    }
}

/// Reads the contract of a policy, or says why not.
pub(crate) fn read(policy: &Described, robot: &RobotDescription) -> Result<PolicyContract, String> {
    let model = policy.file().map_err(|error| error.to_string())?;
    load_contract(&model, &policy.source, robot).map_err(|error| error.to_string())
}

/// A policy whose contract, or whose overrides, stand in a parameter file.
pub(crate) fn inline(model: impl Into<PathBuf>, contract: Option<&str>, overrides: Option<&str>) -> Described {
    let parse = |yaml: &str| serde_yaml_ng::from_str(yaml).unwrap();
    Described {
        source: ContractSource {
            given: contract.map_or(ContractGiven::Nothing, |yaml| ContractGiven::Inline(parse(yaml))),
            overrides: overrides.map(parse),
            parameter_file: Some("params.yaml".into()),
        },
        ..Described::of_model(model)
    }
}

/// Names and lengths of the terms, in order, as a robot that measures everything builds them.
pub(crate) fn terms(contract: &PolicyContract, robot: &RobotDescription) -> Result<Vec<(String, usize)>, String> {
    let capabilities = Capabilities {
        base_velocity: Some("ground truth"),
        ..Capabilities::default()
    };
    match ObservationBuilder::new(contract, robot, &capabilities, &TermRegistry::builtin()) {
        Ok(builder) => Ok(builder
            .term_layout()
            .iter()
            .map(|term| (term.name.clone(), term.len * term.history))
            .collect()),
        Err(misfits) => Err(misfits[0].to_string()),
    }
}
