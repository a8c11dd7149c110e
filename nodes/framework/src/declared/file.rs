//! The form of a ROS 2 parameter file: node names, `ros__parameters`, dotted keys.

use std::path::{Path, PathBuf};

use serde_yaml_ng::{Mapping, Value};
use thiserror::Error;

/// Why a parameter file cannot be used.
#[derive(Debug, Error)]
pub enum ParameterError {
    /// It cannot be read.
    #[error("{file}: cannot be read: {cause}")]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is no YAML.
    #[error("{file}: not YAML: {message}")]
    Yaml {
        /// The file.
        file: PathBuf,
        /// What the parser said, with line and column.
        message: String,
    },
    /// A node or key is missing, unknown, or has a value of the wrong kind.
    #[error("{file}: node `{node}`: {message}")]
    Value {
        /// The file.
        file: PathBuf,
        /// The node, as written in the file.
        node: String,
        /// The key and what was expected.
        message: String,
    },
}

impl ParameterError {
    /// A complaint about a parameter of `node`.
    pub fn value(file: &Path, node: &str, message: impl Into<String>) -> Self {
        Self::Value {
            file: file.to_owned(),
            node: node.to_owned(),
            message: message.into(),
        }
    }
}

/// Larger than any parameter file, small enough to parse at once.
const MAX_BYTES: u64 = 4 << 20;

/// A parameter file: sections of parameters, each for one node or several.
#[derive(Debug, Clone)]
pub struct ParameterFile {
    path: PathBuf,
    nodes: Vec<(String, Value)>,
}

impl ParameterFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, or has another form than a ROS 2 parameter file.
    pub fn read(path: &Path) -> Result<Self, ParameterError> {
        let read = |cause| ParameterError::Read {
            file: path.to_owned(),
            cause,
        };
        let text = sinew_files::read_text(path, MAX_BYTES).map_err(read)?;
        Self::parse(path, &text)
    }

    /// Reads the text of a file, whose path errors name.
    ///
    /// # Errors
    /// Where it has another form than a ROS 2 parameter file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ParameterError> {
        let yaml = |message: String| ParameterError::Yaml {
            file: path.to_owned(),
            message,
        };
        let root: Value = sinew_files::yaml(text).map_err(yaml)?;
        let Value::Mapping(root) = root else {
            return Err(yaml("expected a mapping of node names to `ros__parameters`".into()));
        };
        let mut nodes = Vec::new();
        for (name, body) in root {
            let name = name.as_str().unwrap_or_default().to_owned();
            let Value::Mapping(mut body) = body else {
                return Err(ParameterError::value(
                    path,
                    &name,
                    "expected a mapping with `ros__parameters`",
                ));
            };
            let parameters = body.remove("ros__parameters");
            if let Some((key, _)) = body.iter().next() {
                let key = key.as_str().unwrap_or("?");
                return Err(ParameterError::value(
                    path,
                    &name,
                    format!("`{key}`: expected only `ros__parameters` here; parameters go below it"),
                ));
            }
            let Some(parameters) = parameters else {
                return Err(ParameterError::value(path, &name, "`ros__parameters` is missing"));
            };
            let parameters = undot(parameters, sinew_files::MAX_DEPTH)
                .map_err(|message| ParameterError::value(path, &name, message))?;
            nodes.push((name, parameters));
        }
        Ok(Self {
            path: path.to_owned(),
            nodes,
        })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names in the list, or the one name, that is the parameter `key` for all nodes; takes it out.
    pub(super) fn take_shared(&mut self, key: &str) -> Result<Vec<PathBuf>, ParameterError> {
        let elsewhere =
            |(name, section): &&(String, Value)| ends_open(name) && name != "/**" && section.get(key).is_some();
        if let Some((name, _)) = self.nodes.iter().find(elsewhere) {
            let message = format!("`{key}`: expected under `/**` alone, found here");
            return Err(ParameterError::value(&self.path, name, message));
        }
        let sections = self.nodes.iter_mut().filter(|(name, _)| name == "/**");
        let taken: Vec<Value> = sections
            .filter_map(|(_, section)| section.as_mapping_mut()?.remove(key))
            .collect();
        let mut paths = Vec::new();
        for value in taken {
            let names = match &value {
                Value::String(name) => Some(vec![name.as_str()]),
                Value::Sequence(names) => names.iter().map(Value::as_str).collect(),
                _ => None,
            };
            let refused = || {
                let message = format!("`{key}`: expected the name of a file, or a list of names");
                ParameterError::value(&self.path, "/**", message)
            };
            paths.extend(names.ok_or_else(refused)?.into_iter().map(PathBuf::from));
        }
        Ok(paths)
    }

    /// The sections of single nodes, as they are written.
    pub(super) fn sections(&self) -> impl Iterator<Item = &str> {
        let names = self.nodes.iter().map(|(name, _)| name.as_str());
        names.filter(|name| !ends_open(name))
    }

    /// The parameters of one node as they are written: of every section that means it alone, later ones winning, as in
    /// ROS. `usual` is the name by which files know it, whatever it is called now.
    pub fn section(&self, usual: &str, called: &str, namespace: &str) -> Mapping {
        let [full, known] = [called, usual].map(|name| full_name(namespace, name));
        self.merged(|section| {
            !ends_open(section)
                && (is_named(section, usual)
                    || is_named(section, called)
                    || matches(section, &full)
                    || matches(section, &known))
        })
    }

    /// The parameters of every section that means several nodes, such as `/**`, and a node of that name among them.
    pub fn shared(&self, called: &str, namespace: &str) -> Mapping {
        let full = full_name(namespace, called);
        self.merged(|section| ends_open(section) && matches(section, &full))
    }

    fn merged(&self, means_it: impl Fn(&str) -> bool) -> Mapping {
        let mut parameters = Mapping::new();
        for (_, section) in self.nodes.iter().filter(|(name, _)| means_it(name)) {
            let Value::Mapping(section) = section else { continue };
            for (key, value) in section {
                merge(&mut parameters, key.clone(), value.clone());
            }
        }
        parameters
    }

    /// Whether there is a section for the node.
    pub fn has(&self, node: &str) -> bool {
        self.nodes.iter().any(|(name, _)| is_named(name, node))
    }
}

fn full_name(namespace: &str, node: &str) -> String {
    format!("{}/{node}", namespace.trim_end_matches('/'))
}

/// Whether a section means whatever nodes there are.
fn ends_open(section: &str) -> bool {
    section.ends_with('*')
}

/// Whether a node's full name is one that a section means: `*` stands for one part of it, `**` for any number.
fn matches(section: &str, full: &str) -> bool {
    fn rest(pattern: &[&str], name: &[&str]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (["**", pattern @ ..], name) => (0..=name.len()).any(|skipped| rest(pattern, &name[skipped..])),
            ([part, pattern @ ..], [first, name @ ..]) if *part == "*" || part == first => rest(pattern, name),
            _ => false,
        }
    }
    let [pattern, name] = [section, full].map(|text| text.trim_start_matches('/').split('/').collect::<Vec<_>>());
    // More of them than any name has parts would take for ever to compare.
    pattern.iter().filter(|part| **part == "**").count() <= 4 && rest(&pattern, &name)
}

/// ROS writes the same node as `control`, `/control` or `/**/control`.
fn is_named(section: &str, node: &str) -> bool {
    section == node || section.strip_prefix("/**/") == Some(node) || section.strip_prefix('/') == Some(node)
}

/// Turns `policy.path: x` into `policy: {path: x}`, as ROS does. What has more than `levels` of names, nested or
/// dotted, is refused.
fn undot(value: Value, levels: usize) -> Result<Value, String> {
    let Value::Mapping(map) = value else {
        return Ok(value);
    };
    let mut out = Mapping::new();
    for (key, value) in map {
        let dotted = key.as_str().and_then(dotted);
        let parts = 1 + dotted.map_or(0, |(_, tail)| 1 + tail.matches('.').count());
        let Some(below) = levels.checked_sub(parts) else {
            let name: String = key.as_str().unwrap_or("?").chars().take(40).collect();
            let most = sinew_files::MAX_DEPTH;
            return Err(format!(
                "`{name}`: expected names of at most {most} levels, nested or dotted, found more"
            ));
        };
        let value = undot(value, below)?;
        match dotted {
            Some((head, tail)) => {
                let mut inner = Mapping::new();
                inner.insert(tail.into(), value);
                merge(&mut out, head.into(), undot(Value::Mapping(inner), levels - 1)?);
            }
            None => merge(&mut out, key, value),
        }
    }
    Ok(Value::Mapping(out))
}

/// Splits a parameter name at its first dot. A pattern such as `.*_knee` is no parameter name.
fn dotted(key: &str) -> Option<(&str, &str)> {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    key.split('.').all(is_name).then(|| key.split_once('.')).flatten()
}

fn merge(into: &mut Mapping, key: Value, value: Value) {
    match (into.get_mut(&key), value) {
        (Some(Value::Mapping(there)), Value::Mapping(more)) => {
            for (key, value) in more {
                merge(there, key, value);
            }
        }
        (_, value) => {
            into.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STRIDER: &str = include_str!("../../../../launch/robots/strider.yaml");

    proptest! {
        #[test]
        fn random_text_is_refused_or_read_but_never_panics(text in ".{0,400}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_damaged_file_is_refused_or_read_but_never_panics(
            at in 0..STRIDER.len(),
            length in 0_usize..40,
            replacement in "[ -~\\n]{0,12}",
        ) {
            let end = (at + length).min(STRIDER.len());
            prop_assume!(STRIDER.is_char_boundary(at) && STRIDER.is_char_boundary(end));
            let text = format!("{}{replacement}{}", &STRIDER[..at], &STRIDER[end..]);
            if let Ok(file) = parse(&text) {
                for node in ["control", "sim"] {
                    let _ = (file.section(node, node, "/"), file.shared(node, "/"));
                }
            }
        }
    }

    fn parse(text: &str) -> Result<ParameterFile, ParameterError> {
        ParameterFile::parse(Path::new("robot.yaml"), text)
    }

    #[test]
    fn dotted_and_nested_keys_are_the_same() {
        let file = parse("/control:\n  ros__parameters:\n    a.b.c: 1\n    a: {b: {d: 2}}\n").unwrap();
        let value = file.section("control", "control", "/");
        assert_eq!(value["a"]["b"]["c"], Value::from(1));
        assert_eq!(value["a"]["b"]["d"], Value::from(2));
    }

    #[test]
    fn sections_of_a_node_in_a_namespace_add_up() {
        let text = "/**/control: {ros__parameters: {a: {b: 1, c: 1}}}\n/left/control: {ros__parameters: {a.c: 2}}\n\
                    /right/control: {ros__parameters: {a.c: 3}}\n/**: {ros__parameters: {d: 4}}\n";
        let file = parse(text).unwrap();
        let section = file.section("control", "control", "/left");
        assert_eq!(section["a"]["b"], Value::from(1));
        assert_eq!(section["a"]["c"], Value::from(2));
        assert_eq!(file.section("control", "left_control", "/")["a"]["c"], Value::from(1));
        assert_eq!(file.shared("control", "/left")["d"], Value::from(4));
    }

    #[test]
    fn a_star_stands_for_one_part_of_a_name_and_two_for_any_number() {
        let text = "/*/control: {ros__parameters: {a: 1}}\n/left/**: {ros__parameters: {b: 2}}\n\
                    /**/arm/control: {ros__parameters: {c: 3}}\n";
        let file = parse(text).unwrap();
        let of = |namespace: &str| {
            let (own, shared) = (
                file.section("control", "control", namespace),
                file.shared("control", namespace),
            );
            [own.get("a"), shared.get("b"), own.get("c")].map(|value| value.is_some())
        };
        assert_eq!(of("/"), [false, false, false]);
        assert_eq!(of("/left"), [true, true, false]);
        assert_eq!(of("/left/arm"), [false, true, true]);
        assert_eq!(of("/arm"), [true, false, true]);
    }

    #[test]
    fn a_pattern_of_joint_names_is_no_dotted_key() {
        let file = parse("control:\n  ros__parameters:\n    kp: {'.*_knee': 1, 'left_.*': 2}\n").unwrap();
        let value = file.section("control", "control", "/");
        assert_eq!(value["kp"][".*_knee"], Value::from(1));
        assert_eq!(value["kp"]["left_.*"], Value::from(2));
    }

    #[test]
    fn names_have_a_limit_of_levels_nested_or_dotted() {
        let dotted = |levels: usize| format!("n: {{ros__parameters: {{? {} : 1}}}}", vec!["a"; levels].join("."));
        parse(&dotted(100)).unwrap();
        for text in [
            dotted(101),
            dotted(100_000),
            format!("n: {{ros__parameters: {{? {} : {{b.c: 1}}}}}}", vec!["a"; 99].join(".")),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(
                error.contains("node `n`") && error.contains("at most 100 levels"),
                "{error}"
            );
        }
    }

    #[test]
    fn parameters_outside_ros_parameters_are_refused() {
        let error = parse("control:\n  rate_hz: 1\n").unwrap_err().to_string();
        assert!(
            error.contains("rate_hz") && error.contains("ros__parameters"),
            "{error}"
        );
    }
}
