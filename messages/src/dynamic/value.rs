//! Values of messages whose types are known from their schemas.

use super::Path;

/// A value in a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number with a sign, of whichever size.
    Int(i64),
    /// A whole number without a sign, of whichever size.
    Uint(u64),
    /// A `float32`.
    Float32(f32),
    /// A `float64`.
    Float64(f64),
    /// A string.
    Text(String),
    /// Several bytes.
    Bytes(Vec<u8>),
    /// Several of anything else.
    List(Vec<Value>),
    /// A message: its fields, in the order of its type.
    Message(Vec<Value>),
}

impl Value {
    /// The value in a message that `path` leads to. None where this is no message of the path's schema.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.0.iter().try_fold(self, |value, field| match value {
            Value::Message(fields) => fields.get(*field),
            _ => None,
        })
    }

    /// A number of whichever type. None where this is no number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(*value as f64),
            Value::Uint(value) => Some(*value as f64),
            Value::Float32(value) => Some(f64::from(*value)),
            Value::Float64(value) => Some(*value),
            _ => None,
        }
    }

    /// One number, or several. None where this has something else.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Value::List(values) => values.iter().map(Value::number).collect(),
            Value::Bytes(bytes) => Some(bytes.iter().map(|byte| f64::from(*byte)).collect()),
            other => Some(vec![other.number()?]),
        }
    }
}
