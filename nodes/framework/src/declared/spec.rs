//! What is declared of one parameter, and whether a value fits it.

use serde_yaml_ng::Value as Yaml;
use sinew_control::ranges::Range;

use super::value::{Type, Value, shortened};

/// What is declared of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Its name, the parts separated by dots.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// What it does, for people.
    pub description: String,
    /// The numbers that it takes; any where there is none.
    pub range: Option<Range>,
    /// The strings that it takes; any where there are none.
    pub choices: Vec<String>,
    /// Whether it keeps the value that it had when the node was started.
    pub read_only: bool,
    /// Whether it may change while the node is active.
    pub live: bool,
    /// Whether it may be without a value.
    pub optional: bool,
}

/// Why a value does not fit: what was expected, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueMismatch {
    pub(super) expected: String,
    pub(super) found: String,
}

impl Spec {
    /// Checks a value that shall be set; gives it with the declared type.
    pub(super) fn accept(&self, value: &Value) -> Result<Value, ValueMismatch> {
        let unfit = |found| {
            Err(ValueMismatch {
                expected: self.expectation(),
                found,
            })
        };
        if let (true, Some(empty)) = (value.is_empty_array(), self.empty()) {
            return Ok(empty);
        }
        match (value, self.kind) {
            (Value::NotSet, _) if self.optional => Ok(Value::NotSet),
            (value, kind) if value.kind() == kind => match self.first_outside(value) {
                Some(found) => unfit(found),
                None => Ok(value.clone()),
            },
            (Value::Integer(integer), Type::Double) => unfit(format!("integer {integer}; write {integer}.0")),
            (Value::IntegerArray(_), Type::DoubleArray) => {
                unfit(format!("{value}; write each number with a point, for example 1.0"))
            }
            (value, _) => unfit(value.to_string()),
        }
    }

    /// Reads a value from YAML, where a whole number is a double too.
    pub(super) fn read(&self, yaml: &Yaml) -> Result<Value, ValueMismatch> {
        let value = match (self.kind, yaml) {
            (_, Yaml::Null) => Some(Value::NotSet),
            (Type::Bool, yaml) => yaml.as_bool().map(Value::Bool),
            (Type::Integer, yaml) => yaml.as_i64().map(Value::Integer),
            (Type::Double, yaml) => yaml.as_f64().map(Value::Double),
            (Type::String, yaml) => yaml.as_str().map(|text| Value::String(text.to_owned())),
            (Type::BoolArray, Yaml::Sequence(all)) => each(all, Yaml::as_bool).map(Value::BoolArray),
            (Type::IntegerArray, Yaml::Sequence(all)) => each(all, Yaml::as_i64).map(Value::IntegerArray),
            (Type::DoubleArray, Yaml::Sequence(all)) => each(all, Yaml::as_f64).map(Value::DoubleArray),
            (Type::StringArray, Yaml::Sequence(all)) => {
                each(all, |yaml| yaml.as_str().map(str::to_owned)).map(Value::StringArray)
            }
            _ => None,
        };
        match value {
            Some(value) => self.accept(&value),
            None => Err(ValueMismatch {
                expected: self.expectation(),
                found: shown(yaml),
            }),
        }
    }

    /// What a value must be, for people.
    pub(super) fn expectation(&self) -> String {
        let kind = self.kind.name();
        match (&self.range, &self.choices[..]) {
            (Some(range), _) => range.expectation(kind),
            (None, []) => kind.to_owned(),
            (None, choices) => format!("one of {}", choices.join(", ")),
        }
    }

    /// What ROS 2 tools show besides type, range and description.
    pub(super) fn constraints(&self) -> String {
        let mut said = Vec::new();
        if !self.choices.is_empty() {
            said.push(self.expectation());
        }
        if self.optional {
            said.push("may be without a value".to_owned());
        }
        match (self.read_only, self.live) {
            (true, _) => said.push("given when the node starts".to_owned()),
            (_, true) => said.push("may change while the node is active".to_owned()),
            _ => said.push("may change while the node is not active; counts from the next activation".to_owned()),
        }
        said.join("; ")
    }

    /// The first part of `value` outside the range or choices.
    fn first_outside(&self, value: &Value) -> Option<String> {
        let integers = |all: &[i64]| {
            let range = self.range?;
            (all.iter().find(|x| !range.has_integer(i128::from(**x)))).map(i64::to_string)
        };
        let doubles = |all: &[f64]| {
            let range = self.range?;
            all.iter().find(|x| !range.has_double(**x)).map(|x| format!("{x:?}"))
        };
        let strings = |all: &[String]| match &self.choices[..] {
            [] => None,
            choices => (all.iter().find(|x| !choices.contains(x))).map(|x| shortened(&format!("{x:?}"))),
        };
        match value {
            Value::Integer(x) => integers(&[*x]),
            Value::IntegerArray(all) => integers(all),
            Value::Double(x) => doubles(&[*x]),
            Value::DoubleArray(all) => doubles(all),
            Value::String(x) => strings(std::slice::from_ref(x)),
            Value::StringArray(all) => strings(all),
            _ => None,
        }
    }

    /// An array of the declared type without elements.
    fn empty(&self) -> Option<Value> {
        match self.kind {
            Type::BoolArray => Some(Value::BoolArray(Vec::new())),
            Type::IntegerArray => Some(Value::IntegerArray(Vec::new())),
            Type::DoubleArray => Some(Value::DoubleArray(Vec::new())),
            Type::StringArray => Some(Value::StringArray(Vec::new())),
            _ => None,
        }
    }
}

fn each<'a, T>(all: &'a [Yaml], read: impl Fn(&'a Yaml) -> Option<T>) -> Option<Vec<T>> {
    all.iter().map(read).collect()
}

/// A value as YAML.
pub(super) fn to_yaml(value: &Value) -> Yaml {
    fn all<T: Clone + Into<Yaml>>(values: &[T]) -> Yaml {
        Yaml::Sequence(values.iter().cloned().map(Into::into).collect())
    }
    match value {
        Value::NotSet => Yaml::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::String(value) => value.clone().into(),
        Value::ByteArray(values) => all(values),
        Value::BoolArray(values) => all(values),
        Value::IntegerArray(values) => all(values),
        Value::DoubleArray(values) => all(values),
        Value::StringArray(values) => all(values),
    }
}

/// A piece of YAML, for messages.
pub(super) fn shown(yaml: &Yaml) -> String {
    match yaml {
        Yaml::Null => "no value".to_owned(),
        Yaml::Bool(value) => format!("boolean {value}"),
        Yaml::Number(number) => format!("number {number}"),
        Yaml::String(text) => format!("string {}", shortened(&format!("{text:?}"))),
        Yaml::Sequence(all) => match all.iter().find(|yaml| !matches!(yaml, Yaml::Number(_))) {
            Some(odd) if !matches!(odd, Yaml::Sequence(_)) => format!("a list with {}", shown(odd)),
            Some(_) => "a list of lists".to_owned(),
            None => format!("a list of {} numbers", all.len()),
        },
        Yaml::Mapping(_) => "a mapping".to_owned(),
        Yaml::Tagged(tagged) => format!("a value with the tag {}", shortened(&tagged.tag.to_string())),
    }
}
