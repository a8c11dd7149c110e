//! What a model's inputs and outputs are like.

use std::fmt;

use ort::value::{Outlet, TensorElementType, ValueType};

/// Type of the numbers in a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// Byte.
    U8,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// Any other: can be neither written nor read here.
    Other,
}

/// An input or output of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name.
    pub name: String,
    /// Type of its numbers.
    pub element: Element,
    /// Its shape; −1 where it is not known before a run.
    pub dims: Vec<i64>,
    pub(super) symbols: Vec<String>,
    type_name: String,
}

impl TensorSpec {
    pub(super) fn of(outlet: &Outlet) -> Self {
        let mut spec = Self {
            name: outlet.name().to_owned(),
            element: Element::Other,
            dims: Vec::new(),
            symbols: Vec::new(),
            type_name: outlet.dtype().to_string(),
        };
        if let ValueType::Tensor {
            ty,
            shape,
            dimension_symbols,
        } = outlet.dtype()
        {
            spec.element = match ty {
                TensorElementType::Float32 => Element::F32,
                TensorElementType::Float16 => Element::F16,
                TensorElementType::Uint8 => Element::U8,
                TensorElementType::Int32 => Element::I32,
                TensorElementType::Int64 => Element::I64,
                _ => Element::Other,
            };
            spec.type_name = ty.to_string();
            spec.dims = shape.to_vec();
            spec.symbols = (0..spec.dims.len())
                .map(|i| dimension_symbols.get(i).cloned().unwrap_or_default())
                .collect();
        }
        spec
    }
}

impl fmt::Display for TensorSpec {
    /// Such as `images f32 [1, 3, 640, 640]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dims = self.dims.iter().zip(&self.symbols).map(|(dim, symbol)| match dim {
            -1 if symbol.is_empty() => "?".to_owned(),
            -1 => symbol.clone(),
            dim => dim.to_string(),
        });
        let dims: Vec<_> = dims.collect();
        write!(f, "`{}` {} [{}]", self.name, self.type_name, dims.join(", "))
    }
}
