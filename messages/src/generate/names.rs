//! Which names ROS 2 allows, and what they are called in Rust.

use super::error::{Mismatch, quoted};

/// Words that cannot be names in Rust, not even with `r#`.
const NEVER_NAMES: [&str; 4] = ["crate", "self", "super", "Self"];

/// Words that are names in Rust only with `r#`.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

pub(super) fn package(name: &str) -> Result<(), Mismatch> {
    if snake_case(name) && !NEVER_NAMES.contains(&name) && !KEYWORDS.contains(&name) {
        return Ok(());
    }
    Err(Mismatch::new(
        "the name of a package, such as `sensor_msgs`",
        quoted(name),
    ))
}

pub(super) fn type_name(name: &str) -> Result<(), Mismatch> {
    let fits = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|character| character.is_ascii_alphanumeric());
    if fits && !NEVER_NAMES.contains(&name) {
        return Ok(());
    }
    Err(Mismatch::new(
        "a type, such as `float64` or `geometry_msgs/Vector3`",
        quoted(name),
    ))
}

pub(super) fn field(name: &str) -> Result<(), Mismatch> {
    if snake_case(name) && !name.contains("__") && !name.ends_with('_') {
        return Ok(());
    }
    Err(Mismatch::new(
        "a field name in lower case, such as `frame_id`",
        quoted(name),
    ))
}

pub(super) fn constant(name: &str) -> Result<(), Mismatch> {
    let fits = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .chars()
            .all(|character| matches!(character, 'A'..='Z' | '0'..='9' | '_'));
    if fits && !name.contains("__") && !name.ends_with('_') {
        return Ok(());
    }
    Err(Mismatch::new(
        "a constant's name in upper case, such as `MODE_FAST`",
        quoted(name),
    ))
}

fn snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|character| matches!(character, 'a'..='z' | '0'..='9' | '_'))
}

/// A field's name in Rust. No ROS 2 name ends with `_`, so none is met twice.
pub(super) fn rust_field(name: &str) -> String {
    if NEVER_NAMES.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}
