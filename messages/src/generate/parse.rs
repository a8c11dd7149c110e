//! Reads `.msg` and `.srv` definitions.

use super::definition::{Base, Constant, Definition, Field, Integer, Literal, Shape};
use super::error::{GenerateError, Mismatch, quoted};
use super::{literal, names};

/// Longer arrays would not fit on a stack. A sequence has no limit.
const MOST_ELEMENTS: usize = 4096;

/// The definitions in a text: one, or as many as `---` parts it into.
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<Definition>, GenerateError> {
    let mut parts = vec![Definition::default()];
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        if line.trim_end() == "---" {
            parts.push(Definition::default());
            continue;
        }
        // As in ROS 2, a `#` begins a comment wherever it is.
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(part) = parts.last_mut().filter(|_| !line.is_empty()) {
            declaration(part, line, line_number).map_err(|mismatch| mismatch.at(file, line_number))?;
        }
    }
    Ok(parts)
}

fn declaration(part: &mut Definition, text: &str, line: usize) -> Result<(), Mismatch> {
    let (type_text, rest) = cut(text);
    let (base, shape) = field_type(type_text)?;
    let end = rest
        .find(|character: char| character.is_whitespace() || character == '=')
        .unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let rest = rest.trim_start();
    let declaration = format!("{type_text} {name}");
    if part.fields.iter().any(|field| field.name == name) || part.constants.iter().any(|known| known.name == name) {
        return Err(Mismatch::new("each name once", format!("{} again", quoted(name))));
    }
    if let Some(value) = rest.strip_prefix('=') {
        names::constant(name)?;
        if shape != Shape::One {
            return Err(Mismatch::new("a constant of a single value", quoted(type_text)));
        }
        let value = literal::one(&base, value.trim())?;
        part.constants.push(Constant {
            name: name.to_owned(),
            base,
            declaration,
            value,
        });
        return Ok(());
    }
    names::field(name)?;
    let default = default_value(&base, shape, rest)?;
    part.fields.push(Field {
        line,
        name: name.to_owned(),
        base,
        shape,
        declaration,
        default,
    });
    Ok(())
}

fn default_value(base: &Base, shape: Shape, text: &str) -> Result<Option<Vec<Literal>>, Mismatch> {
    if text.is_empty() {
        return Ok(None);
    }
    match shape {
        Shape::One => {
            let value = literal::one(base, text)?;
            Ok(Some(vec![value]).filter(|values| !values.iter().all(Literal::is_default)))
        }
        Shape::Sequence => literal::many(base, text).map(|values| Some(values).filter(|values| !values.is_empty())),
        Shape::Array(length) => {
            let values = literal::many(base, text)?;
            if values.len() != length {
                let found = format!("{} in {}", values.len(), quoted(text));
                return Err(Mismatch::new(format!("{length} values"), found));
            }
            Ok(Some(values).filter(|values| !values.iter().all(Literal::is_default)))
        }
    }
}

/// The first word of a text, and what follows it.
fn cut(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

fn field_type(text: &str) -> Result<(Base, Shape), Mismatch> {
    let (base_text, shape) = match text.split_once('[') {
        None => (text, Shape::One),
        Some((base, brackets)) => (base, shape(brackets)?),
    };
    Ok((base(base_text)?, shape))
}

fn shape(brackets: &str) -> Result<Shape, Mismatch> {
    let wrong = || Mismatch::new("`[]`, `[3]` or `[<=3]` after the type", quoted(&format!("[{brackets}")));
    let inner = brackets.strip_suffix(']').ok_or_else(wrong)?;
    if inner.is_empty() {
        return Ok(Shape::Sequence);
    }
    if let Some(bound) = inner.strip_prefix("<=") {
        return bound.parse::<u32>().map(|_| Shape::Sequence).map_err(|_| wrong());
    }
    match inner.parse() {
        Ok(length @ 1..=MOST_ELEMENTS) => Ok(Shape::Array(length)),
        Ok(length) => Err(Mismatch::new(
            format!("an array of 1 to {MOST_ELEMENTS} elements"),
            format!("{length}"),
        )),
        Err(_) => Err(wrong()),
    }
}

fn base(text: &str) -> Result<Base, Mismatch> {
    let (name, bound) = match text.split_once("<=") {
        None => (text, None),
        Some((name, bound)) => (name, Some(bound)),
    };
    if bound.is_some_and(|bound| name != "string" || bound.parse::<u32>().is_err()) {
        return Err(Mismatch::new(
            "a string with a bound, such as `string<=10`",
            quoted(text),
        ));
    }
    Ok(match name {
        "bool" => Base::Bool,
        "byte" | "char" | "uint8" => unsigned("u8", u8::MAX.into()),
        "uint16" => unsigned("u16", u16::MAX.into()),
        "uint32" => unsigned("u32", u32::MAX.into()),
        "uint64" => unsigned("u64", u64::MAX.into()),
        "int8" => signed("i8", i8::MIN.into(), i8::MAX.into()),
        "int16" => signed("i16", i16::MIN.into(), i16::MAX.into()),
        "int32" => signed("i32", i32::MIN.into(), i32::MAX.into()),
        "int64" => signed("i64", i64::MIN.into(), i64::MAX.into()),
        "float32" => Base::Float32,
        "float64" => Base::Float64,
        "string" => Base::Text,
        "wstring" => return Err(Mismatch::new("`string`, as `wstring` is not supported", "`wstring`")),
        "time" => return Err(Mismatch::new("`builtin_interfaces/Time`", "`time` of ROS 1")),
        "duration" => return Err(Mismatch::new("`builtin_interfaces/Duration`", "`duration` of ROS 1")),
        _ => message(name)?,
    })
}

fn unsigned(rust: &'static str, most: i128) -> Base {
    signed(rust, 0, most)
}

fn signed(rust: &'static str, least: i128, most: i128) -> Base {
    Base::Integer(Integer { rust, least, most })
}

fn message(text: &str) -> Result<Base, Mismatch> {
    let Some((package, name)) = text.split_once('/') else {
        names::type_name(text)?;
        return Ok(Base::Message {
            package: None,
            name: text.to_owned(),
        });
    };
    names::package(package)?;
    names::type_name(name)?;
    Ok(Base::Message {
        package: Some(package.to_owned()),
        name: name.to_owned(),
    })
}
