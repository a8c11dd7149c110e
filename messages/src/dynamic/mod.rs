//! Messages of types that are known from their schemas alone, as recordings have them.
//!
//! ```
//! use sinew_messages::dynamic::{Schema, Value};
//! use sinew_messages::{Message, cdr, geometry_msgs::msg::Twist, schema};
//!
//! let schema = Schema::parse(Twist::TYPE, &schema::<Twist>())?;
//! let mut twist = Twist::default();
//! twist.angular.z = 0.5;
//! let mut bytes = Vec::new();
//! cdr::encode(&twist, &mut bytes)?;
//!
//! let turn = schema.path("angular.z").unwrap();
//! assert_eq!(schema.decode(&bytes)?.at(&turn), Some(&Value::Float64(0.5)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decode;
mod parse;
mod value;

use crate::cdr::Problem;

pub use value::Value;

/// A message type, with those of the messages in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The type itself is the first.
    types: Vec<MessageType>,
}

/// The fields of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageType {
    /// `package/Name`.
    pub name: String,
    /// In the order in which they are written.
    pub fields: Vec<Field>,
    /// Names and values.
    pub constants: Vec<(String, Value)>,
}

impl MessageType {
    /// The value of the constant of this name.
    pub fn constant(&self, name: &str) -> Option<&Value> {
        let found = self.constants.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }
}

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it has one or several of.
    pub element: Element,
    /// How many.
    pub shape: Shape,
}

/// What a field has one or several of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the numbers are called what they are")]
pub enum Element {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float32,
    Float64,
    Text,
    /// A message: its number in the schema, for [`Schema::message`].
    Message(usize),
}

/// How many elements a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One.
    One,
    /// As many as the definition says.
    Array(usize),
    /// As many as a message says.
    Sequence,
}

/// The way from a message to a value within it: numbers of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<usize>);

impl Schema {
    /// Reads the schema of encoding `ros2msg` of the type `name`, such as `sensor_msgs/msg/Imu`.
    ///
    /// # Errors
    /// A text that is no such schema, names a message that it does not define, or is larger than any that people write.
    pub fn parse(name: &str, text: &str) -> Result<Self, SchemaError> {
        parse::parse(name, text)
    }

    /// The type itself.
    pub fn root(&self) -> &MessageType {
        self.message(0)
    }

    /// The message with this number.
    ///
    /// # Panics
    /// With a number that no field of this schema has.
    pub fn message(&self, number: usize) -> &MessageType {
        &self.types[number]
    }

    /// The way to a value, by names of fields with dots between them, through fields that are one message each. None
    /// where there is no such field.
    pub fn path(&self, names: &str) -> Option<Path> {
        let mut path = Vec::new();
        let mut inner = Some(self.root());
        for name in names.split('.') {
            let fields = &inner?.fields;
            let number = fields.iter().position(|field| field.name == name)?;
            path.push(number);
            inner = match fields[number] {
                Field {
                    element: Element::Message(number),
                    shape: Shape::One,
                    ..
                } => Some(self.message(number)),
                _ => None,
            };
        }
        Some(Path(path))
    }

    /// Reads a message with its encapsulation header, in either byte order. Bytes behind it are ignored.
    ///
    /// # Errors
    /// Bytes that are not such a message; a length in them never makes this allocate more than a small multiple of what
    /// there is to read.
    pub fn decode(&self, bytes: &[u8]) -> Result<Value, DynamicError> {
        decode::decode(self, bytes)
    }
}

/// A schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema of {type_name}: {place}: expected {expected}, found {found}")]
pub struct SchemaError {
    /// The type whose schema this is.
    pub type_name: String,
    /// Which definition in it, and which line of that.
    pub place: String,
    /// What should be there.
    pub expected: String,
    /// What is there instead.
    pub found: String,
}

/// Bytes that are not the message that their schema describes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {type_name}: at byte {offset} of {length}, {problem}")]
pub struct DynamicError {
    /// The type that was to be read.
    pub type_name: String,
    /// Where reading stopped, counted from the first byte of the encapsulation header.
    pub offset: usize,
    /// How many bytes there were.
    pub length: usize,
    /// What was wrong there.
    pub problem: Problem,
}
