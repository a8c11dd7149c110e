//! What can be wrong with a message, or with its bytes.

use std::fmt::Display;

/// A value cannot be written as CDR.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A sequence or a string is longer than its 32-bit length can say.
    #[error("a sequence of {0} elements does not fit: its length is written in 32 bits")]
    TooLong(usize),
    /// CDR has no form for this kind of value; no ROS 2 message contains one.
    #[error("CDR has no form for {0}")]
    Unsupported(&'static str),
    /// What the value's own `Serialize` reported.
    #[error("{0}")]
    Custom(String),
}

impl serde::ser::Error for EncodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

/// Bytes that are not the message that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {type_name}: at byte {offset} of {length}, {problem}")]
pub struct DecodeError {
    /// The Rust type that was to be read.
    pub type_name: &'static str,
    /// Where reading stopped, counted from the first byte of the encapsulation header.
    pub offset: usize,
    /// How many bytes there were.
    pub length: usize,
    /// What was wrong there.
    pub problem: Problem,
}

/// What was expected and what was found instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes end too early.
    #[error("expected {expected} in {needed} more bytes, and {found} are left")]
    Ends {
        /// What was to be read.
        expected: &'static str,
        /// How many bytes it takes.
        needed: usize,
        /// How many are left.
        found: usize,
    },
    /// The encapsulation header names another representation.
    #[error("expected the representation 00 00 (CDR_BE) or 00 01 (CDR_LE), and found {:02x} {:02x}", .0[0], .0[1])]
    Representation([u8; 2]),
    /// A sequence says that it has more elements than there are bytes.
    #[error("expected a sequence of {elements} elements, and only {found} bytes are left")]
    Sequence {
        /// How many elements the sequence says that it has.
        elements: u32,
        /// How many bytes are left.
        found: usize,
    },
    /// Neither true nor false.
    #[error("expected a bool, 0 or 1, and found {0}")]
    Bool(u8),
    /// A string in another encoding.
    #[error("expected a string in UTF-8, and found other bytes")]
    Utf8,
    /// CDR has no form for this kind of value; no ROS 2 message contains one.
    #[error("CDR has no form for {0}")]
    Unsupported(&'static str),
    /// What the type's own `Deserialize` reported.
    #[error("{0}")]
    Custom(String),
}

impl serde::de::Error for Problem {
    fn custom<T: Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}
