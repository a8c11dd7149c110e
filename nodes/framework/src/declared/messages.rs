//! The answers to ROS 2's parameter services, in `rcl_interfaces`.

use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::rcl_interfaces::msg;

use super::spec::Spec;
use super::store::{Changes, Declared, SetError};
use super::value::{Parameter, Value, shortened};
use super::{NodeParams, Range, Type};

impl From<Value> for msg::ParameterValue {
    fn from(value: Value) -> Self {
        let mut message = Self {
            r#type: value.kind().id(),
            ..Self::default()
        };
        match value {
            Value::NotSet => {}
            Value::Bool(value) => message.bool_value = value,
            Value::Integer(value) => message.integer_value = value,
            Value::Double(value) => message.double_value = value,
            Value::String(value) => message.string_value = value,
            Value::ByteArray(values) => message.byte_array_value = values,
            Value::BoolArray(values) => message.bool_array_value = values,
            Value::IntegerArray(values) => message.integer_array_value = values,
            Value::DoubleArray(values) => message.double_array_value = values,
            Value::StringArray(values) => message.string_array_value = values,
        }
        message
    }
}

impl From<Parameter> for msg::Parameter {
    fn from(parameter: Parameter) -> Self {
        Self {
            name: parameter.name,
            value: parameter.value.into(),
        }
    }
}

impl TryFrom<msg::Parameter> for Parameter {
    type Error = SetError;

    fn try_from(msg::Parameter { name, value }: msg::Parameter) -> Result<Self, SetError> {
        let value = match value.r#type {
            0 => Value::NotSet,
            1 => Value::Bool(value.bool_value),
            2 => Value::Integer(value.integer_value),
            3 => Value::Double(value.double_value),
            4 => Value::String(value.string_value),
            5 => Value::ByteArray(value.byte_array_value),
            6 => Value::BoolArray(value.bool_array_value),
            7 => Value::IntegerArray(value.integer_array_value),
            8 => Value::DoubleArray(value.double_array_value),
            9 => Value::StringArray(value.string_array_value),
            other => {
                return Err(SetError::Value {
                    name: shortened(&name),
                    expected: "one of the types 0 to 9 of rcl_interfaces/msg/ParameterType".to_owned(),
                    found: format!("type {other}"),
                });
            }
        };
        Ok(Self { name, value })
    }
}

impl From<&Spec> for msg::ParameterDescriptor {
    fn from(spec: &Spec) -> Self {
        let mut message = Self {
            name: spec.name.clone(),
            r#type: spec.kind.id(),
            description: spec.description.clone(),
            additional_constraints: spec.constraints(),
            read_only: spec.read_only,
            ..Self::default()
        };
        match spec.range {
            Some(Range::Integer(from_value, to_value)) => message.integer_range.push(msg::IntegerRange {
                from_value,
                to_value,
                step: 0,
            }),
            Some(Range::Double(from_value, to_value)) => message.floating_point_range.push(msg::FloatingPointRange {
                from_value,
                to_value,
                step: 0.0,
            }),
            None => {}
        }
        message
    }
}

impl Changes {
    /// What goes out on `/parameter_events` for the node with this full name, such as `/left/control`.
    pub fn event(self, node: &str, stamp: Time) -> msg::ParameterEvent {
        let messages = |list: Vec<Parameter>| list.into_iter().map(Into::into).collect();
        msg::ParameterEvent {
            stamp,
            node: node.to_owned(),
            new_parameters: messages(self.new),
            changed_parameters: messages(self.changed),
            deleted_parameters: messages(self.deleted),
        }
    }
}

impl<P: NodeParams, C: NodeParams> Declared<P, C> {
    /// The answer to `~/list_parameters`: names that are, or are below, one of `prefixes`, all where
    /// there is none, with less than `depth` dots after it, any number where `depth` is 0.
    pub fn list(&self, prefixes: &[String], depth: u64) -> msg::ListParametersResult {
        let is_shallow = |rest: &str| depth == 0 || (rest.matches('.').count() as u64) < depth;
        let is_below = |name: &str, prefix: &str| match name.strip_prefix(prefix) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('.').is_some_and(is_shallow),
            None => false,
        };
        let is_listed = |name: &str| match prefixes {
            [] => is_shallow(name),
            prefixes => prefixes.iter().any(|prefix| is_below(name, prefix)),
        };
        let mut listed = msg::ListParametersResult::default();
        for (spec, _) in self.iter().filter(|(spec, _)| is_listed(&spec.name)) {
            listed.names.push(spec.name.clone());
            if let Some((prefix, _)) = spec.name.rsplit_once('.')
                && !listed.prefixes.iter().any(|known| known == prefix)
            {
                listed.prefixes.push(prefix.to_owned());
            }
        }
        listed
    }

    /// The answer to `~/get_parameters`: a value for each name, not set for names that nobody knows.
    pub fn get(&self, names: &[String]) -> Vec<msg::ParameterValue> {
        let value = |name: &String| self.find(name).map_or(Value::NotSet, |(_, value)| value.clone());
        names.iter().map(|name| value(name).into()).collect()
    }

    /// The answer to `~/get_parameter_types`: that of each value, as [`get`](Self::get) gives it.
    pub fn types(&self, names: &[String]) -> Vec<u8> {
        let kind = |name: &String| self.find(name).map_or(Type::NotSet, |(_, value)| value.kind());
        names.iter().map(|name| kind(name).id()).collect()
    }

    /// The answer to `~/describe_parameters`: a name that nobody knows has a description without type.
    pub fn describe(&self, names: &[String]) -> Vec<msg::ParameterDescriptor> {
        let describe = |name: &String| match self.find(name) {
            Some((spec, _)) => spec.into(),
            None => msg::ParameterDescriptor {
                name: name.clone(),
                ..Default::default()
            },
        };
        names.iter().map(describe).collect()
    }

    /// The answer to `~/set_parameters`, where each parameter is set or refused by itself, and what
    /// has changed. `active` says whether the node is.
    pub fn set(&mut self, parameters: &[msg::Parameter], active: bool) -> (Vec<msg::SetParametersResult>, Changes) {
        let mut all = Changes::default();
        let mut set = |parameter| {
            let (result, changes) = self.set_atomically(std::slice::from_ref(parameter), active);
            all.extend(changes);
            result
        };
        let results = parameters.iter().map(&mut set).collect();
        (results, all)
    }

    /// The answer to `~/set_parameters_atomically`, where all parameters are set or none, and what has
    /// changed.
    pub fn set_atomically(
        &mut self,
        parameters: &[msg::Parameter],
        active: bool,
    ) -> (msg::SetParametersResult, Changes) {
        let parameters: Result<Vec<Parameter>, SetError> = parameters.iter().cloned().map(TryInto::try_into).collect();
        match parameters.and_then(|parameters| self.apply(&parameters, active)) {
            Ok(changes) => (
                msg::SetParametersResult {
                    successful: true,
                    reason: String::new(),
                },
                changes,
            ),
            Err(error) => (
                msg::SetParametersResult {
                    successful: false,
                    reason: error.to_string(),
                },
                Changes::default(),
            ),
        }
    }
}
