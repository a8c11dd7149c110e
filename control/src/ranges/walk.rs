//! Goes through a value as it serialises, and holds its numbers to the ranges of its shape.
//!
//! Not by way of JSON: there a number that is not finite and a value that is not there are the same null.

use std::fmt;

use serde::Serialize;
use serde::ser::{self, Serializer};

use super::OutOfRange;
use super::schema::Range;
use super::shape::Shape;

/// Why the walk ended early.
#[derive(Debug)]
pub(super) enum Halt {
    /// A number is outside its range.
    Outside(OutOfRange),
    /// A value does not serialise.
    Failed(String),
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(outside) => outside.fmt(f),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Halt {}

impl ser::Error for Halt {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Failed(message.to_string())
    }
}

/// A value's place in the parameters.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) shape: &'a Shape,
    pub(super) name: String,
    /// Whether it is a number of an array, which bears the array's name.
    pub(super) is_item: bool,
}

impl<'a> Place<'a> {
    fn number(&self, kind: [&str; 2], is_in: impl Fn(Range) -> bool, found: &dyn fmt::Debug) -> Result<(), Halt> {
        match self.shape {
            Shape::Number(range) if !is_in(*range) => Err(Halt::Outside(OutOfRange {
                name: self.name.clone(),
                expected: range.expectation(kind[usize::from(self.is_item)]),
                found: format!("{found:?}"),
            })),
            _ => Ok(()),
        }
    }

    fn parts(self) -> Parts<'a> {
        Parts {
            place: self,
            items: 0,
            key: String::new(),
        }
    }
}

/// What a number is called, and what an array of them.
const INTEGER: [&str; 2] = ["integer", "integer array"];
const DOUBLE: [&str; 2] = ["double", "double array"];

macro_rules! integers {
    ($($serialize:ident($integer:ty)),* $(,)?) => {
        $(fn $serialize(self, number: $integer) -> Result<(), Halt> {
            let wide = i128::from(number);
            self.number(INTEGER, |range| range.has_integer(wide), &number)
        })*
    };
}

impl<'a> Serializer for Place<'a> {
    type Ok = ();
    type Error = Halt;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    integers! {
        serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64), serialize_i128(i128),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64),
    }

    fn serialize_f32(self, number: f32) -> Result<(), Halt> {
        self.number(DOUBLE, |range| range.has_single(number), &number)
    }

    fn serialize_f64(self, number: f64) -> Result<(), Halt> {
        self.number(DOUBLE, |range| range.has_double(number), &number)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Halt> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Halt> {
        value.serialize(self)
    }

    fn serialize_bool(self, _: bool) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_char(self, _: char) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_str(self, _: &str) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Halt> {
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Parts<'a>, Halt> {
        Ok(self.parts())
    }
}

/// What is within a place.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    place: Place<'a>,
    /// How many elements were seen.
    items: usize,
    /// The last key.
    key: String,
}

impl Parts<'_> {
    fn field<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), Halt> {
        let shape = self.place.shape.field(name);
        // What has no range need not serialise: a path may have no text.
        if let Shape::Free = shape {
            return Ok(());
        }
        value.serialize(Place {
            shape,
            name: match self.place.name.as_str() {
                "" => name.to_owned(),
                outer => format!("{outer}.{name}"),
            },
            is_item: false,
        })
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        let (shape, outer) = (self.place.shape.item(), &self.place.name);
        let name = match shape {
            Shape::Free => return Ok(()),
            Shape::Number(_) => outer.clone(),
            Shape::Items(_) | Shape::Fields(_) => format!("{outer}[{}]", self.items),
        };
        self.items += 1;
        value.serialize(Place {
            shape,
            name,
            is_item: true,
        })
    }
}

macro_rules! parts {
    ($($part:ident: $serialize:ident($($name:ident: $type:ty)?) by $visit:ident;)*) => {
        $(impl ser::$part for Parts<'_> {
            type Ok = ();
            type Error = Halt;

            fn $serialize<T: Serialize + ?Sized>(&mut self, $($name: $type,)? value: &T) -> Result<(), Halt> {
                self.$visit($($name,)? value)
            }

            fn end(self) -> Result<(), Halt> {
                Ok(())
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element() by item;
    SerializeTuple: serialize_element() by item;
    SerializeTupleStruct: serialize_field() by item;
    SerializeTupleVariant: serialize_field() by item;
    SerializeStruct: serialize_field(name: &'static str) by field;
    SerializeStructVariant: serialize_field(name: &'static str) by field;
}

/// A struct with flattened parts serialises as a map.
impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Halt> {
        let key = serde_json::to_value(key).map_err(ser::Error::custom)?;
        self.key = key.as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        self.field(&self.key, value)
    }

    fn end(self) -> Result<(), Halt> {
        Ok(())
    }
}
