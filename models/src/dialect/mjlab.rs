//! ONNX metadata as mjlab and whole_body_tracking (BeyondMimic) write them: comma-separated lists,
//! numbers rounded to three decimals.
//!
//! - Per joint, in the order of `joint_names`: `default_joint_pos`, `joint_stiffness`,
//!   `joint_damping`, `action_scale` (which may be one number). The action is an offset from
//!   `default_joint_pos`.
//! - `observation_names`, in order. As in Isaac Lab `joint_pos` and `joint_vel` are relative to rest,
//!   `actions` is the last action, and `command` the velocity command where `command_names` says so.
//!   Any other name, that of a motion-tracking term say, stays, and is looked up as it is.
//! - Per term, in mjlab: `observation_terms_scale` and `observation_terms_clip` (numbers of one term
//!   joined by `;`), `observation_terms_history_length`, `observation_terms_flatten_history_dim`. In
//!   whole_body_tracking: `observation_history_lengths`. A history of 0 is one of 1.
//! - Neither writes the policy's rate; both train at 50 Hz, which is the default here.

use std::collections::BTreeMap;

use sinew_control::contract::{HistoryLayout, PolicyContract};

use super::ContractError;
use super::draft::Draft;
use super::numbers::{Numbers, PerJoint};
use super::origin::Origin;

pub(super) const DIALECT: &str = "mjlab ONNX metadata";
/// Names that mjlab's tasks give to terms, and Sinew's for the same.
const NAMES: [(&str, &str); 5] = [
    ("command", "velocity_commands"),
    ("actions", "last_action"),
    ("joint_pos", "joint_pos_rel"),
    ("joint_vel", "joint_vel_rel"),
    ("joint_pos_abs", "joint_pos"),
];
/// Names that tasks give to a command that is a velocity of the base.
const VELOCITY_COMMANDS: [&str; 3] = ["twist", "base_velocity", "velocity"];
const DEFAULT_RATE_HZ: f64 = 50.0;
/// How much a number may change when it is written with three decimals, and when it was a float32.
const ROUNDING: f64 = 5.1e-4;
const RELATIVE_ROUNDING: f64 = 1e-6;

type Metadata = BTreeMap<String, String>;

/// Whether `metadata` hold a contract of this dialect.
pub(super) fn is_in(metadata: &Metadata) -> bool {
    metadata.contains_key("joint_names") && metadata.contains_key("observation_names")
}

/// Which of the two wrote `metadata`.
pub(super) fn dialect(metadata: &Metadata) -> &'static str {
    if metadata.contains_key("observation_history_lengths") {
        "whole_body_tracking ONNX metadata"
    } else {
        DIALECT
    }
}

/// Reads what the metadata say.
pub(super) fn read(metadata: &Metadata, origin: &Origin) -> Result<Draft, ContractError> {
    let per_joint = |key: &str| -> Result<Option<PerJoint>, ContractError> {
        let numbers = number_list(metadata, key, origin)?;
        Ok(numbers.map(|numbers| match numbers.as_slice() {
            [one] => PerJoint::Same(*one),
            _ => PerJoint::Each(numbers),
        }))
    };
    let mut draft = Draft {
        policy_rate_hz: Some(DEFAULT_RATE_HZ),
        joint_names: entries_of(metadata, "joint_names"),
        default_joint_pos: per_joint("default_joint_pos")?,
        joint_stiffness: per_joint("joint_stiffness")?,
        joint_damping: per_joint("joint_damping")?,
        ..Draft::default()
    };
    draft.action.scale = per_joint("action_scale")?;
    let commands = entries_of(metadata, "command_names").unwrap_or_default();
    let velocity = matches!(commands.as_slice(), [one] if VELOCITY_COMMANDS.contains(&one.as_str()));
    let written = entries_of(metadata, "observation_names").unwrap_or_default();
    let terms: Vec<_> = written
        .iter()
        .map(|name| match name.as_str() {
            "command" if !velocity => name.clone(),
            _ => sinew_name(name).to_owned(),
        })
        .collect();
    read_settings(metadata, &terms, &mut draft, origin)?;
    draft.observation_names = Some(terms);
    Ok(draft)
}

/// Scale, clip and history of every term.
fn read_settings(
    metadata: &Metadata,
    terms: &[String],
    draft: &mut Draft,
    origin: &Origin,
) -> Result<(), ContractError> {
    let settings = [
        ("observation_terms_scale", "scale"),
        ("observation_terms_clip", "clip"),
        ("observation_terms_history_length", "history"),
        ("observation_history_lengths", "history"),
    ];
    for (key, setting) in settings {
        let Some(values) = entries_of(metadata, key) else {
            continue;
        };
        expect_one_per_term(key, values.len(), terms, origin)?;
        for (i, (term, value)) in terms.iter().zip(values).enumerate() {
            let mut numbers = parse_numbers(value.split(';'), &format!("{key}[{i}]"), origin)?;
            if setting == "history" && numbers == [0.0] {
                numbers = vec![1.0];
            }
            draft.term(term).insert(setting.to_owned(), Some(Numbers(numbers)));
        }
    }
    let key = "observation_terms_flatten_history_dim";
    if let Some(flat) = entries_of(metadata, key) {
        expect_one_per_term(key, flat.len(), terms, origin)?;
        let stacked = |i: &usize| !matches!(draft.history(&terms[*i]), None | Some(1));
        let mut flat = (0..flat.len()).filter(stacked).map(|i| !is_false(&flat[i]));
        draft.history_layout = match (flat.clone().all(|flat| flat), flat.any(|flat| flat)) {
            (true, _) => None,
            (false, false) => Some(HistoryLayout::FrameOldestFirst),
            (false, true) => {
                return Err(origin.error(key, "the same for every term that has a history", "True and False"));
            }
        };
    }
    Ok(())
}

fn expect_one_per_term(key: &str, found: usize, terms: &[String], origin: &Origin) -> Result<(), ContractError> {
    if found == terms.len() {
        Ok(())
    } else {
        Err(origin.error(
            key,
            format!("{} entries, one per name in observation_names", terms.len()),
            found.to_string(),
        ))
    }
}

/// The metadata that mjlab would write for `contract`, whose terms are called `term_names`.
pub(super) fn entries(contract: &PolicyContract, term_names: &[String]) -> Vec<(&'static str, String)> {
    let numbers = |numbers: &[f64]| joined(numbers.iter(), ",");
    let terms = &contract.observations;
    let scale = terms.iter().map(|term| {
        if term.scale.is_empty() {
            "1".to_owned()
        } else {
            joined(term.scale.iter(), ";")
        }
    });
    let clip = terms.iter().map(|term| match term.clip {
        None => "-inf;inf".to_owned(),
        Some(clip) => joined(clip.iter(), ";"),
    });
    let history = terms
        .iter()
        .map(|term| if term.history == 1 { 0 } else { term.history });
    let commanded = terms.iter().any(|term| term.name == "velocity_commands");
    vec![
        ("joint_names", contract.joint_names.join(",")),
        ("joint_stiffness", numbers(&contract.joint_stiffness)),
        ("joint_damping", numbers(&contract.joint_damping)),
        ("default_joint_pos", numbers(&contract.default_joint_pos)),
        ("action_scale", numbers(&contract.action.scale)),
        (
            "observation_names",
            joined(term_names.iter().map(|name| mjlab_name(name)), ","),
        ),
        ("observation_terms_scale", joined(scale, ",")),
        ("observation_terms_clip", joined(clip, ",")),
        ("observation_terms_history_length", joined(history, ",")),
        (
            "command_names",
            if commanded { VELOCITY_COMMANDS[0] } else { "" }.to_owned(),
        ),
    ]
}

/// Refuses `draft` where mjlab's keys beside it say something else.
pub(super) fn check_agreement(metadata: &Metadata, draft: &Draft, origin: &Origin) -> Result<(), ContractError> {
    let disagrees = |key: &str, field: &str, theirs: String, ours: String| {
        Err(origin.error(field, format!("{theirs}, as the metadata `{key}` has it"), ours))
    };
    let no_names = Vec::new();
    for (key, ours) in [
        ("joint_names", &draft.joint_names),
        ("observation_names", &draft.observation_names),
    ] {
        let (Some(theirs), Some(ours)) = (entries_of(metadata, key), ours) else {
            continue;
        };
        if theirs.len() != ours.len() {
            return disagrees(key, key, format!("{} names", theirs.len()), ours.len().to_string());
        }
        for (i, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
            if theirs != ours && (key == "joint_names" || theirs != mjlab_name(ours)) {
                return disagrees(key, &format!("{key}[{i}]"), format!("`{theirs}`"), format!("`{ours}`"));
            }
        }
    }
    let joints = draft.joint_names.as_ref().unwrap_or(&no_names);
    for (key, field, ours) in [
        ("default_joint_pos", "default_joint_pos", &draft.default_joint_pos),
        ("joint_stiffness", "joint_stiffness", &draft.joint_stiffness),
        ("joint_damping", "joint_damping", &draft.joint_damping),
        ("action_scale", "action.scale", &draft.action.scale),
    ] {
        let (Some(theirs), Some(ours)) = (number_list(metadata, key, origin)?, ours) else {
            continue;
        };
        let ours = ours.expand(field, joints, origin)?;
        let theirs = if theirs.len() == 1 {
            vec![theirs[0]; ours.len()]
        } else {
            theirs
        };
        if theirs.len() != ours.len() {
            return disagrees(key, field, format!("{} numbers", theirs.len()), ours.len().to_string());
        }
        for (i, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
            // Written so that a NaN on either side does not agree.
            if !((theirs - ours).abs() <= ROUNDING + RELATIVE_ROUNDING * ours.abs()) {
                return disagrees(key, &format!("{field}[{i}]"), theirs.to_string(), ours.to_string());
            }
        }
    }
    Ok(())
}

fn sinew_name(mjlab: &str) -> &str {
    let known = NAMES.iter().find(|(theirs, _)| *theirs == mjlab);
    known.map_or(mjlab, |(_, ours)| ours)
}

fn mjlab_name(sinew: &str) -> &str {
    let known = NAMES.iter().find(|(_, ours)| *ours == sinew);
    known.map_or(sinew, |(theirs, _)| theirs)
}

fn joined<T: ToString>(values: impl Iterator<Item = T>, separator: &str) -> String {
    let values: Vec<_> = values.map(|value| value.to_string()).collect();
    values.join(separator)
}

/// The trimmed entries of a list; `None` where there is no such key, or nothing in it. Numbers of one
/// entry are joined by `;`, or stand in the brackets of a Python list as older mjlab wrote them.
fn entries_of(metadata: &Metadata, key: &str) -> Option<Vec<String>> {
    let text = metadata.get(key)?.trim();
    let mut depth = 0_i64;
    let flatten = |c| match c {
        '[' | '(' => {
            depth += 1;
            None
        }
        ']' | ')' => {
            depth -= 1;
            None
        }
        ',' if depth > 0 => Some(';'),
        c => Some(c),
    };
    let flat: String = text.chars().filter_map(flatten).collect();
    (!text.is_empty()).then(|| flat.split(',').map(|entry| entry.trim().to_owned()).collect())
}

fn is_false(entry: &str) -> bool {
    entry.eq_ignore_ascii_case("false") || entry.parse() == Ok(0.0)
}

fn number_list(metadata: &Metadata, key: &str, origin: &Origin) -> Result<Option<Vec<f64>>, ContractError> {
    let entries = entries_of(metadata, key);
    entries
        .map(|entries| parse_numbers(entries.iter().map(String::as_str), key, origin))
        .transpose()
}

fn parse_numbers<'a>(
    texts: impl Iterator<Item = &'a str>,
    key: &str,
    origin: &Origin,
) -> Result<Vec<f64>, ContractError> {
    let parse = |text: &str| {
        let number = text.trim().parse().ok();
        number.ok_or_else(|| origin.error(key, "numbers", format!("`{text}`")))
    };
    texts.map(parse).collect()
}
