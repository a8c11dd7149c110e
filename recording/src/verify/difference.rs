//! Which record is the first that is not as it was signed.

use super::Kind;
use crate::point::Short;

/// What became of the records between two chain points: the first difference, by its place.
pub(super) fn first(signed: &[Short], found: &[Short]) -> Option<(usize, Kind)> {
    let at = signed.iter().zip(found).position(|(signed, found)| signed != found);
    let Some(at) = at else {
        let common = signed.len().min(found.len());
        return match signed.len().cmp(&found.len()) {
            std::cmp::Ordering::Less => Some((common, Kind::Added)),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some((common, Kind::Removed)),
        };
    };
    let (signed, found) = (&signed[at..], &found[at..]);
    // The order is that of the simplest story: one record more, one less, another order, another record.
    let kind = if found.get(1..) == Some(signed) || found.len() > signed.len() && found.get(1) == signed.first() {
        Kind::Added
    } else if signed.get(1..) == Some(found) || signed.len() > found.len() && signed.get(1) == found.first() {
        Kind::Removed
    } else if found.contains(&signed[0]) && signed.contains(&found[0]) {
        Kind::Reordered
    } else if found.len() > signed.len() {
        Kind::Added
    } else if found.len() < signed.len() {
        Kind::Removed
    } else {
        Kind::Changed
    };
    Some((at, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shorts(letters: &str) -> Vec<Short> {
        letters.bytes().map(|letter| [letter; 4]).collect()
    }

    #[test]
    fn the_first_difference_is_named_as_what_it_is() {
        for (signed, found, expected) in [
            ("abcd", "abcd", None),
            ("abcd", "axcd", Some((1, Kind::Changed))),
            ("abcd", "acd", Some((1, Kind::Removed))),
            ("abcd", "abc", Some((3, Kind::Removed))),
            ("abcd", "abxcd", Some((2, Kind::Added))),
            ("abcd", "abbcd", Some((2, Kind::Added))),
            ("abcd", "abcdx", Some((4, Kind::Added))),
            ("abcd", "acbd", Some((1, Kind::Reordered))),
            ("abcd", "abdc", Some((2, Kind::Reordered))),
            ("abcd", "ad", Some((1, Kind::Removed))),
            ("abcd", "", Some((0, Kind::Removed))),
            ("", "a", Some((0, Kind::Added))),
        ] {
            assert_eq!(first(&shorts(signed), &shorts(found)), expected, "{signed} {found}");
        }
    }
}
