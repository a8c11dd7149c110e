//! A term's own settings, read from its contract or refused by name.

use crate::contract::{Misfit, TermSpec};

/// Refuses settings that the term does not have: a misspelt one would silently do nothing.
pub(super) fn known_params(spec: &TermSpec, known: &[&str]) -> Result<(), Misfit> {
    match spec.params.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(Misfit::new(
            format!("observations.{}.{key}", spec.name),
            format!(
                "one of scale, clip, history, elements{}{}",
                if known.is_empty() { "" } else { ", " },
                known.join(", ")
            ),
            format!("`{key}`"),
        )),
    }
}

pub(super) fn scalar(spec: &TermSpec, key: &str, default: f64) -> Result<f64, Misfit> {
    match spec.params.get(key).map(Vec::as_slice) {
        None => Ok(default),
        Some([value]) if value.is_finite() => Ok(*value),
        Some(other) => Err(Misfit::new(
            format!("observations.{}.{key}", spec.name),
            "one finite number",
            format!("{other:?}"),
        )),
    }
}

pub(super) fn numbers(spec: &TermSpec, key: &str, default: &[f64]) -> Result<Vec<f64>, Misfit> {
    let values = spec.params.get(key).map_or(default, Vec::as_slice);
    if !values.is_empty() && values.iter().all(|v| v.is_finite()) {
        return Ok(values.to_vec());
    }
    Err(Misfit::new(
        format!("observations.{}.{key}", spec.name),
        "one or more finite numbers",
        format!("{values:?}"),
    ))
}

pub(super) fn param_misfit(spec: &TermSpec, key: &str, expected: &str, found: f64) -> Misfit {
    Misfit::new(format!("observations.{}.{key}", spec.name), expected, found.to_string())
}
