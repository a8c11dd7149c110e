//! Which box is which of another set of boxes.

use crate::heads::BoundingBox;

/// A box and the number of its class.
pub(crate) type ClassedBox = (BoundingBox, usize);

/// For each of `things` which of `known` it is, and by how much they overlap: of the same class, with an overlap of at
/// least `least`, the closest pairs first and none twice.
pub(crate) fn matched(known: &[ClassedBox], things: &[ClassedBox], least: f32) -> Vec<Option<(usize, f32)>> {
    let mut pairs = Vec::new();
    for (k, (bbox, class)) in known.iter().enumerate() {
        for (t, (other, _)) in things.iter().enumerate().filter(|(_, (_, other))| other == class) {
            let overlap = bbox.overlap(other);
            if overlap >= least {
                pairs.push((overlap, k, t));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken = vec![false; known.len()];
    let mut matched = vec![None; things.len()];
    for (overlap, k, t) in pairs {
        if !taken[k] && matched[t].is_none() {
            taken[k] = true;
            matched[t] = Some((k, overlap));
        }
    }
    matched
}
