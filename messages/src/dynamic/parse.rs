//! Reads schemas of encoding `ros2msg`.

use std::collections::BTreeMap;

use super::{Element, Field, MessageType, Schema, SchemaError, Shape, Value};
use crate::generate::definition::{self, Base, Definition, Literal};
use crate::generate::parse::parse as parse_definitions;

/// Longer schemas are nobody's; the comments count, too.
const MAX_BYTES: usize = 1 << 20;
/// More constants and fields than this are nobody's.
const MAX_LINES: usize = 16_384;
/// How deep messages may lie within messages.
const MAX_DEPTH: usize = 32;

pub(super) fn parse(type_name: &str, text: &str) -> Result<Schema, SchemaError> {
    let error = |place: &str, expected: String, found: String| SchemaError {
        type_name: type_name.to_owned(),
        place: place.to_owned(),
        expected,
        found,
    };
    if text.len() > MAX_BYTES {
        let (expected, found) = (format!("at most {MAX_BYTES} bytes"), format!("{}", text.len()));
        return Err(error("its text", expected, found));
    }
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#')).count();
    if lines > MAX_LINES {
        let (expected, found) = (format!("at most {MAX_LINES} lines"), format!("{lines}"));
        return Err(error("its text", expected, found));
    }
    let Some(root) = short_name(type_name) else {
        let expected = "a type such as `sensor_msgs/msg/Imu`".to_owned();
        return Err(error("its name", expected, format!("`{type_name}`")));
    };
    let mut known = BTreeMap::new();
    for (section, text) in sections(root.clone(), text) {
        let Some(name) = section else {
            let expected = "a line `MSG: package/Name` behind a line of `=`".to_owned();
            return Err(error("a definition", expected, "another one".to_owned()));
        };
        let mut parts = parse_definitions(&name, &text).map_err(|wrong| {
            let place = format!("{name}, line {}", wrong.line);
            error(&place, wrong.expected, wrong.found)
        })?;
        match (parts.pop(), parts.len()) {
            (Some(definition), 0) => drop(known.entry(name).or_insert(definition)),
            _ => {
                let expected = "one definition".to_owned();
                return Err(error(&name, expected, "several, with `---` between them".to_owned()));
            }
        }
    }
    let mut resolver = Resolver {
        known: &known,
        types: Vec::new(),
        open: Vec::new(),
    };
    resolver
        .add(&root)
        .map_err(|wrong| error(&wrong.place, wrong.expected, wrong.found))?;
    Ok(Schema { types: resolver.types })
}

/// `package/Name` of a type, whose full name may have `msg` or `srv` between them.
fn short_name(name: &str) -> Option<String> {
    let mut parts = name.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(package), Some(name), None, None) => Some(format!("{package}/{name}")),
        (Some(package), Some(_), Some(name), None) => Some(format!("{package}/{name}")),
        _ => None,
    }
}

/// The names and texts of the definitions. None where a heading names no message.
fn sections(root: String, text: &str) -> Vec<(Option<String>, String)> {
    let mut sections = vec![(Some(root), String::new())];
    let mut heads_a_section = false;
    for line in text.lines() {
        if heads_a_section {
            let name = line
                .trim()
                .strip_prefix("MSG:")
                .and_then(|name| short_name(name.trim()));
            sections.push((name, String::new()));
            heads_a_section = false;
        } else if is_separator(line) {
            heads_a_section = true;
        } else if let Some((_, section)) = sections.last_mut() {
            *section += line;
            section.push('\n');
        }
    }
    sections
}

fn is_separator(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 80 && line.bytes().all(|byte| byte == b'=')
}

struct Resolver<'a> {
    known: &'a BTreeMap<String, Definition>,
    types: Vec<MessageType>,
    /// The messages that contain the one that is being added.
    open: Vec<String>,
}

struct Wrong {
    place: String,
    expected: String,
    found: String,
}

impl Resolver<'_> {
    /// The number of a message, with all that it has.
    fn add(&mut self, name: &str) -> Result<usize, Wrong> {
        let wrong = |expected: &str, found: String| Wrong {
            place: name.to_owned(),
            expected: expected.to_owned(),
            found,
        };
        if self.open.iter().any(|open| open == name) {
            return Err(wrong("no message that contains itself", self.open.join(" > ")));
        }
        if let Some(number) = self.types.iter().position(|known| known.name == name) {
            return Ok(number);
        }
        if self.open.len() == MAX_DEPTH {
            let expected = format!("messages within messages {MAX_DEPTH} deep at most");
            return Err(wrong(&expected, self.open.join(" > ")));
        }
        let Some(definition) = self.known.get(name) else {
            let there = self.known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(wrong("its definition in the schema", format!("only those of {there}")));
        };
        let number = self.types.len();
        self.types.push(MessageType {
            name: name.to_owned(),
            fields: Vec::new(),
            constants: definition.constants.iter().map(constant).collect(),
        });
        self.open.push(name.to_owned());
        for field in &definition.fields {
            let field = self.field(name, field)?;
            self.types[number].fields.push(field);
        }
        self.open.pop();
        Ok(number)
    }

    fn field(&mut self, owner: &str, field: &definition::Field) -> Result<Field, Wrong> {
        let element = match &field.base {
            Base::Bool => Element::Bool,
            Base::Integer(integer) => integer_element(integer.rust),
            Base::Float32 => Element::Float32,
            Base::Float64 => Element::Float64,
            Base::Text => Element::Text,
            Base::Message { package, name } => {
                let own = owner.split('/').next().unwrap_or_default();
                let here = format!("{}/{name}", package.as_deref().unwrap_or(own));
                let is_header = package.is_none() && name == "Header" && !self.known.contains_key(&here);
                let name = if is_header { "std_msgs/Header" } else { &here };
                Element::Message(self.add(name)?)
            }
        };
        Ok(Field {
            name: field.name.clone(),
            element,
            shape: match field.shape {
                definition::Shape::One => Shape::One,
                definition::Shape::Array(length) => Shape::Array(length),
                definition::Shape::Sequence => Shape::Sequence,
            },
        })
    }
}

fn constant(constant: &definition::Constant) -> (String, Value) {
    let value = match &constant.value {
        Literal::Bool(value) => Value::Bool(*value),
        // Each has been found to fit into its type.
        Literal::Integer(value) if *value < 0 => Value::Int(*value as i64),
        Literal::Integer(value) => Value::Uint(*value as u64),
        Literal::Float32(value) => Value::Float32(*value),
        Literal::Float64(value) => Value::Float64(*value),
        Literal::Text(text) => Value::Text(text.clone()),
    };
    (constant.name.clone(), value)
}

fn integer_element(rust: &str) -> Element {
    match rust {
        "i8" => Element::Int8,
        "i16" => Element::Int16,
        "i32" => Element::Int32,
        "i64" => Element::Int64,
        "u8" => Element::Uint8,
        "u16" => Element::Uint16,
        "u32" => Element::Uint32,
        _ => Element::Uint64,
    }
}
