//! CDR bytes to values, by a schema.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::{DynamicError, Element, Field, MessageType, Schema, Shape, Value};
use crate::cdr;

pub(super) fn decode(schema: &Schema, bytes: &[u8]) -> Result<Value, DynamicError> {
    let root = OneMessage(schema, schema.root());
    cdr::decode_seed(root, bytes).map_err(|(offset, problem)| DynamicError {
        type_name: schema.root().name.clone(),
        offset,
        length: bytes.len(),
        problem,
    })
}

#[derive(Clone, Copy)]
struct OneMessage<'a>(&'a Schema, &'a MessageType);

impl<'de> DeserializeSeed<'de> for OneMessage<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let fields = self.1.fields.len();
        if fields == 0 {
            // ROS 2 gives a definition without fields one that nobody sees.
            return u8::deserialize(deserializer).map(|_| Value::Message(Vec::new()));
        }
        deserializer.deserialize_tuple(fields, self)
    }
}

impl<'de> Visitor<'de> for OneMessage<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a message")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        for field in &self.1.fields {
            let value = sequence.next_element_seed(OneField(self.0, field))?;
            values.push(value.ok_or_else(|| A::Error::custom("a message without its last fields"))?);
        }
        Ok(Value::Message(values))
    }
}

#[derive(Clone, Copy)]
struct OneField<'a>(&'a Schema, &'a Field);

impl<'de> DeserializeSeed<'de> for OneField<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let element = OneElement(self.0, self.1.element);
        match (self.1.shape, self.1.element) {
            (Shape::One, _) => element.deserialize(deserializer),
            (Shape::Sequence, Element::Uint8) => cdr::bytes::deserialize(deserializer).map(Value::Bytes),
            (Shape::Sequence, _) => deserializer.deserialize_seq(Several(element)),
            (Shape::Array(length), _) => deserializer.deserialize_tuple(length, Several(element)),
        }
    }
}

struct Several<'a>(OneElement<'a>);

impl<'de> Visitor<'de> for Several<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("several values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        if self.0.1 == Element::Uint8 {
            let mut bytes = Vec::new();
            while let Some(byte) = sequence.next_element()? {
                bytes.push(byte);
            }
            return Ok(Value::Bytes(bytes));
        }
        // Memory grows with what was read, not with what a length promises.
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self.0)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }
}

#[derive(Clone, Copy)]
struct OneElement<'a>(&'a Schema, Element);

impl<'de> DeserializeSeed<'de> for OneElement<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let from = deserializer;
        Ok(match self.1 {
            Element::Bool => Value::Bool(bool::deserialize(from)?),
            Element::Int8 => Value::Int(i8::deserialize(from)?.into()),
            Element::Int16 => Value::Int(i16::deserialize(from)?.into()),
            Element::Int32 => Value::Int(i32::deserialize(from)?.into()),
            Element::Int64 => Value::Int(i64::deserialize(from)?),
            Element::Uint8 => Value::Uint(u8::deserialize(from)?.into()),
            Element::Uint16 => Value::Uint(u16::deserialize(from)?.into()),
            Element::Uint32 => Value::Uint(u32::deserialize(from)?.into()),
            Element::Uint64 => Value::Uint(u64::deserialize(from)?),
            Element::Float32 => Value::Float32(f32::deserialize(from)?),
            Element::Float64 => Value::Float64(f64::deserialize(from)?),
            Element::Text => Value::Text(String::deserialize(from)?),
            Element::Message(number) => OneMessage(self.0, self.0.message(number)).deserialize(from)?,
        })
    }
}
