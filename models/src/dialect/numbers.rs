//! Numbers as people write them: one for all, one each, or by name pattern.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::ContractError;
use super::origin::Origin;

/// One number per joint, written short.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PerJoint {
    Same(f64),
    Each(Vec<f64>),
    /// Patterns and values: `*` stands for anything (`.*` too).
    Matching(Vec<(String, f64)>),
}

impl PerJoint {
    /// The numbers in the order of `joints`.
    pub(super) fn expand(&self, key: &str, joints: &[String], origin: &Origin) -> Result<Vec<f64>, ContractError> {
        match self {
            Self::Same(value) => Ok(vec![*value; joints.len()]),
            Self::Each(values) if values.len() == joints.len() => Ok(values.clone()),
            Self::Each(values) => Err(origin.error(
                key,
                format!("one number, or {} numbers, one per joint", joints.len()),
                format!("{} numbers", values.len()),
            )),
            Self::Matching(patterns) => expand_patterns(patterns, key, joints, origin),
        }
    }
}

/// The pattern with the most literal characters wins; every joint must match one, every pattern a
/// joint, and no two may be equally close.
fn expand_patterns(
    patterns: &[(String, f64)],
    key: &str,
    joints: &[String],
    origin: &Origin,
) -> Result<Vec<f64>, ContractError> {
    if let Some((pattern, _)) = patterns
        .iter()
        .find(|(pattern, _)| !joints.iter().any(|joint| matches(pattern, joint)))
    {
        return Err(origin.error(
            &format!("{key}.{pattern}"),
            format!("a pattern that matches one of {}", joints.join(", ")),
            "none that it matches",
        ));
    }
    let value_of = |joint: &String| {
        closest(patterns, key, joint, origin)?
            .ok_or_else(|| origin.error(key, format!("a pattern that matches joint `{joint}`"), "none"))
    };
    joints.iter().map(value_of).collect()
}

/// The value of the pattern that fits a joint most closely; `None` where none fits.
pub(super) fn closest(
    patterns: &[(String, f64)],
    key: &str,
    joint: &str,
    origin: &Origin,
) -> Result<Option<f64>, ContractError> {
    let mut best: Vec<&(String, f64)> = Vec::new();
    for entry in patterns.iter().filter(|(pattern, _)| matches(pattern, joint)) {
        let closeness = best.first().map_or(0, |(pattern, _)| literals(pattern));
        if literals(&entry.0) > closeness {
            best.clear();
        }
        if literals(&entry.0) >= closeness {
            best.push(entry);
        }
    }
    match best.as_slice() {
        [] => Ok(None),
        [(_, value)] => Ok(Some(*value)),
        [(first, _), (second, _), ..] => Err(origin.error(
            key,
            format!("one closest pattern for joint `{joint}`"),
            format!("`{first}` and `{second}`"),
        )),
    }
}

fn literals(pattern: &str) -> usize {
    pattern.replace(".*", "*").chars().filter(|&c| c != '*').count()
}

/// Whether `*` (or `.*`) for any characters makes `pattern` equal `name`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.replace(".*", "*");
    let mut parts = pattern.split('*');
    let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl<'de> Deserialize<'de> for PerJoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PerJointVisitor;
        impl<'de> Visitor<'de> for PerJointVisitor {
            type Value = PerJoint;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a list of numbers, or a map of joint patterns to numbers")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<PerJoint, E> {
                Ok(PerJoint::Same(value))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<PerJoint, E> {
                Ok(PerJoint::Same(value as f64))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<PerJoint, E> {
                Ok(PerJoint::Same(value as f64))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PerJoint, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(PerJoint::Each(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PerJoint, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(PerJoint::Matching(entries))
            }
        }
        deserializer.deserialize_any(PerJointVisitor)
    }
}

/// One number or a list of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Numbers(pub(super) Vec<f64>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumbersVisitor;
        impl<'de> Visitor<'de> for NumbersVisitor {
            type Value = Numbers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a list of numbers")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Numbers, E> {
                Ok(Numbers(vec![value]))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Numbers, E> {
                Ok(Numbers(vec![value as f64]))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Numbers, E> {
                Ok(Numbers(vec![value as f64]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Numbers, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Numbers(values))
            }
        }
        deserializer.deserialize_any(NumbersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joints() -> Vec<String> {
        ["left_hip_pitch", "left_knee", "right_hip_pitch", "right_knee"]
            .map(String::from)
            .to_vec()
    }

    fn expand(yaml: &str) -> Result<Vec<f64>, ContractError> {
        let per_joint: PerJoint = serde_yaml_ng::from_str(yaml).unwrap();
        per_joint.expand("joint_stiffness", &joints(), &Origin::new("test".into(), None))
    }

    #[test]
    fn a_number_a_list_and_patterns_give_one_value_per_joint() {
        assert_eq!(expand("40").unwrap(), [40.0; 4]);
        assert_eq!(expand("[1, 2, 3.5, 4]").unwrap(), [1.0, 2.0, 3.5, 4.0]);
        assert_eq!(
            expand("{'*_hip_*': 80, '.*_knee': 60}").unwrap(),
            [80.0, 60.0, 80.0, 60.0]
        );
    }

    #[test]
    fn the_pattern_with_more_literal_characters_wins() {
        assert_eq!(
            expand("{'*': 1, '*_knee': 2, left_knee: 3}").unwrap(),
            [1.0, 3.0, 1.0, 2.0]
        );
    }

    #[test]
    fn lists_of_another_length_and_patterns_that_do_not_fit_are_refused() {
        let refusals = [
            ("[1, 2, 3]", "found 3 numbers"),
            ("{'*_hip_*': 1}", "matches joint `left_knee`, found none"),
            ("{'*': 1, '*_elbow': 2}", "`joint_stiffness.*_elbow`"),
            (
                "{'left*': 1, '*knee': 2, 'righ*': 3}",
                "one closest pattern for joint `left_knee`",
            ),
        ];
        for (yaml, message) in refusals {
            let error = expand(yaml).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn patterns_match_whole_names() {
        assert!(matches("*hip*", "left_hip_pitch"));
        assert!(matches("left_*_pitch", "left_hip_pitch"));
        assert!(!matches("hip", "left_hip_pitch"));
        assert!(!matches("left_hip", "left_hip_pitch"));
        assert!(!matches("*aba*aba", "xaba"));
    }
}
