//! What the JSON schema of a struct says about one of its numbers.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value as Json};

/// The values that a number, or each number of an array, may have; both ends belong to it. An open end is the last
/// number of the type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Of integers.
    Integer(i64, i64),
    /// Of doubles, all of them finite.
    Double(f64, f64),
}

impl Range {
    /// What the schema of a number declares; `None` for any number. A minimum or maximum that does not itself belong to
    /// the range is replaced by its neighbour, which does.
    pub fn of(number: &Map<String, Json>) -> Option<Self> {
        match type_name(number)? {
            "integer" => integers(number),
            "number" => doubles(number),
            _ => None,
        }
    }

    /// Whether an integer of any width is in it. Where it ends with the last 64-bit number, it is open to greater ones.
    pub fn has_integer(self, number: i128) -> bool {
        match self {
            Self::Integer(from, to) => number >= from.into() && (number <= to.into() || to == i64::MAX),
            Self::Double(..) => self.has_double(number as f64),
        }
    }

    /// Whether a number is in it.
    pub fn has_double(self, number: f64) -> bool {
        match self {
            Self::Integer(from, to) => (from as f64..=to as f64).contains(&number),
            Self::Double(from, to) => (from..=to).contains(&number),
        }
    }

    /// Whether a number of 32 bits is in it, whose ends are then numbers of 32 bits as well.
    pub fn has_single(self, number: f32) -> bool {
        match self {
            Self::Integer(..) => self.has_double(number.into()),
            Self::Double(from, to) => number.is_finite() && (from as f32..=to as f32).contains(&number),
        }
    }

    /// What a value must be, for people; `kind` is what its type is called.
    pub fn expectation(self, kind: &str) -> String {
        match self {
            Self::Integer(from, to) => format!("{kind} from {from} to {to}"),
            Self::Double(f64::MIN, f64::MAX) => format!("finite {kind}"),
            Self::Double(from, f64::MAX) => format!("{kind}, {from:?} or more"),
            Self::Double(f64::MIN, to) => format!("{kind}, {to:?} or less"),
            Self::Double(from, to) => format!("{kind} from {from:?} to {to:?}"),
        }
    }
}

/// The declared range within that of the Rust type, as far as 64 bits can express it.
fn integers(schema: &Map<String, Json>) -> Option<Range> {
    // Of 32 bits the schema tells the format alone; of fewer it tells the range too.
    let (lowest, highest) = match schema.get("format").and_then(Json::as_str) {
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    };
    let whole = |key: &str| {
        let json = schema.get(key)?;
        // A range may be written with a point: 1.0 is 1.
        json.as_i64().or_else(|| json.as_f64().map(|x| x as i64))
    };
    let above = whole("exclusiveMinimum").map(|below| below.saturating_add(1));
    let below = whole("exclusiveMaximum").map(|above| above.saturating_sub(1));
    let from = [whole("minimum"), above].into_iter().flatten().fold(lowest, i64::max);
    let to = [whole("maximum"), below].into_iter().flatten().fold(highest, i64::min);
    ((from, to) != (i64::MIN, i64::MAX)).then_some(Range::Integer(from, to))
}

fn doubles(schema: &Map<String, Json>) -> Option<Range> {
    let end = |key: &str| schema.get(key).and_then(Json::as_f64);
    let above = end("exclusiveMinimum").map(f64::next_up);
    let below = end("exclusiveMaximum").map(f64::next_down);
    let from = [end("minimum"), above].into_iter().flatten().reduce(f64::max);
    let to = [end("maximum"), below].into_iter().flatten().reduce(f64::min);
    match (from, to) {
        (None, None) => None,
        (from, to) => Some(Range::Double(from.unwrap_or(f64::MIN), to.unwrap_or(f64::MAX))),
    }
}

/// The schema of `T`, with that of every struct within it in its place.
pub fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// The schema of `T` in that of an `Option<T>`, and whether it is one.
pub fn without_null(schema: &Map<String, Json>) -> (&Map<String, Json>, bool) {
    let is_null = |json: &Json| json.get("type").and_then(Json::as_str) == Some("null");
    if let Some(Json::Array(any)) = schema.get("anyOf")
        && let [a, b] = &any[..]
        && let Some(Json::Object(other)) = match (is_null(a), is_null(b)) {
            (false, true) => Some(a),
            (true, false) => Some(b),
            _ => None,
        }
    {
        return (other, true);
    }
    let may_be_null = (schema.get("type").and_then(Json::as_array)).is_some_and(|types| types.contains(&"null".into()));
    (schema, may_be_null)
}

/// The one type that a schema names besides null.
pub fn type_name(schema: &Map<String, Json>) -> Option<&str> {
    match schema.get("type")? {
        Json::String(name) => Some(name),
        Json::Array(names) => {
            let mut names = names.iter().filter_map(Json::as_str).filter(|name| *name != "null");
            names.next().filter(|_| names.next().is_none())
        }
        _ => None,
    }
}
