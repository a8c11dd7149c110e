//! The parameters of one node: typed for the node, flat for ROS 2.

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_yaml_ng::{Mapping, Value as Yaml};
use thiserror::Error;

use super::NodeParams;
use super::schema::Schema;
use super::spec::{Spec, ValueMismatch, shown, to_yaml};
use super::tree;
use super::value::{Parameter, Value};

/// Why parameters were not set. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetError {
    /// The node has no such parameter.
    #[error("`{name}`: no such parameter{}", did_you_mean(.similar.as_deref()))]
    Unknown {
        /// What was asked for.
        name: String,
        /// A parameter with a name like it.
        similar: Option<String>,
    },
    /// It keeps the value that it was started with, or is no parameter of ROS 2's types.
    #[error("`{name}` is read-only: give it when the node starts, in its parameter file or with `-p {name}:=…`")]
    ReadOnly {
        /// The parameter.
        name: String,
    },
    /// The node is at work, and works with the value that it has.
    #[error("`{name}` cannot change while the node is active: deactivate it, set this, activate it again")]
    Active {
        /// The parameter.
        name: String,
    },
    /// The value has another type, or is outside the range.
    #[error("`{name}`: expected {expected}, found {found}")]
    Value {
        /// The parameter.
        name: String,
        /// What it takes.
        expected: String,
        /// What it was given.
        found: String,
    },
    /// The parameters do not go together.
    #[error("{0}")]
    Together(String),
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

impl SetError {
    pub(super) fn unfit(name: &str, unfit: ValueMismatch) -> Self {
        Self::Value {
            name: name.to_owned(),
            expected: unfit.expected,
            found: unfit.found,
        }
    }
}

/// What a set has changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Parameters that had no value before.
    pub new: Vec<Parameter>,
    /// Parameters that have another value.
    pub changed: Vec<Parameter>,
    /// Parameters that have no value any more.
    pub deleted: Vec<Parameter>,
}

impl Changes {
    /// Whether nothing is another than before.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.deleted.is_empty()
    }

    /// Adds what changed after that.
    pub fn extend(&mut self, later: Self) {
        self.new.extend(later.new);
        self.changed.extend(later.changed);
        self.deleted.extend(later.deleted);
    }

    fn note(&mut self, name: &str, before: &Value, after: &Value) {
        let list = match (before, after) {
            (before, after) if before == after => return,
            (Value::NotSet, _) => &mut self.new,
            (_, Value::NotSet) => &mut self.deleted,
            _ => &mut self.changed,
        };
        list.push(Parameter::new(name, after.clone()));
    }
}

/// The common parameters of a node that has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoCommon {}

impl NodeParams for NoCommon {}

/// The parameters of one node: its own `P`, and those `C` that every node has. To ROS 2 they are one
/// list, the common ones last. A field that both have is one parameter, and has one value.
#[derive(Debug, Clone)]
pub struct Declared<P, C = NoCommon> {
    own: P,
    common: C,
    pub(super) schema: Schema,
    keys: Keys,
    /// All parameters as YAML: what a set changes before it becomes `own` and `common`.
    tree: Mapping,
    /// In the order of the schema.
    values: Vec<Value>,
}

impl<P: NodeParams, C: NodeParams> Declared<P, C> {
    /// Parameters with the values that they have in `own` and `common`, which are checked.
    ///
    /// # Errors
    /// With the parameter whose value does not fit.
    pub fn new(own: P, common: C) -> Result<Self, SetError> {
        let schema = Self::schema()?;
        let tree = to_tree(&own, &common)?;
        Self::checked(schema, tree)
    }

    pub(super) fn schema() -> Result<Schema, SetError> {
        let mut schema = Schema::of::<P>();
        schema.extend(Schema::of::<C>()).map_err(|twice| {
            SetError::Together(format!(
                "`{twice}` is declared twice, with different types: every node has it; give the node's own another name"
            ))
        })?;
        Ok(schema)
    }

    /// Reads all parameters from YAML, with the structs' defaults for what is missing.
    pub(super) fn checked(schema: Schema, tree: Mapping) -> Result<Self, SetError> {
        let keys = Keys {
            own: Schema::of::<P>().fields(),
            common: Schema::of::<C>().fields(),
        };
        let (own, common) = keys.typed::<P, C>(tree)?;
        let tree = to_tree(&own, &common)?;
        let values = values(&schema, &tree)?;
        Ok(Self {
            own,
            common,
            schema,
            keys,
            tree,
            values,
        })
    }

    /// The names of all parameters, and of the fields that take any YAML.
    pub fn names() -> Vec<String> {
        let schemas = [Schema::of::<P>(), Schema::of::<C>()];
        let names = schemas
            .iter()
            .flat_map(|schema| schema.specs.iter().map(|spec| &spec.name).chain(&schema.free));
        names.cloned().collect()
    }

    /// The node's own parameters.
    pub fn value(&self) -> &P {
        &self.own
    }

    /// The parameters that every node has.
    pub fn common(&self) -> &C {
        &self.common
    }

    /// Every parameter: what is declared of it, and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&Spec, &Value)> {
        self.schema.specs.iter().zip(&self.values)
    }

    /// The parameter of that name.
    pub fn find(&self, name: &str) -> Option<(&Spec, &Value)> {
        let at = self.schema.position(name)?;
        Some((&self.schema.specs[at], &self.values[at]))
    }

    /// Sets all of `parameters`, in order, or none. `active` says whether the node is.
    ///
    /// # Errors
    /// With the parameter that does not fit, or may not be set; then none is set.
    pub fn apply(&mut self, parameters: &[Parameter], active: bool) -> Result<Changes, SetError> {
        let mut tree = self.tree.clone();
        for Parameter { name, value } in parameters {
            let Some((spec, _)) = self.find(name) else {
                return Err(self.schema.unknown(name));
            };
            if spec.read_only {
                return Err(SetError::ReadOnly { name: name.clone() });
            }
            if active && !spec.live {
                return Err(SetError::Active { name: name.clone() });
            }
            let value = spec.accept(value).map_err(|unfit| SetError::unfit(name, unfit))?;
            tree::put(&mut tree, name, to_yaml(&value));
        }
        let (own, common) = self.keys.typed::<P, C>(tree)?;
        let tree = to_tree(&own, &common)?;
        let values = values(&self.schema, &tree)?;
        let mut changes = Changes::default();
        for ((spec, before), after) in self.iter().zip(&values) {
            changes.note(&spec.name, before, after);
        }
        (self.own, self.common, self.tree, self.values) = (own, common, tree, values);
        Ok(changes)
    }

    /// Every value as new: what a node tells when it has started.
    pub fn declaration(&self) -> Changes {
        let mut changes = Changes::default();
        for (spec, value) in self.iter() {
            changes.note(&spec.name, &Value::NotSet, value);
        }
        changes
    }
}

/// All parameters as YAML. What both structs have must be the same in both.
fn to_tree<P: NodeParams, C: NodeParams>(own: &P, common: &C) -> Result<Mapping, SetError> {
    let mut tree = mapping(own)?;
    for (key, value) in mapping(common)? {
        if let Some(own) = tree.get(&key)
            && *own != value
        {
            return Err(SetError::Together(format!(
                "`{}`: expected the same for the node as for every node, found {} and {}",
                key.as_str().unwrap_or_default(),
                shown(own),
                shown(&value)
            )));
        }
        tree.insert(key, value);
    }
    Ok(tree)
}

fn mapping<T: Serialize + Debug>(params: &T) -> Result<Mapping, SetError> {
    match serde_yaml_ng::to_value(params) {
        Ok(Yaml::Mapping(mapping)) => Ok(mapping),
        Ok(_) => Err(SetError::Together(
            "parameters must be a struct with named fields".to_owned(),
        )),
        Err(error) => Err(SetError::Together(error.to_string())),
    }
}

/// Which fields of the tree belong to which struct; some to both.
#[derive(Debug, Clone)]
struct Keys {
    own: Vec<String>,
    common: Vec<String>,
}

impl Keys {
    fn typed<P: NodeParams, C: NodeParams>(&self, mut tree: Mapping) -> Result<(P, C), SetError> {
        let mut of_all = Mapping::new();
        for key in &self.common {
            let value = if self.own.contains(key) {
                tree.get(key).cloned()
            } else {
                tree.remove(key)
            };
            if let Some(value) = value {
                of_all.insert(key.as_str().into(), value);
            }
        }
        let (own, common): (P, C) = (typed(tree)?, typed(of_all)?);
        own.validate()
            .and_then(|()| common.validate())
            .map_err(SetError::Together)?;
        Ok((own, common))
    }
}

fn typed<T: DeserializeOwned>(tree: Mapping) -> Result<T, SetError> {
    serde_path_to_error::deserialize(Yaml::Mapping(tree)).map_err(|error| {
        SetError::Together(match error.path().to_string().as_str() {
            "." => error.inner().to_string(),
            path => format!("`{path}`: {}", error.inner()),
        })
    })
}

/// The value of every parameter in `tree`, checked.
fn values(schema: &Schema, tree: &Mapping) -> Result<Vec<Value>, SetError> {
    let value = |spec: &Spec| {
        let yaml = tree::at(tree, &spec.name).unwrap_or(&Yaml::Null);
        spec.read(yaml).map_err(|unfit| SetError::unfit(&spec.name, unfit))
    };
    schema.specs.iter().map(value).collect()
}
