//! Ranges of parameters: declared once, with the field, and enforced by whatever is made of the parameters.
//!
//! A struct says the range of each of its numbers with `#[schemars(range(min = …, max = …))]`, of the numbers of an
//! array with `inner(range(…))`. [`check`] holds a value to them, in the words of the reader of parameter files.
//!
//! ```
//! use sinew_control::gate::SafetyParams;
//! use sinew_control::ranges;
//!
//! let params = SafetyParams { stale_secs: 50.0, ..SafetyParams::default() };
//! let refused = ranges::check(&params).unwrap_err();
//! assert_eq!(refused.to_string(), "`stale_secs`: expected double from 0.0001 to 10.0, found 50.0");
//! ```

pub mod schema;
mod shape;
#[cfg(test)]
mod tests;
mod walk;

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::sync::lock;
pub use schema::Range;
use shape::Shape;
use walk::{Halt, Place};

/// A parameter outside its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{name}`: expected {expected}, found {found}")]
pub struct OutOfRange {
    /// Its name, the parts separated by dots.
    pub name: String,
    /// What it takes.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl OutOfRange {
    /// The same of a parameter that is part of `outer`: `stale_secs` of `safety` is `safety.stale_secs`.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self {
            name: format!("{outer}.{}", self.name),
            ..self
        }
    }
}

/// Holds every number in `params` to the range that its field declares: those of structs and arrays within it too, but
/// not of maps, nor of enums with data. What is `None` is in every range. A number that has a range must be
/// finite. It serialises, allocates and locks: for what is made before a tick, never in one.
///
/// # Errors
/// The first that is outside.
pub fn check<T: Serialize + JsonSchema + 'static>(params: &T) -> Result<(), OutOfRange> {
    let shape = shape_of::<T>();
    let place = Place {
        shape: &shape,
        name: String::new(),
        is_item: false,
    };
    params.serialize(place).map_err(|halt| match halt {
        Halt::Outside(outside) => outside,
        Halt::Failed(failure) => OutOfRange {
            name: type_name::<T>().to_owned(),
            expected: "what can be serialised".to_owned(),
            found: failure,
        },
    })
}

/// The shape of a type, which is made of its schema the first time that it is asked for.
fn shape_of<T: JsonSchema + 'static>() -> Arc<Shape> {
    static SHAPES: LazyLock<Mutex<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(Mutex::default);
    if let Some(shape) = lock(&SHAPES).get(&TypeId::of::<T>()) {
        return shape.clone();
    }
    // A schema is a type's own code: nobody waits for it.
    let shape = Arc::new(Shape::of::<T>());
    lock(&SHAPES).insert(TypeId::of::<T>(), shape.clone());
    shape
}
