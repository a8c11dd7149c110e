//! CDR bytes to Rust values.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::HEADER_BYTES;
use super::error::{DecodeError, Problem};

/// Reads a message with its encapsulation header, in either byte order.
///
/// Bytes behind the message are ignored: ROS 2's own serialization may leave some there.
///
/// # Errors
/// Bytes that are not such a message, whatever they are; a length in them never makes this allocate
/// more than a small multiple of what there is to read.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, DecodeError> {
    decode_seed(PhantomData::<M>, bytes).map_err(|(offset, problem)| DecodeError {
        type_name: std::any::type_name::<M>(),
        offset,
        length: bytes.len(),
        problem,
    })
}

/// Reads a message as [`decode`] does, of a type that a value says. An error comes with the place where reading stopped.
pub(crate) fn decode_seed<'de, S: DeserializeSeed<'de>>(
    seed: S,
    bytes: &'de [u8],
) -> Result<S::Value, (usize, Problem)> {
    let mut decoder = Decoder {
        bytes,
        offset: 0,
        big_endian: false,
    };
    decoder.message(seed).map_err(|problem| (decoder.offset, problem))
}

struct Decoder<'de> {
    bytes: &'de [u8],
    /// Never beyond the end of `bytes`.
    offset: usize,
    big_endian: bool,
}

impl<'de> Decoder<'de> {
    fn message<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        match self.number("an encapsulation header")? {
            [0, 0, _, _] => self.big_endian = true,
            [0, 1, _, _] => self.big_endian = false,
            [first, second, _, _] => {
                self.offset = 0;
                return Err(Problem::Representation([first, second]));
            }
        }
        seed.deserialize(self)
    }

    #[inline]
    fn left(&self) -> usize {
        self.bytes.len() - self.offset
    }

    #[inline]
    fn take(&mut self, needed: usize, expected: &'static str) -> Result<&'de [u8], Problem> {
        let Some(taken) = self.bytes[self.offset..].get(..needed) else {
            return Err(self.ends(needed, expected));
        };
        self.offset += needed;
        Ok(taken)
    }

    /// The bytes of a number, which lies at the next multiple of its own size.
    #[inline]
    fn number<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Problem> {
        let padding = HEADER_BYTES.wrapping_sub(self.offset) & (N - 1);
        let start = self.offset + padding;
        let Some(bytes) = self.bytes.get(start..).and_then(|left| left.first_chunk()) else {
            return Err(self.ends(padding + N, expected));
        };
        self.offset = start + N;
        Ok(*bytes)
    }

    #[cold]
    fn ends(&self, needed: usize, expected: &'static str) -> Problem {
        Problem::Ends {
            expected,
            needed,
            found: self.left(),
        }
    }

    #[inline]
    fn u32(&mut self, expected: &'static str) -> Result<u32, Problem> {
        let bytes = self.number(expected)?;
        Ok(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    /// How many elements follow. The smallest takes one byte.
    fn elements(&mut self) -> Result<usize, Problem> {
        let elements = self.u32("the length of a sequence")?;
        match usize::try_from(elements) {
            Ok(count) if count <= self.left() => Ok(count),
            _ => Err(Problem::Sequence {
                elements,
                found: self.left(),
            }),
        }
    }

    fn byte_sequence(&mut self) -> Result<&'de [u8], Problem> {
        let length = self.elements()?;
        self.take(length, "a sequence of bytes")
    }

    fn text(&mut self) -> Result<&'de str, Problem> {
        let length = self.u32("the length of a string")?;
        let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX), "a string")?;
        // Some senders write an empty string without its NUL.
        let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        str::from_utf8(text).map_err(|_| Problem::Utf8)
    }
}

macro_rules! numbers {
    ($($method:ident, $visit:ident: $number:ident;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let bytes = self.number(stringify!($number))?;
            visitor.$visit(if self.big_endian { $number::from_be_bytes(bytes) } else { $number::from_le_bytes(bytes) })
        }
    )*};
}

macro_rules! unsupported {
    ($($method:ident($($argument:ty),*): $kind:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Problem> {
            Err(Problem::Unsupported($kind))
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = Problem;

    numbers! {
        deserialize_i8, visit_i8: i8;
        deserialize_i16, visit_i16: i16;
        deserialize_i32, visit_i32: i32;
        deserialize_i64, visit_i64: i64;
        deserialize_u8, visit_u8: u8;
        deserialize_u16, visit_u16: u16;
        deserialize_u32, visit_u32: u32;
        deserialize_u64, visit_u64: u64;
        deserialize_f32, visit_f32: f32;
        deserialize_f64, visit_f64: f64;
    }

    unsupported! {
        deserialize_any(): "a value of unknown type";
        deserialize_ignored_any(): "a value of unknown type";
        deserialize_identifier(): "a name";
        deserialize_char(): "a character";
        deserialize_option(): "an option";
        deserialize_unit(): "a unit";
        deserialize_unit_struct(&'static str): "a unit struct";
        deserialize_map(): "a map";
        deserialize_enum(&'static str, &'static [&'static str]): "an enum";
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.number("a bool")? {
            [0] => visitor.visit_bool(false),
            [1] => visitor.visit_bool(true),
            [other] => Err(Problem::Bool(other)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_borrowed_bytes(self.byte_sequence()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_borrowed_bytes(self.byte_sequence()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let left = self.elements()?;
        visitor.visit_seq(Elements { decoder: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(Elements { decoder: self, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_seq(Elements { decoder: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if fields.is_empty() {
            // ROS 2 gives a definition without fields one that nobody sees.
            self.take(1, "an empty struct")?;
        }
        visitor.visit_seq(Elements {
            decoder: self,
            left: fields.len(),
        })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The elements of a sequence, or the fields of a struct.
struct Elements<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Problem;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}
