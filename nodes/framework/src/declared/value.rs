//! Values as ROS 2 knows them.

use std::fmt;

/// The type of a parameter. The discriminants are those of `rcl_interfaces/msg/ParameterType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Type {
    /// No value.
    NotSet = 0,
    /// `true` or `false`.
    Bool = 1,
    /// 64 bits, signed.
    Integer = 2,
    /// 64 bits.
    Double = 3,
    /// Text.
    String = 4,
    /// Bytes. Never declared, but others can send them.
    ByteArray = 5,
    /// Booleans.
    BoolArray = 6,
    /// Integers.
    IntegerArray = 7,
    /// Doubles.
    DoubleArray = 8,
    /// Texts.
    StringArray = 9,
}

impl Type {
    /// The id in `rcl_interfaces/msg/ParameterType`.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// The name that ROS 2 tools show.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotSet => "not set",
            Self::Bool => "boolean",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::String => "string",
            Self::ByteArray => "byte array",
            Self::BoolArray => "boolean array",
            Self::IntegerArray => "integer array",
            Self::DoubleArray => "double array",
            Self::StringArray => "string array",
        }
    }
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// None: only for parameters that may be without.
    NotSet,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A number.
    Double(f64),
    /// Text.
    String(String),
    /// Bytes.
    ByteArray(Vec<u8>),
    /// Booleans.
    BoolArray(Vec<bool>),
    /// Integers.
    IntegerArray(Vec<i64>),
    /// Numbers.
    DoubleArray(Vec<f64>),
    /// Texts.
    StringArray(Vec<String>),
}

impl Value {
    /// Its type.
    pub fn kind(&self) -> Type {
        match self {
            Self::NotSet => Type::NotSet,
            Self::Bool(_) => Type::Bool,
            Self::Integer(_) => Type::Integer,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::ByteArray(_) => Type::ByteArray,
            Self::BoolArray(_) => Type::BoolArray,
            Self::IntegerArray(_) => Type::IntegerArray,
            Self::DoubleArray(_) => Type::DoubleArray,
            Self::StringArray(_) => Type::StringArray,
        }
    }

    /// Whether it is an array without elements, which says nothing of their type.
    pub(super) fn is_empty_array(&self) -> bool {
        match self {
            Self::ByteArray(values) => values.is_empty(),
            Self::BoolArray(values) => values.is_empty(),
            Self::IntegerArray(values) => values.is_empty(),
            Self::DoubleArray(values) => values.is_empty(),
            Self::StringArray(values) => values.is_empty(),
            _ => false,
        }
    }
}

/// More would drown the rest of a message.
const SHOWN_CHARACTERS: usize = 60;

/// At most [`SHOWN_CHARACTERS`] of `text`.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Type and value, for messages; long ones are cut.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind().name();
        match self {
            Self::NotSet => f.write_str("no value"),
            Self::Bool(value) => write!(f, "{name} {value}"),
            Self::Integer(value) => write!(f, "{name} {value}"),
            Self::Double(value) => write!(f, "{name} {value:?}"),
            Self::String(value) => write!(f, "{name} {}", shortened(&format!("{value:?}"))),
            Self::ByteArray(values) => write!(f, "{name} of {}", values.len()),
            Self::BoolArray(values) => write!(f, "{name} {}", some(values)),
            Self::IntegerArray(values) => write!(f, "{name} {}", some(values)),
            Self::DoubleArray(values) => write!(f, "{name} {}", some(values)),
            Self::StringArray(values) => write!(f, "{name} {}", some(values)),
        }
    }
}

fn some<T: fmt::Debug>(values: &[T]) -> String {
    // No more elements than characters that are shown.
    shortened(&format!("{:?}", &values[..values.len().min(SHOWN_CHARACTERS)]))
}

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name of the parameter, its parts separated by dots.
    pub name: String,
    /// What it is, or shall be.
    pub value: Value,
}

impl Parameter {
    /// A value for the parameter `name`.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}
