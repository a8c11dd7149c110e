//! Every way in which policies describe themselves, read into one [`PolicyContract`].
//!
//! Looked for in this order, the first one found is the contract:
//!
//! | dialect | where it is found | what it leaves out |
//! |---|---|---|
//! | Sinew YAML ([`draft`]) | a file or maps that the user gives | what the user leaves out |
//! | unitree_rl_lab ([`unitree`]) | a `deploy.yaml` that the user gives | joint names: SDK order is the robot's |
//! | kinfer ([`kinfer`]) | `metadata.json` in the archive | rate, gains; older ones the rest pose |
//! | Sinew metadata ([`embedded`]) | the ONNX file's `sinew_contract` and `sinew_golden` | nothing |
//! | mjlab, whole_body_tracking ([`mjlab`]) | the ONNX file's comma-separated lists | rate, command ranges |
//! | unitree_rl_mjlab | mjlab's metadata, and a `deploy.yaml` beside: that one, with their joint names | nothing |
//! | holosoma ([`holosoma`]) | the ONNX file's JSON values | nothing, if `experiment_config` is there |
//! | Sinew YAML | `NAME.contract.yaml` beside `NAME.onnx` | as above |
//! | unitree_rl_lab | `deploy.yaml` beside the network, or in `params/` | as above |
//!
//! What a dialect leaves out comes from its documented defaults, from the robot (rest pose, gains)
//! or from `overrides`, which have the YAML dialect's form and win over everything. None but Sinew's
//! own carries golden vectors or the joint limits of the training.

pub mod draft;
pub mod embedded;
mod held;
pub mod holosoma;
pub mod kinfer;
pub mod mjlab;
mod numbers;
mod origin;
pub mod unitree;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;
use sinew_control::contract::{GoldenVector, PolicyContract};
use sinew_control::robot::RobotDescription;
use thiserror::Error;

use crate::model_file::ModelFile;
use draft::Draft;
use origin::{Origin, read_text};

/// How far a rest pose in a `deploy.yaml`, often written by hand, may be from that in the metadata.
const REST_TOLERANCE_RAD: f64 = 0.01;

/// Why no contract could be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContractError {
    /// A file that describes the policy cannot be read.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is not YAML (or JSON).
    #[error("{origin}: not well-formed: {reason}")]
    Syntax {
        /// The file, or the place in a file.
        origin: String,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// A key is missing or has a bad value.
    #[error("{origin}: `{key}`: expected {expected}, found {found}")]
    Field {
        /// The file, or the place in a file.
        origin: String,
        /// Path of the key.
        key: String,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },
    /// Nothing describes the policy.
    #[error(
        "{}: nothing says what this policy expects: neither its metadata nor a `{}` or a `deploy.yaml` beside it; \
         describe it under `contract` in the parameter file",
        .file.display(), beside(.file).file_name().unwrap_or_default().display()
    )]
    NoContract {
        /// The policy file.
        file: PathBuf,
    },
}

/// What the user gave as the contract.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ContractGiven {
    /// Nothing: the policy file, or one beside it, must say.
    #[default]
    Nothing,
    /// A YAML file of the Sinew or unitree_rl_lab dialect.
    File(PathBuf),
    /// The Sinew dialect inline in another file.
    Inline(Value),
}

/// Where to read a contract from, beside the policy's own file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ContractSource {
    /// The contract, where the user gives one.
    pub given: ContractGiven,
    /// Keys of the Sinew YAML dialect that win over the contract's own.
    pub overrides: Option<Value>,
    /// The parameter file that holds inline values: messages name it, and paths in them start in its
    /// folder.
    pub parameter_file: Option<PathBuf>,
}

impl From<ContractGiven> for ContractSource {
    fn from(given: ContractGiven) -> Self {
        Self {
            given,
            ..Self::default()
        }
    }
}

impl ContractSource {
    fn inline_origin(&self, model: &ModelFile, what: &str) -> Origin {
        let file = self.parameter_file.as_deref().unwrap_or(model.path());
        Origin::new(format!("{} ({what})", file.display()), file.parent())
    }
}

/// Reads the contract of a policy; its `dialect` says which way it was written.
///
/// The result is not yet checked against the robot: see
/// [`PolicyContract::misfits`] and [`OnnxPolicy::load`](crate::OnnxPolicy::load).
///
/// # Errors
/// See [`ContractError`]: each names the file, the key, what was expected and what was found.
pub fn load_contract(
    model: &ModelFile,
    source: &ContractSource,
    robot: &RobotDescription,
) -> Result<PolicyContract, ContractError> {
    let overrides = match &source.overrides {
        None => None,
        Some(value) => {
            let origin = source.inline_origin(model, "overrides");
            Some((Draft::from_value(value.clone(), &origin)?, origin))
        }
    };
    let found = find(model, source, robot)?;
    found.finish(overrides, &model_name(model.path()), robot)
}

/// A draft contract, and what made it.
#[derive(Debug)]
struct Found {
    draft: Draft,
    dialect: &'static str,
    origin: Origin,
    golden: Vec<GoldenVector>,
}

impl Found {
    fn finish(
        self,
        overrides: Option<(Draft, Origin)>,
        name: &str,
        robot: &RobotDescription,
    ) -> Result<PolicyContract, ContractError> {
        let gains_given = |over: &Draft| over.joint_stiffness.is_some() && over.joint_damping.is_some();
        let settled = [draft::DIALECT, embedded::DIALECT].contains(&self.dialect)
            || overrides.as_ref().is_some_and(|(over, _)| gains_given(over));
        let (draft, origin) = match overrides {
            None => (self.draft, self.origin),
            Some((mut overrides, place)) => {
                let mut draft = self.draft;
                // Before one wins over the other: a map that speaks of other joints alone replaces nothing.
                let names = overrides.joint_names.clone().or_else(|| draft.joint_names.clone());
                let names = names.unwrap_or_else(|| robot.joints.iter().map(|joint| joint.name.clone()).collect());
                held::gather(&mut overrides, &names, robot, &place)?;
                held::gather(&mut draft, &names, robot, &self.origin)?;
                (draft.overridden_by(overrides), self.origin.and(place))
            }
        };
        let mut contract = draft.resolve(robot, name, self.dialect, &origin)?;
        if !settled {
            expect_real_gains(&contract, &origin)?;
        }
        if contract.golden.is_empty() {
            contract.golden = self.golden;
        }
        Ok(contract)
    }
}

fn find(model: &ModelFile, source: &ContractSource, robot: &RobotDescription) -> Result<Found, ContractError> {
    match &source.given {
        ContractGiven::Inline(value) => {
            let origin = source.inline_origin(model, "contract");
            let draft = Draft::from_value(value.clone(), &origin)?;
            Ok(Found {
                draft,
                dialect: draft::DIALECT,
                origin,
                golden: Vec::new(),
            })
        }
        ContractGiven::File(file) => from_file(file, robot),
        ContractGiven::Nothing => from_model(model, robot),
    }
}

/// What a model says of itself, else what a file beside it says.
fn from_model(model: &ModelFile, robot: &RobotDescription) -> Result<Found, ContractError> {
    let path = model.path();
    let origin = Origin::new(path.display().to_string(), path.parent());
    if let Some(metadata) = model.kinfer_metadata() {
        let origin = origin.member("metadata.json");
        return Ok(Found {
            draft: kinfer::read(metadata, model.onnx(), &origin)?,
            dialect: kinfer::DIALECT,
            origin,
            golden: Vec::new(),
        });
    }
    if let Some(found) = from_metadata(&model.onnx().metadata, &origin)? {
        return match unitree::beside(path) {
            Some(file) if found.dialect == mjlab::DIALECT => from_both(&found.draft, &file, robot),
            _ => Ok(found),
        };
    }
    let own = beside(path);
    match own.is_file().then_some(own).or_else(|| unitree::beside(path)) {
        Some(file) => from_file(&file, robot),
        None => Err(ContractError::NoContract { file: path.to_owned() }),
    }
}

/// Reads the metadata of an ONNX file, where they are of a known dialect.
fn from_metadata(metadata: &BTreeMap<String, String>, origin: &Origin) -> Result<Option<Found>, ContractError> {
    let (draft, golden, dialect) = if embedded::is_in(metadata) {
        let (draft, golden) = embedded::read(metadata, origin)?;
        (draft, golden, embedded::DIALECT)
    } else if mjlab::is_in(metadata) {
        (mjlab::read(metadata, origin)?, Vec::new(), mjlab::dialect(metadata))
    } else if holosoma::is_in(metadata) {
        (holosoma::read(metadata, origin)?, Vec::new(), holosoma::DIALECT)
    } else {
        return Ok(None);
    };
    Ok(Some(Found {
        draft,
        dialect,
        origin: origin.clone(),
        golden,
    }))
}

/// Reads a YAML file of whichever dialect its keys show.
fn from_file(file: &Path, robot: &RobotDescription) -> Result<Found, ContractError> {
    let origin = Origin::new(file.display().to_string(), file.parent());
    let value = origin.yaml(&read_text(file)?)?;
    if value.get("sinew_contract").is_some() {
        let draft = Draft::from_value(value, &origin)?;
        Ok(Found {
            draft,
            dialect: draft::DIALECT,
            origin,
            golden: Vec::new(),
        })
    } else if value.get("joint_ids_map").is_some() {
        let draft = unitree::read(value, unitree::Joints::Of(robot), &origin)?;
        Ok(Found {
            draft,
            dialect: "unitree_rl_lab deploy.yaml",
            origin,
            golden: Vec::new(),
        })
    } else {
        Err(origin.error(
            "sinew_contract",
            "`sinew_contract: 1` (Sinew's dialect) or `joint_ids_map` (unitree_rl_lab's)",
            "neither",
        ))
    }
}

/// Reads the `deploy.yaml` beside a network with mjlab's metadata. Only the file has the rate, the
/// command ranges and the gait's period; only the metadata name the joints.
fn from_both(metadata: &Draft, file: &Path, robot: &RobotDescription) -> Result<Found, ContractError> {
    let origin = Origin::new(file.display().to_string(), file.parent());
    let value = origin.yaml(&read_text(file)?)?;
    if value.get("joint_ids_map").is_none() {
        return from_file(file, robot);
    }
    let names = metadata.joint_names.clone().unwrap_or_default();
    let draft = unitree::read(value, unitree::Joints::Named(&names), &origin)?;
    let rest = |draft: &Draft| match &draft.default_joint_pos {
        Some(rest) => rest.expand("default_joint_pos", &names, &origin),
        None => Ok(Vec::new()),
    };
    for (i, (ours, theirs)) in rest(&draft)?.iter().zip(rest(metadata)?).enumerate() {
        // Written so that a NaN does not agree.
        if !((ours - theirs).abs() <= REST_TOLERANCE_RAD) {
            let key = format!("default_joint_pos[{i}]");
            let expected = format!("{theirs}, as the policy's metadata have it for `{}`", names[i]);
            return Err(origin.error(&key, expected, ours.to_string()));
        }
    }
    Ok(Found {
        draft,
        dialect: "unitree_rl_mjlab deploy.yaml and ONNX metadata",
        origin,
        golden: Vec::new(),
    })
}

/// Refuses gains that exporters write in place of those of explicit actuators, which they do not know:
/// a stiffness of 1 (mjlab) or 0 (Isaac Lab) for every joint, and no damping.
fn expect_real_gains(contract: &PolicyContract, origin: &Origin) -> Result<(), ContractError> {
    let all = |gains: &[f64], value: f64| !gains.is_empty() && gains.iter().all(|&gain| gain == value);
    let stiffness = [1.0, 0.0].into_iter().find(|&kp| all(&contract.joint_stiffness, kp));
    match stiffness {
        Some(kp) if all(&contract.joint_damping, 0.0) => Err(origin.error(
            "joint_stiffness",
            "the stiffness and damping that the policy was trained with; give `joint_stiffness` and `joint_damping` \
             under `overrides` in the parameter file",
            format!(
                "a stiffness of {kp} and a damping of 0 for every joint, which exporters write in place of the gains \
                 of explicit actuators"
            ),
        )),
        _ => Ok(()),
    }
}

/// The contract file that belongs to a network: `walk.contract.yaml` for `walk.onnx`.
fn beside(model: &Path) -> PathBuf {
    model.with_extension("contract.yaml")
}

fn model_name(model: &Path) -> String {
    model
        .file_stem()
        .map_or_else(|| "policy".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
