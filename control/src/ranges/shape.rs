//! Where in a type there are numbers with a range.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde_json::{Map, Value as Json};

use super::schema::{Range, schema_of, without_null};

/// A type, as far as ranges go.
#[derive(Debug)]
pub(super) enum Shape {
    /// Nothing in it has a range.
    Free,
    /// A number.
    Number(Range),
    /// An array of these.
    Items(Box<Shape>),
    /// A struct: those of its fields that are not free.
    Fields(HashMap<String, Shape>),
}

impl Shape {
    pub(super) fn of<T: JsonSchema>() -> Self {
        schema_of::<T>().as_object().map_or(Self::Free, Self::read)
    }

    fn read(schema: &Map<String, Json>) -> Self {
        let (schema, _) = without_null(schema);
        if let Some(range) = Range::of(schema) {
            return Self::Number(range);
        }
        let below = |json: &Json| json.as_object().map_or(Self::Free, Self::read);
        if let Some(Json::Object(properties)) = schema.get("properties") {
            let fields: HashMap<_, _> = (properties.iter())
                .map(|(name, field)| (name.clone(), below(field)))
                .filter(|(_, shape)| !shape.is_free())
                .collect();
            return if fields.is_empty() {
                Self::Free
            } else {
                Self::Fields(fields)
            };
        }
        match schema.get("items").map_or(Self::Free, below) {
            Self::Free => Self::Free,
            items => Self::Items(Box::new(items)),
        }
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::Free)
    }

    /// Of a field.
    pub(super) fn field(&self, name: &str) -> &Self {
        match self {
            Self::Fields(fields) => fields.get(name).unwrap_or(&Self::Free),
            _ => &Self::Free,
        }
    }

    /// Of an element.
    pub(super) fn item(&self) -> &Self {
        match self {
            Self::Items(item) => item,
            _ => &Self::Free,
        }
    }
}
