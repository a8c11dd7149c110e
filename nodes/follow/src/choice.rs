//! Which of the things in an image is the target.

use sinew_perception::heads::BoundingBox;

/// A thing that was detected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate<'a> {
    /// Its class.
    pub class: &'a str,
    /// Its identity from image to image, empty where it has none.
    pub id: &'a str,
    /// How sure the detector is, 0 to 1.
    pub score: f64,
    /// Where it is in the image.
    pub bbox: BoundingBox,
}

/// Keeps to one target: that which it had before, as long as it is seen; else the surest one of its class.
#[derive(Debug, Default)]
pub struct Choice {
    id: String,
}

impl Choice {
    /// The target among `candidates`.
    pub fn choose<'a>(
        &mut self,
        class: &str,
        min_score: f64,
        candidates: impl Iterator<Item = Candidate<'a>>,
    ) -> Option<Candidate<'a>> {
        let mut best: Option<Candidate<'a>> = None;
        for candidate in candidates.filter(|candidate| candidate.class == class && candidate.score >= min_score) {
            let rank = |candidate: &Candidate<'_>| (!self.id.is_empty() && candidate.id == self.id, candidate.score);
            if best.is_none_or(|best| rank(&candidate) > rank(&best)) {
                best = Some(candidate);
            }
        }
        if let Some(best) = &best
            && best.id != self.id
        {
            best.id.clone_into(&mut self.id);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing<'a>(class: &'a str, id: &'a str, score: f64) -> Candidate<'a> {
        Candidate {
            class,
            id,
            score,
            bbox: BoundingBox::centred([0.0, 0.0], [1.0, 1.0]),
        }
    }

    #[test]
    fn it_keeps_to_the_one_it_had_and_takes_the_surest_otherwise() {
        let mut choice = Choice::default();
        let mut chosen = |things: &[Candidate<'static>]| {
            let found = choice.choose("ball", 0.4, things.iter().copied());
            found.map(|thing| thing.id)
        };
        assert_eq!(chosen(&[thing("box", "7", 0.9), thing("ball", "1", 0.3)]), None);
        assert_eq!(chosen(&[thing("ball", "1", 0.5), thing("ball", "2", 0.8)]), Some("2"));
        assert_eq!(chosen(&[thing("ball", "1", 0.9), thing("ball", "2", 0.5)]), Some("2"));
        assert_eq!(chosen(&[thing("ball", "1", 0.9), thing("ball", "3", 0.5)]), Some("1"));
        assert_eq!(chosen(&[thing("ball", "", 0.6), thing("ball", "", 0.5)]), Some(""));
    }
}
