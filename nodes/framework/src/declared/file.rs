//! The form of a ROS 2 parameter file: node names, `ros__parameters`, dotted keys.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_yaml_ng::{Mapping, Value};
use thiserror::Error;

use super::{Declared, NoCommon, NodeParams, SetError};

/// Why a parameter file cannot be used.
#[derive(Debug, Error)]
pub enum ParameterError {
    /// It cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
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

/// A parameter file whose nodes are taken out one by one.
#[derive(Debug)]
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
        let read = |source| ParameterError::Read {
            file: path.to_owned(),
            source,
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

    /// The parameters of a node that must be there.
    pub fn required<T: DeserializeOwned>(&mut self, node: &str) -> Result<T, ParameterError> {
        match self.take(node) {
            Some((name, value)) => self.typed(&name, value),
            None => Err(ParameterError::value(
                &self.path,
                node,
                format!(
                    "missing; expected `{node}:` with `ros__parameters:`, found {}",
                    match &self.nodes[..] {
                        [] => "no other node".to_owned(),
                        nodes => nodes
                            .iter()
                            .map(|(name, _)| format!("`{name}`"))
                            .collect::<Vec<_>>()
                            .join(", "),
                    }
                ),
            )),
        }
    }

    /// The parameters of a node that has defaults for everything.
    pub fn optional<T: DeserializeOwned + Default>(&mut self, node: &str) -> Result<T, ParameterError> {
        match self.take(node) {
            Some((name, value)) => self.typed(&name, value),
            None => Ok(T::default()),
        }
    }

    /// The parameters of a node that need not be there, checked.
    pub fn checked<T: DeserializeOwned + NodeParams>(&mut self, node: &str) -> Result<Option<T>, ParameterError> {
        let Some((name, value)) = self.take(node) else {
            return Ok(None);
        };
        let params: T = self.typed(&name, value)?;
        self.in_range(node, params).map(Some)
    }

    /// Parameters that have the values which the node itself would take.
    pub fn in_range<T: NodeParams>(&self, node: &str, params: T) -> Result<T, ParameterError> {
        let declared = Declared::new(params, NoCommon {});
        let refused = |error: SetError| ParameterError::value(&self.path, node, error.to_string());
        declared.map(|declared| declared.value().clone()).map_err(refused)
    }

    /// The nodes that have a section of their own, as they are called without their namespaces.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let names = self.nodes.iter().filter_map(|(name, _)| name.rsplit('/').next());
        names.filter(|name| !name.contains('*'))
    }

    /// The parameters of one node as they are written: of every section that means it, later ones
    /// winning, as in ROS. `usual` is the name by which files know it, whatever it is called now.
    pub fn section(&self, usual: &str, called: &str, namespace: &str) -> Mapping {
        let full = format!("{}/{called}", namespace.trim_end_matches('/'));
        let means_it = |section: &str| section == full || is_named(section, usual) || is_named(section, called);
        let mut parameters = Mapping::new();
        for (_, section) in self.nodes.iter().filter(|(name, _)| means_it(name)) {
            let Value::Mapping(section) = section else { continue };
            for (key, value) in section {
                merge(&mut parameters, key.clone(), value.clone());
            }
        }
        parameters
    }

    /// Takes parameters that are true or false, and mean nothing to the reader, out of all sections.
    pub fn leave_out_flags(&mut self, keys: &[&str]) -> Result<(), ParameterError> {
        for (node, section) in &mut self.nodes {
            let Value::Mapping(section) = section else { continue };
            for key in keys {
                match section.remove(*key) {
                    None | Some(Value::Bool(_)) => {}
                    Some(_) => {
                        let message = format!("`{key}`: expected true or false");
                        return Err(ParameterError::value(&self.path, node, message));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether there is a section for the node.
    pub fn has(&self, node: &str) -> bool {
        self.nodes.iter().any(|(name, _)| is_named(name, node))
    }

    /// Refuses nodes that nobody took.
    pub fn finish(self, known: &[&str]) -> Result<(), ParameterError> {
        match self.nodes.first() {
            None => Ok(()),
            Some((name, _)) => Err(ParameterError::value(
                &self.path,
                name,
                format!("no such node; expected one of {}", known.join(", ")),
            )),
        }
    }

    fn take(&mut self, node: &str) -> Option<(String, Value)> {
        let at = self.nodes.iter().position(|(name, _)| is_named(name, node))?;
        Some(self.nodes.remove(at))
    }

    fn typed<T: DeserializeOwned>(&self, node: &str, value: Value) -> Result<T, ParameterError> {
        let value = match value {
            Value::Null => Value::Mapping(Mapping::new()),
            value => value,
        };
        serde_path_to_error::deserialize(value).map_err(|error| {
            let key = error.path().to_string();
            let message = match key.as_str() {
                "." => error.inner().to_string(),
                _ => format!("`{key}`: {}", error.inner()),
            };
            ParameterError::value(&self.path, node, message)
        })
    }
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
                for node in ["/**", "control", "sim"] {
                    let _ = file.section(node, node, "/");
                }
            }
        }
    }

    fn parse(text: &str) -> Result<ParameterFile, ParameterError> {
        ParameterFile::parse(Path::new("robot.yaml"), text)
    }

    #[test]
    fn dotted_and_nested_keys_are_the_same() {
        let mut file = parse("/control:\n  ros__parameters:\n    a.b.c: 1\n    a: {b: {d: 2}}\n").unwrap();
        let value: Value = file.required("control").unwrap();
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
        assert_eq!(file.section("/**", "/**", "/left")["d"], Value::from(4));
    }

    #[test]
    fn a_pattern_of_joint_names_is_no_dotted_key() {
        let mut file = parse("control:\n  ros__parameters:\n    kp: {'.*_knee': 1, 'left_.*': 2}\n").unwrap();
        let value: Value = file.required("control").unwrap();
        assert_eq!(value["kp"][".*_knee"], Value::from(1));
        assert_eq!(value["kp"]["left_.*"], Value::from(2));
    }

    #[test]
    fn errors_name_file_node_and_key() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Node {
            #[allow(dead_code, reason = "only its absence and type matter here")]
            rate_hz: f64,
        }
        let mut file = parse("control:\n  ros__parameters:\n    rate_hz: fast\n").unwrap();
        let error = file.required::<Node>("control").unwrap_err().to_string();
        assert!(
            error.contains("robot.yaml") && error.contains("control") && error.contains("rate_hz"),
            "{error}"
        );
        let mut file = parse("control:\n  ros__parameters:\n    rate_hz: 1.0\n    ratehz: 2\n").unwrap();
        let error = file.required::<Node>("control").unwrap_err().to_string();
        assert!(
            error.contains("ratehz") && error.contains("expected `rate_hz`"),
            "{error}"
        );
    }

    #[test]
    fn flags_that_mean_nothing_to_the_reader_are_left_out_of_all_sections() {
        let file = |flag: &str| {
            let text = format!(
                "/**: {{ros__parameters: {{use_sim_time: {flag}}}}}\n\
                 follow: {{ros__parameters: {{use_sim_time: {flag}, speed: 1}}}}"
            );
            parse(&text).unwrap()
        };
        let mut left = file("true");
        left.leave_out_flags(&["use_sim_time", "autostart"]).unwrap();
        let [common, follow] = ["/**", "follow"].map(|node| left.required::<Value>(node).unwrap());
        assert_eq!(common, Value::Mapping(Mapping::new()));
        assert_eq!(follow["speed"], Value::from(1));
        assert!(follow.get("use_sim_time").is_none());
        let error = file("3").leave_out_flags(&["use_sim_time"]).unwrap_err().to_string();
        assert!(error.contains("`use_sim_time`: expected true or false"), "{error}");
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
    fn a_node_that_nobody_knows_is_refused() {
        let file = parse("contrl:\n  ros__parameters: {}\n").unwrap();
        let error = file.finish(&["control"]).unwrap_err().to_string();
        assert!(error.contains("contrl") && error.contains("control"), "{error}");
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
