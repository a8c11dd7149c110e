//! Rust values to CDR bytes.

use serde::ser::{
    Impossible, Serialize, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};

use super::HEADER_BYTES;
use super::error::EncodeError;

/// Writes `message` into `out`, with its encapsulation header, little-endian.
///
/// What `out` held is replaced; its memory is used again.
///
/// # Errors
/// A sequence of more than 2³² elements, or a type that no ROS 2 definition gives, such as a map.
pub fn encode<M: Serialize + ?Sized>(message: &M, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    out.clear();
    out.extend_from_slice(&[0, 1, 0, 0]);
    message.serialize(&mut Encoder { out })
}

struct Encoder<'a> {
    out: &'a mut Vec<u8>,
}

impl Encoder<'_> {
    /// Writes a number at the next multiple of its own size.
    #[inline]
    fn number<const N: usize>(&mut self, bytes: [u8; N]) {
        let padding = HEADER_BYTES.wrapping_sub(self.out.len()) & (N - 1);
        if padding != 0 {
            self.out.extend_from_slice(&[0; 8][..padding]);
        }
        self.out.extend_from_slice(&bytes);
    }

    #[inline]
    fn length(&mut self, length: usize) -> Result<(), EncodeError> {
        let length = u32::try_from(length).map_err(|_| EncodeError::TooLong(length))?;
        self.number(length.to_le_bytes());
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident: $number:ty),*) => {$(
        #[inline]
        fn $method(self, value: $number) -> Result<(), EncodeError> {
            self.number(value.to_le_bytes());
            Ok(())
        }
    )*};
}

macro_rules! unsupported {
    ($($method:ident($($argument:ty),*) -> $result:ty: $kind:literal;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$result, EncodeError> {
            Err(EncodeError::Unsupported($kind))
        }
    )*};
}

impl Serializer for &mut Encoder<'_> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_f64: f64
    }

    unsupported! {
        serialize_char(char) -> (): "a character";
        serialize_none() -> (): "an option";
        serialize_unit() -> (): "a unit";
        serialize_unit_struct(&'static str) -> (): "a unit struct";
        serialize_unit_variant(&'static str, u32, &'static str) -> (): "an enum";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant: "an enum";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant: "an enum";
        serialize_map(Option<usize>) -> Self::SerializeMap: "a map";
    }

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.out.push(value.into());
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), EncodeError> {
        self.length(text.len() + 1)?;
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(0);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.length(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), EncodeError> {
        Err(EncodeError::Unsupported("an option"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), EncodeError> {
        Err(EncodeError::Unsupported("an enum"))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, EncodeError> {
        let length = length.ok_or(EncodeError::Unsupported("a sequence of unknown length"))?;
        self.length(length)?;
        self.out.reserve(length);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, EncodeError> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, EncodeError> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, fields: usize) -> Result<Self, EncodeError> {
        if fields == 0 {
            // ROS 2 gives a definition without fields one that nobody sees.
            self.out.push(0);
        }
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! elements {
    ($($kind:ident::$method:ident),*) => {$(
        impl $kind for &mut Encoder<'_> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), EncodeError> {
                Ok(())
            }
        }
    )*};
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field
);

impl SerializeStruct for &mut Encoder<'_> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), EncodeError> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), EncodeError> {
        Ok(())
    }
}
