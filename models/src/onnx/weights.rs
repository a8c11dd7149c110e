//! Looking for NaN and infinity in the weights of a model.

use std::fmt;

use super::OnnxError;
use super::wire::{Fields, Value};

/// A weight that is not finite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadWeight {
    /// The tensor's name.
    pub tensor: String,
    /// Index of the element in the flattened tensor.
    pub element: usize,
    /// NaN rather than infinite.
    pub nan: bool,
}

impl fmt::Display for BadWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.nan { "NaN" } else { "infinite" };
        write!(f, "weight `{}`, element {}, is {what}", self.tensor, self.element)
    }
}

#[derive(Clone, Copy)]
enum Float {
    F32,
    F64,
    F16,
    BF16,
}

/// The first element of a `TensorProto` that is NaN, else the first that is infinite.
pub(super) fn first_bad_weight(tensor: &[u8], name: &str) -> Result<Option<BadWeight>, OnnxError> {
    let mut kind = None;
    for field in Fields::new(tensor) {
        let field = field?;
        if field.number == 2 {
            kind = match field.varint() {
                1 => Some(Float::F32),
                10 => Some(Float::F16),
                11 => Some(Float::F64),
                16 => Some(Float::BF16),
                _ => None,
            };
        }
    }
    let Some(kind) = kind else { return Ok(None) };
    let mut search = Search::default();
    for field in Fields::new(tensor) {
        let field = field?;
        match (field.number, field.value) {
            (9, Value::Bytes(raw)) => search.raw(raw, kind),
            (4, Value::Bytes(packed)) => search.raw(packed, Float::F32),
            (4, Value::Fixed32(bytes)) => search.raw(&bytes, Float::F32),
            (10, Value::Bytes(packed)) => search.raw(packed, Float::F64),
            (10, Value::Fixed64(bytes)) => search.raw(&bytes, Float::F64),
            _ => {}
        }
    }
    Ok(search
        .first_nan
        .map(|at| (at, true))
        .or(search.first_infinite.map(|at| (at, false)))
        .map(|(element, nan)| BadWeight {
            tensor: name.to_owned(),
            element,
            nan,
        }))
}

#[derive(Default)]
struct Search {
    seen: usize,
    first_nan: Option<usize>,
    first_infinite: Option<usize>,
}

impl Search {
    fn raw(&mut self, bytes: &[u8], kind: Float) {
        match kind {
            Float::F32 => self.scan(bytes, |b: [u8; 4]| f32::from_le_bytes(b).into()),
            Float::F64 => self.scan(bytes, f64::from_le_bytes),
            Float::F16 => self.scan(bytes, |b| half(u16::from_le_bytes(b), 0x7c00)),
            Float::BF16 => self.scan(bytes, |b| half(u16::from_le_bytes(b), 0x7f80)),
        }
    }

    fn scan<const N: usize>(&mut self, bytes: &[u8], value: impl Fn([u8; N]) -> f64) {
        for chunk in bytes.chunks_exact(N) {
            let mut array = [0; N];
            array.copy_from_slice(chunk);
            let value = value(array);
            if value.is_nan() {
                self.first_nan.get_or_insert(self.seen);
            } else if value.is_infinite() {
                self.first_infinite.get_or_insert(self.seen);
            }
            self.seen += 1;
        }
    }
}

/// Whether a 16-bit float is finite is all that matters here; `exponent` masks its exponent bits.
fn half(bits: u16, exponent: u16) -> f64 {
    match (bits & exponent == exponent, bits & 0x7fff == exponent) {
        (false, _) => 0.0,
        (true, true) => f64::INFINITY,
        (true, false) => f64::NAN,
    }
}
