//! Messages as columns: what is one of something lies flat under its path, what is several is a list.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    ListArray, StringArray, StructArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field as ArrowField, Fields};
use sinew_messages::dynamic::{Element, Field, Path, Schema, Shape, Value};

/// More columns are nobody's.
const MAX_COLUMNS: usize = 10_000;

/// A column, and where its values are in a message.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    path: Path,
    element: Element,
    shape: Shape,
}

/// The columns of a message type. None where they are too many.
pub(crate) fn columns(schema: &Schema) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    append(schema, &schema.root().fields, "", &mut columns).then_some(columns)
}

fn append(schema: &Schema, fields: &[Field], before: &str, columns: &mut Vec<Column>) -> bool {
    for field in fields {
        let name = format!("{before}{}", field.name);
        if let (Element::Message(number), Shape::One) = (field.element, field.shape) {
            if !append(schema, &schema.message(number).fields, &format!("{name}."), columns) {
                return false;
            }
        } else if data_type(schema, field).is_some()
            && let Some(path) = schema.path(&name)
        {
            columns.push(Column {
                name,
                path,
                element: field.element,
                shape: field.shape,
            });
        }
        if columns.len() > MAX_COLUMNS {
            return false;
        }
    }
    true
}

impl Column {
    pub(crate) fn field(&self, schema: &Schema) -> ArrowField {
        let field = Field {
            name: self.name.clone(),
            element: self.element,
            shape: self.shape,
        };
        let data_type = data_type(schema, &field).unwrap_or(DataType::Null);
        ArrowField::new(&self.name, data_type, true)
    }

    /// The column's values in some messages.
    pub(crate) fn array(&self, schema: &Schema, messages: &[Value]) -> ArrayRef {
        let values: Vec<_> = messages.iter().map(|message| message.at(&self.path)).collect();
        shaped(schema, self.element, self.shape, &values)
    }
}

/// None where there is nothing in it: a message without fields.
fn data_type(schema: &Schema, field: &Field) -> Option<DataType> {
    let element = match field.element {
        Element::Bool => DataType::Boolean,
        Element::Int8 => DataType::Int8,
        Element::Int16 => DataType::Int16,
        Element::Int32 => DataType::Int32,
        Element::Int64 => DataType::Int64,
        Element::Uint8 if field.shape != Shape::One => return Some(DataType::Binary),
        Element::Uint8 => DataType::UInt8,
        Element::Uint16 => DataType::UInt16,
        Element::Uint32 => DataType::UInt32,
        Element::Uint64 => DataType::UInt64,
        Element::Float32 => DataType::Float32,
        Element::Float64 => DataType::Float64,
        Element::Text => DataType::Utf8,
        Element::Message(number) => DataType::Struct(struct_fields(schema, number)?),
    };
    Some(match field.shape {
        Shape::One => element,
        Shape::Array(_) | Shape::Sequence => DataType::List(Arc::new(ArrowField::new("item", element, true))),
    })
}

fn struct_fields(schema: &Schema, number: usize) -> Option<Fields> {
    let fields = schema.message(number).fields.iter();
    let fields: Vec<_> = fields
        .filter_map(|field| Some(ArrowField::new(&field.name, data_type(schema, field)?, true)))
        .collect();
    (!fields.is_empty()).then(|| fields.into())
}

fn shaped(schema: &Schema, element: Element, shape: Shape, values: &[Option<&Value>]) -> ArrayRef {
    if shape == Shape::One {
        return single(schema, element, values);
    }
    if element == Element::Uint8 {
        let bytes = values.iter().map(|value| match value {
            Some(Value::Bytes(bytes)) => Some(bytes.as_slice()),
            _ => None,
        });
        return Arc::new(BinaryArray::from_iter(bytes));
    }
    let mut offsets = vec![0_i32];
    let mut elements = Vec::new();
    for value in values {
        if let Some(Value::List(values)) = value {
            elements.extend(values.iter().map(Some));
        }
        // A batch is far smaller than this.
        offsets.push(i32::try_from(elements.len()).unwrap_or(i32::MAX));
    }
    let elements = single(schema, element, &elements);
    let field = Arc::new(ArrowField::new("item", elements.data_type().clone(), true));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Arc::new(ListArray::new(field, offsets, elements, None))
}

fn single(schema: &Schema, element: Element, values: &[Option<&Value>]) -> ArrayRef {
    macro_rules! numbers {
        ($array:ty, $form:ident) => {
            Arc::new(<$array>::from_iter(values.iter().map(|value| match value {
                Some(Value::$form(value)) => Some(*value as _),
                _ => None,
            })))
        };
    }
    match element {
        Element::Int8 => numbers!(Int8Array, Int),
        Element::Int16 => numbers!(Int16Array, Int),
        Element::Int32 => numbers!(Int32Array, Int),
        Element::Int64 => numbers!(Int64Array, Int),
        Element::Uint8 => numbers!(UInt8Array, Uint),
        Element::Uint16 => numbers!(UInt16Array, Uint),
        Element::Uint32 => numbers!(UInt32Array, Uint),
        Element::Uint64 => numbers!(UInt64Array, Uint),
        Element::Float32 => numbers!(Float32Array, Float32),
        Element::Float64 => numbers!(Float64Array, Float64),
        Element::Bool => Arc::new(BooleanArray::from_iter(values.iter().map(|value| match value {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }))),
        Element::Text => Arc::new(StringArray::from_iter(values.iter().map(|value| match value {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        }))),
        Element::Message(number) => structs(schema, number, values),
    }
}

fn structs(schema: &Schema, number: usize, values: &[Option<&Value>]) -> ArrayRef {
    let mut columns: Vec<(Arc<ArrowField>, ArrayRef)> = Vec::new();
    for (index, field) in schema.message(number).fields.iter().enumerate() {
        if data_type(schema, field).is_none() {
            continue;
        }
        let inner = values.iter().map(|value| match value {
            Some(Value::Message(fields)) => fields.get(index),
            _ => None,
        });
        let inner: Vec<_> = inner.collect();
        let array = shaped(schema, field.element, field.shape, &inner);
        columns.push((
            Arc::new(ArrowField::new(&field.name, array.data_type().clone(), true)),
            array,
        ));
    }
    Arc::new(StructArray::from(columns))
}
