//! Names that no other element of the same kind has, and that every reader takes.

use std::collections::HashSet;

use crate::model::RobotModel;

/// Gives every body a name of its own, without the signs that other formats give a meaning. Returns a line for each
/// that has changed.
pub(super) fn make_unique(model: &mut RobotModel) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut notes = Vec::new();
    for body in &mut model.bodies {
        let name = unused(&plain(&body.name, "link"), &mut taken);
        if name != body.name {
            notes.push(format!("the body \"{}\" is called {name}", body.name));
            body.name = name;
        }
    }
    notes
}

/// A name without what separates scopes, names files, or is no sign at all.
pub(super) fn plain(name: &str, otherwise: &str) -> String {
    let kept: String = name
        .chars()
        .map(|sign| {
            if sign.is_alphanumeric() || "_-.".contains(sign) {
                sign
            } else {
                '_'
            }
        })
        .collect();
    if kept.is_empty() { otherwise.to_owned() } else { kept }
}

/// `name`, or with a number where it is taken.
pub(super) fn unused(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    candidate
}
