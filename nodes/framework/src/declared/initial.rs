//! The values that a node starts with: from a parameter file and the command line.

use std::path::{Path, PathBuf};

use serde_yaml_ng::{Mapping, Value as Yaml};
use sinew_files::MAX_DEPTH;
use thiserror::Error;

use super::schema::Schema;
use super::spec::{shown, to_yaml};
use super::store::SetError;
use super::value::{Value, shortened};
use super::{Declared, NodeParams, tree};

/// Why a node cannot start with the parameters that it was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{origin}: node `{node}`: {message}")]
pub struct InitialError {
    /// The file, or the command line's argument.
    pub origin: String,
    /// The node, as it is written there.
    pub node: String,
    /// The key, what was expected and what was found.
    pub message: String,
}

/// Values for one node from one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    origin: String,
    node: String,
    values: Mapping,
    /// Whether keys that the node does not know are another node's.
    shared: bool,
    /// Where relative paths lie, if not where those of other layers do.
    folder: Option<PathBuf>,
}

impl Layer {
    /// The parameters under `section`, such as `control` or `/left/control`, of the file `origin`.
    /// Keys may be nested or dotted.
    pub fn section(origin: impl Into<String>, section: impl Into<String>, values: Mapping) -> Self {
        Self {
            origin: origin.into(),
            node: section.into(),
            values,
            shared: false,
            folder: None,
        }
    }

    /// The parameters under a `section` for several nodes, such as `/**`, where a key may be meant for
    /// another one.
    pub fn shared(origin: impl Into<String>, section: impl Into<String>, values: Mapping) -> Self {
        Self {
            shared: true,
            ..Self::section(origin, section, values)
        }
    }

    /// `-p name:=yaml` on the command line of `node`; `shared` where it was given for all nodes.
    ///
    /// # Errors
    /// Where the value is no YAML.
    pub fn argument(node: &str, name: &str, yaml: &str, shared: bool) -> Result<Self, InitialError> {
        let origin = format!("-p {}:={}", shortened(name), shortened(yaml));
        let refused = |message: String| InitialError {
            origin: origin.clone(),
            node: node.to_owned(),
            message: format!("`{}`: expected {message}", shortened(name)),
        };
        if name.matches('.').count() >= MAX_DEPTH {
            return Err(refused(format!("a name of at most {MAX_DEPTH} levels, found more")));
        }
        let value = sinew_files::yaml(yaml).map_err(|error| refused(format!("a value as in YAML: {error}")))?;
        Ok(Self {
            origin,
            node: node.to_owned(),
            values: Mapping::from_iter([(name.into(), value)]),
            shared,
            folder: None,
        })
    }

    /// Relative paths of files lie in this folder, if one is given.
    #[must_use]
    pub fn beside(self, folder: Option<PathBuf>) -> Self {
        Self { folder, ..self }
    }

    /// The path that a parameter's text means.
    fn path(&self, text: &str) -> String {
        match &self.folder {
            Some(folder) => folder.join(Path::new(text)).display().to_string(),
            None => text.to_owned(),
        }
    }

    fn error(&self, message: String) -> InitialError {
        InitialError {
            origin: self.origin.clone(),
            node: self.node.clone(),
            message,
        }
    }

    /// Puts the values under `prefix` into `tree`.
    fn pour(&self, schema: &Schema, prefix: &str, values: &Mapping, tree: &mut Mapping) -> Result<(), String> {
        for (key, value) in values {
            let Some(key) = key.as_str() else {
                return Err(format!("expected the name of a parameter, found {}", shown(key)));
            };
            let name = match prefix {
                "" => key.to_owned(),
                prefix => format!("{prefix}.{key}"),
            };
            if let Some(at) = schema.position(&name) {
                let read = schema.specs[at].read(value);
                let mut value = read.map_err(|unfit| SetError::unfit(&name, unfit).to_string())?;
                let texts = match &mut value {
                    Value::String(text) => std::slice::from_mut(text),
                    Value::StringArray(texts) => texts,
                    _ => &mut [],
                };
                for text in texts.iter_mut().filter(|text| schema.is_path(&name, text)) {
                    *text = self.path(text);
                }
                tree::put(tree, &name, to_yaml(&value));
            } else if schema.takes_anything(&name) {
                let value = match value.as_str() {
                    Some(text) if schema.is_path(&name, text) => self.path(text).into(),
                    _ => value.clone(),
                };
                tree::put(tree, &name, value);
            } else if !schema.has_below(&name) {
                if !self.shared {
                    return Err(schema.unknown(&name).to_string());
                }
            } else if let Yaml::Mapping(inner) = value {
                self.pour(schema, &name, inner, tree)?;
            } else {
                return Err(format!(
                    "`{name}`: expected parameters below it, found {}",
                    shown(value)
                ));
            }
        }
        Ok(())
    }
}

impl<P: NodeParams, C: NodeParams> Declared<P, C> {
    /// The parameters of `node` from `layers`, of which later ones win, with the structs' defaults for
    /// what none of them gives. A whole number is taken for a double.
    ///
    /// # Errors
    /// Names the layer, the node, the key, what was expected and what was found.
    pub fn from_layers(node: &str, layers: &[Layer]) -> Result<Self, InitialError> {
        let of_all = |error: SetError| {
            let mut origins: Vec<&str> = layers.iter().map(|layer| layer.origin.as_str()).collect();
            origins.dedup();
            InitialError {
                origin: match &origins[..] {
                    [] => "no parameter file".to_owned(),
                    origins => origins.join(", "),
                },
                node: node.to_owned(),
                message: error.to_string(),
            }
        };
        let schema = Self::schema().map_err(of_all)?;
        let mut tree = Mapping::new();
        for layer in layers {
            let poured = layer.pour(&schema, "", &layer.values, &mut tree);
            poured.map_err(|message| layer.error(message))?;
        }
        Self::checked(schema, tree).map_err(of_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_has_the_limits_of_a_file() {
        let refusal = |name: &str, yaml: &str| Layer::argument("gait", name, yaml, false).unwrap_err().to_string();
        let name = vec!["a"; 60_000].join(".");
        assert!(refusal(&name, "1").contains("at most 100 levels"));
        assert!(refusal("rate_hz", &"[".repeat(60_000)).contains("nested more than 100 deep"));
    }
}
