//! Values of constants and defaults.

use super::definition::{Base, Integer, Literal};
use super::error::{Mismatch, quoted};

/// One value of the type `base`.
pub(super) fn one(base: &Base, text: &str) -> Result<Literal, Mismatch> {
    match base {
        Base::Bool => match text {
            "true" | "True" | "TRUE" | "1" => Ok(Literal::Bool(true)),
            "false" | "False" | "FALSE" | "0" => Ok(Literal::Bool(false)),
            _ => Err(Mismatch::new("true or false", quoted(text))),
        },
        Base::Integer(integer) => whole(*integer, text).map(Literal::Integer),
        Base::Float32 => text.parse().map(Literal::Float32).map_err(|_| not_a_number(text)),
        Base::Float64 => text.parse().map(Literal::Float64).map_err(|_| not_a_number(text)),
        Base::Text => string(text).map(Literal::Text),
        Base::Message { .. } => Err(Mismatch::new(
            "no value here: only numbers, booleans and strings have one",
            quoted(text),
        )),
    }
}

/// The values of an array or a sequence, such as `[1, 2, 3]`.
pub(super) fn many(base: &Base, text: &str) -> Result<Vec<Literal>, Mismatch> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let Some(inner) = inner.map(str::trim) else {
        return Err(Mismatch::new("values in brackets, such as `[1, 2, 3]`", quoted(text)));
    };
    if inner.is_empty() {
        return Ok(Vec::new());
    }
    split_outside_quotes(inner)
        .into_iter()
        .map(|element| one(base, element.trim()))
        .collect()
}

fn not_a_number(text: &str) -> Mismatch {
    Mismatch::new("a number", quoted(text))
}

fn whole(Integer { rust, least, most }: Integer, text: &str) -> Result<i128, Mismatch> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match prefix.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    let signs_again = digits.starts_with(['+', '-']);
    let value = i128::from_str_radix(digits, radix).ok().filter(|_| !signs_again);
    let value = value.map(|value| if negative { -value } else { value });
    value
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| Mismatch::new(format!("a whole number from {least} to {most} ({rust})"), quoted(text)))
}

/// A string, in quotes or without.
fn string(text: &str) -> Result<String, Mismatch> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        return Ok(text.to_owned());
    };
    let inner = text[1..].strip_suffix(quote);
    let escaped = format!("\\{quote}");
    inner
        .filter(|inner| !inner.replace(&escaped, "").contains(quote))
        .map(|inner| inner.replace(&escaped, &quote.to_string()))
        .ok_or_else(|| Mismatch::new(format!("a string between two {quote}"), quoted(text)))
}

/// The parts between commas that are not within a string.
fn split_outside_quotes(text: &str) -> Vec<&str> {
    let mut open = None;
    let mut escaped = false;
    text.split(|character| {
        if escaped {
            escaped = false;
        } else if open.is_some() && character == '\\' {
            escaped = true;
        } else if open == Some(character) {
            open = None;
        } else if open.is_none() && matches!(character, '"' | '\'') {
            open = Some(character);
        }
        open.is_none() && character == ','
    })
    .collect()
}
