//! A definition, as it was read.

/// A `.msg` file, or one half of a `.srv` file.
#[derive(Debug, Default)]
pub(crate) struct Definition {
    pub(crate) fields: Vec<Field>,
    pub(crate) constants: Vec<Constant>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) base: Base,
    pub(crate) shape: Shape,
    /// Type and name, as written.
    pub(crate) declaration: String,
    /// What it is when nobody says anything else. None where that is zero, false or empty.
    pub(crate) default: Option<Vec<Literal>>,
}

#[derive(Debug)]
pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) base: Base,
    pub(crate) declaration: String,
    pub(crate) value: Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    Bool,
    Integer(Integer),
    Float32,
    Float64,
    Text,
    /// Another message, of the same package where none is named.
    Message {
        package: Option<String>,
        name: String,
    },
}

/// A whole number: its type in Rust, and what fits into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Integer {
    pub(crate) rust: &'static str,
    pub(crate) least: i128,
    pub(crate) most: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    Array(usize),
    Sequence,
}

/// A value of a primitive type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Integer(i128),
    Float32(f32),
    Float64(f64),
    Text(String),
}

impl Literal {
    /// Whether this is what the type's own `Default` gives.
    pub(crate) fn is_default(&self) -> bool {
        match self {
            Self::Bool(value) => !value,
            Self::Integer(value) => *value == 0,
            Self::Float32(value) => value.to_bits() == 0,
            Self::Float64(value) => value.to_bits() == 0,
            Self::Text(text) => text.is_empty(),
        }
    }
}
