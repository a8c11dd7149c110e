//! The numbers in a model's inputs and outputs.

use half::f16;
use ort::session::SessionOutputs;
use ort::value::{DynValue, TensorElementType, ValueType};

/// The memory of an input.
#[derive(Debug)]
pub enum ValuesMut<'a> {
    /// 32-bit floats.
    F32(&'a mut [f32]),
    /// 16-bit floats.
    F16(&'a mut [f16]),
    /// Bytes.
    U8(&'a mut [u8]),
    /// 32-bit integers.
    I32(&'a mut [i32]),
    /// 64-bit integers.
    I64(&'a mut [i64]),
}

/// The numbers in an output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// 16-bit floats.
    F16(&'a [f16]),
    /// Bytes.
    U8(&'a [u8]),
    /// 32-bit integers.
    I32(&'a [i32]),
    /// 64-bit integers.
    I64(&'a [i64]),
}

/// What a run gave.
#[derive(Debug)]
pub struct Outputs<'a>(pub(super) SessionOutputs<'a>);

/// One output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Output<'a> {
    /// Its shape.
    pub dims: &'a [i64],
    /// Its numbers, the last dimension's side by side.
    pub values: Values<'a>,
}

impl Outputs<'_> {
    /// An output by its place among them all; `None` where there is none, or its type is none of [`Values`]'.
    pub fn get(&self, index: usize) -> Option<Output<'_>> {
        if index >= self.0.len() {
            return None;
        }
        let value = &self.0[index];
        let ValueType::Tensor { ty, .. } = value.dtype() else {
            return None;
        };
        Some(match ty {
            TensorElementType::Float32 => extracted(value, Values::F32)?,
            TensorElementType::Float16 => extracted(value, Values::F16)?,
            TensorElementType::Uint8 => extracted(value, Values::U8)?,
            TensorElementType::Int32 => extracted(value, Values::I32)?,
            TensorElementType::Int64 => extracted(value, Values::I64)?,
            _ => return None,
        })
    }
}

fn extracted<'a, T: ort::value::PrimitiveTensorElementType + 'a>(
    value: &'a DynValue,
    wrap: impl Fn(&'a [T]) -> Values<'a>,
) -> Option<Output<'a>> {
    let (shape, values) = value.try_extract_tensor::<T>().ok()?;
    Some(Output {
        dims: shape,
        values: wrap(values),
    })
}
