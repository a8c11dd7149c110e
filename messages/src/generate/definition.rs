//! A definition, as it was read.

/// A `.msg` file, or one half of a `.srv` file.
#[derive(Debug, Default)]
pub(super) struct Definition {
    pub(super) fields: Vec<Field>,
    pub(super) constants: Vec<Constant>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) base: Base,
    pub(super) shape: Shape,
    /// Type and name, as written.
    pub(super) declaration: String,
    /// What it is when nobody says anything else. None where that is zero, false or empty.
    pub(super) default: Option<Vec<Literal>>,
}

#[derive(Debug)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) base: Base,
    pub(super) declaration: String,
    pub(super) value: Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
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
pub(super) struct Integer {
    pub(super) rust: &'static str,
    pub(super) least: i128,
    pub(super) most: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    Array(usize),
    Sequence,
}

/// A value of a primitive type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Bool(bool),
    Integer(i128),
    Float32(f32),
    Float64(f64),
    Text(String),
}

impl Literal {
    /// Whether this is what the type's own `Default` gives.
    pub(super) fn is_default(&self) -> bool {
        match self {
            Self::Bool(value) => !value,
            Self::Integer(value) => *value == 0,
            Self::Float32(value) => value.to_bits() == 0,
            Self::Float64(value) => value.to_bits() == 0,
            Self::Text(text) => text.is_empty(),
        }
    }
}
