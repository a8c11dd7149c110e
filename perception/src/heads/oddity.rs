//! What makes one doubt that outputs are read as they were meant.

use std::fmt;

use super::boxes::Detection;

/// Scores may be so far beside 0 to 1: rounding, and half or quantised numbers.
pub(super) const ROUNDING: f32 = 0.01;
/// Boxes that are the same are no accident from so many on.
const MANY: usize = 4;

/// Something that a model that is read rightly does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// Scores that are no probabilities.
    Scores,
    /// All boxes are one and the same.
    EqualBoxes,
    /// No box is as large as a pixel.
    TinyBoxes,
    /// Most boxes have their edges on the wrong sides.
    InvertedBoxes,
    /// Classes beyond the names.
    UnnamedClasses,
}

impl Oddity {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::Scores,
        Self::EqualBoxes,
        Self::TinyBoxes,
        Self::InvertedBoxes,
        Self::UnnamedClasses,
    ];

    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::EqualBoxes => "equal_boxes",
            Self::TinyBoxes => "tiny_boxes",
            Self::InvertedBoxes => "inverted_boxes",
            Self::UnnamedClasses => "unnamed_classes",
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scores => {
                "scores outside 0 to 1: is it the right `head`? `scores` says what makes probabilities of them"
            }
            Self::EqualBoxes => "all boxes are the same: are `head`, `normalise` and `channel_order` right?",
            Self::TinyBoxes => {
                "all boxes are smaller than a pixel: are they shares of the input (`box_unit`), or is it another `head`?"
            }
            Self::InvertedBoxes => {
                "most boxes have their edges on the wrong sides: `boxes` says what their four numbers are (or are they \
                 offsets of `anchors`?)"
            }
            Self::UnnamedClasses => "classes that have no name: are the class names those of this model?",
        })
    }
}

/// Which of them there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities(u8);

impl Oddities {
    pub(super) fn add(&mut self, oddity: Oddity, there: bool) {
        self.0 |= u8::from(there) << oddity as u8;
    }

    /// Those that there were.
    pub fn iter(self) -> impl Iterator<Item = Oddity> {
        Oddity::ALL.into_iter().filter(move |oddity| self.has(*oddity))
    }

    /// Whether there was this one.
    pub fn has(self, oddity: Oddity) -> bool {
        self.0 >> oddity as u8 & 1 == 1
    }

    /// What is in either.
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Of all candidates, before duplicates are taken out. `names` is how many classes have a name, 0 for none.
    pub(super) fn look_at(&mut self, candidates: &[Detection], names: usize) {
        let Some(first) = candidates.first() else { return };
        let is_same = |thing: &Detection| thing.bbox == first.bbox;
        self.add(
            Oddity::EqualBoxes,
            candidates.len() >= MANY && candidates.iter().all(is_same),
        );
        let is_tiny = |thing: &Detection| thing.bbox.size().iter().all(|side| side.abs() < 1.0);
        self.add(Oddity::TinyBoxes, candidates.iter().all(is_tiny));
        let is_inverted = |thing: &&Detection| thing.bbox.size().iter().any(|side| *side < 0.0);
        let inverted = candidates.iter().filter(is_inverted).count();
        self.add(Oddity::InvertedBoxes, 2 * inverted > candidates.len());
        self.add(
            Oddity::UnnamedClasses,
            names > 0 && candidates.iter().any(|thing| thing.class >= names),
        );
        self.add(Oddity::Scores, candidates.iter().any(|thing| is_outside(thing.score)));
    }
}

/// Whether a score is a number, and no probability.
pub(super) fn is_outside(score: f32) -> bool {
    !(score.is_nan() || (-ROUNDING..=1.0 + ROUNDING).contains(&score))
}
