//! Writes definitions as ROS 2 has them: a line for each constant and each field, and nothing else.

use super::definition::{Base, Constant, Definition, Field, Literal, Shape};
use super::error::Mismatch;
use super::rust::Paths;

/// The lines of a definition, the constants first.
pub(super) fn lines(paths: &Paths<'_>, definition: &Definition) -> Vec<String> {
    let constants = definition.constants.iter().map(constant);
    let fields = definition.fields.iter().map(|known| field(paths, known));
    constants.chain(fields).collect()
}

/// The paths in Rust of the messages in the fields, each once.
pub(super) fn nested(paths: &Paths<'_>, definition: &Definition) -> Result<Vec<String>, (usize, Mismatch)> {
    let mut known = Vec::new();
    for field in &definition.fields {
        if let Base::Message { package, name } = &field.base {
            let path = paths.message(package.as_deref(), name);
            let path = path.map_err(|mismatch| (field.line, mismatch))?;
            if !known.contains(&path) {
                known.push(path);
            }
        }
    }
    Ok(known)
}

fn constant(constant: &Constant) -> String {
    format!("{}={}", constant.declaration, literal(&constant.value))
}

fn field(paths: &Paths<'_>, field: &Field) -> String {
    let declaration = match &field.base {
        Base::Message { package, name } => {
            let package = paths.package_of(package.as_deref(), name);
            let brackets = field
                .declaration
                .split_once(' ')
                .and_then(|(written, _)| written.split_once('['));
            let brackets = brackets.map(|(_, inner)| format!("[{inner}")).unwrap_or_default();
            format!("{package}/{name}{brackets} {}", field.name)
        }
        _ => field.declaration.clone(),
    };
    match &field.default {
        None => declaration,
        Some(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            let values = values.join(", ");
            if field.shape == Shape::One {
                format!("{declaration} {values}")
            } else {
                format!("{declaration} [{values}]")
            }
        }
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        // The shortest digits that give the same number.
        Literal::Float32(value) => format!("{value:?}"),
        Literal::Float64(value) => format!("{value:?}"),
        Literal::Text(text) => format!("\"{}\"", text.replace('"', "\\\"")),
    }
}
