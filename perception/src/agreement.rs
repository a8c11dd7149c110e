//! How far two models agree about the same images.
//!
//! One of them is the reference, and the other is measured by it as a detector is by a data set: a thing counts as found
//! where both have a box of one class that overlaps by at least [`SAME_OVERLAP`], and precision, recall and F1 follow from
//! the counts. Nobody says that the reference is right.

use crate::heads::{Detection, Grid, Prediction};
use crate::matching::matched;

/// The overlap from which on two boxes are of the same thing: that of the PASCAL VOC challenge (Everingham et al. 2010).
pub const SAME_OVERLAP: f32 = 0.5;
/// Two depths are the same where neither is more than a quarter above the other: δ₁ of Eigen et al. 2014.
const SAME_DEPTH: f32 = 1.25;

/// Which number of the reference each class of another model has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassMap(Option<Vec<Option<usize>>>);

impl ClassMap {
    /// From the names of a model's classes to those of the reference. Where either has none, numbers stay as they are.
    pub fn by_name(names: &[String], reference: &[String]) -> Self {
        if names.is_empty() || reference.is_empty() {
            return Self(None);
        }
        let number = |name: &String| reference.iter().position(|known| known == name);
        Self(Some(names.iter().map(number).collect()))
    }

    /// The number of the reference's class; none where it does not know this one.
    pub fn number(&self, class: usize) -> Option<usize> {
        match &self.0 {
            None => Some(class),
            Some(numbers) => numbers.get(class).copied().flatten(),
        }
    }
}

/// What two models say alike, and what only one of them. Counts are of things; an image as a whole, with a class, a mask or
/// depths, counts as one, of which a share may be alike.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Agreement {
    /// Images that both have looked at.
    pub images: u64,
    /// What both say.
    pub both: f64,
    /// What only the reference says.
    pub only_reference: f64,
    /// What only the other says.
    pub only_other: f64,
    /// Boxes of both that are of the same thing.
    matches: u64,
    overlaps: f64,
    score_differences: f64,
}

impl Agreement {
    /// Of one image. `classes` leads from the other's classes to the reference's; what the reference has no class for does
    /// not count.
    pub fn of(reference: &Prediction, other: &Prediction, classes: &ClassMap) -> Self {
        match (reference, other) {
            (Prediction::Things(reference), Prediction::Things(other)) => Self::of_things(reference, other, classes),
            (Prediction::Classes(reference), Prediction::Classes(other)) => {
                let reference = reference.first().map(|best| best.class);
                let other = other.first().and_then(|best| classes.number(best.class));
                Self::of_share(if reference == other { 1.0 } else { 0.0 })
            }
            (Prediction::Mask(reference), Prediction::Mask(other)) => {
                Self::of_share(share(reference, other, PartialEq::eq))
            }
            (Prediction::Depth(reference), Prediction::Depth(other)) => {
                Self::of_share(share(reference, other, |reference, other| {
                    reference == other || (reference / other).max(other / reference) < SAME_DEPTH
                }))
            }
            _ => Self::of_share(0.0),
        }
    }

    fn of_share(share: f64) -> Self {
        Self {
            images: 1,
            both: share,
            only_reference: 1.0 - share,
            only_other: 1.0 - share,
            ..Self::default()
        }
    }

    fn of_things(reference: &[Detection], other: &[Detection], classes: &ClassMap) -> Self {
        let known: Vec<_> = reference.iter().map(|thing| (thing.bbox, thing.class)).collect();
        let judged: Vec<_> = other
            .iter()
            .filter_map(|thing| Some((thing, classes.number(thing.class)?)))
            .collect();
        let boxes: Vec<_> = judged.iter().map(|(thing, class)| (thing.bbox, *class)).collect();
        let mut agreement = Self {
            images: 1,
            ..Self::default()
        };
        for ((thing, _), known) in judged.iter().zip(matched(&known, &boxes, SAME_OVERLAP)) {
            let Some((known, overlap)) = known else { continue };
            agreement.matches += 1;
            agreement.overlaps += f64::from(overlap);
            agreement.score_differences += f64::from((thing.score - reference[known].score).abs());
        }
        agreement.both = agreement.matches as f64;
        agreement.only_reference = reference.len() as f64 - agreement.both;
        agreement.only_other = judged.len() as f64 - agreement.both;
        agreement
    }

    /// With what was found in other images.
    pub fn add(&mut self, more: &Self) {
        self.images += more.images;
        self.both += more.both;
        self.only_reference += more.only_reference;
        self.only_other += more.only_other;
        self.matches += more.matches;
        self.overlaps += more.overlaps;
        self.score_differences += more.score_differences;
    }

    /// What either has seen.
    pub fn things(&self) -> f64 {
        self.both + self.only_reference + self.only_other
    }

    /// The share of what the other says that the reference says too, 0 to 1; none where it says nothing.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.both, self.both + self.only_other)
    }

    /// The share of what the reference says that the other says too, 0 to 1; none where it says nothing.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.both, self.both + self.only_reference)
    }

    /// The harmonic mean of both, 0 to 1: the same whichever is the reference. None where neither says anything.
    pub fn f1(&self) -> Option<f64> {
        ratio(2.0 * self.both, 2.0 * self.both + self.only_reference + self.only_other)
    }

    /// How much the boxes of the same things overlap, on the mean, 0 to 1; none where there are none.
    pub fn overlap(&self) -> Option<f64> {
        ratio(self.overlaps, self.matches as f64)
    }

    /// How far the scores of the same things are apart, on the mean, 0 to 1; none where there are none.
    pub fn score_difference(&self) -> Option<f64> {
        ratio(self.score_differences, self.matches as f64)
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// The share of pixels that are the same; 0 for grids of different sizes.
fn share<T>(reference: &Grid<T>, other: &Grid<T>, is_same: impl Fn(&T, &T) -> bool) -> f64 {
    if reference.size != other.size || reference.values.is_empty() {
        return 0.0;
    }
    let pairs = reference.values.iter().zip(&other.values);
    let same = pairs.filter(|(reference, other)| is_same(reference, other)).count();
    same as f64 / reference.values.len() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::heads::{BoundingBox, ClassScore};

    fn thing(x: f32, class: usize, score: f32) -> Detection {
        Detection {
            bbox: BoundingBox::centred([x, 50.0], [20.0, 20.0]),
            score,
            class,
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_thing_is_found_where_class_and_place_are_the_same() {
        let reference = Prediction::Things(vec![thing(50.0, 0, 0.9), thing(150.0, 1, 0.8), thing(250.0, 0, 0.7)]);
        // The first a little to the side, the second of another class, the third far off, and one that is no class there.
        let other = Prediction::Things(vec![
            thing(52.0, 1, 0.5),
            thing(150.0, 1, 0.8),
            thing(270.0, 1, 0.7),
            thing(350.0, 2, 0.7),
        ]);
        let classes = ClassMap::by_name(&names(&["cone", "ball", "dog"]), &names(&["ball", "cone"]));
        let found = Agreement::of(&reference, &other, &classes);
        assert_eq!((found.both, found.only_reference, found.only_other), (1.0, 2.0, 2.0));
        assert_eq!(
            (found.precision(), found.recall(), found.f1()),
            (Some(1.0 / 3.0), Some(1.0 / 3.0), Some(1.0 / 3.0))
        );
        // 18 of 22 pixels in width.
        assert!((found.overlap().unwrap() - 18.0 / 22.0).abs() < 1e-6);
        assert!((found.score_difference().unwrap() - 0.4).abs() < 1e-6);
    }

    #[test]
    fn where_neither_sees_anything_nothing_is_known() {
        let nothing = Prediction::default();
        let found = Agreement::of(&nothing, &nothing, &ClassMap::by_name(&[], &[]));
        assert_eq!((found.images, found.f1(), found.overlap()), (1, None, None));
    }

    #[test]
    fn an_image_as_a_whole_counts_as_one() {
        let best = |class| Prediction::Classes(vec![ClassScore { class, score: 0.9 }]);
        let same = ClassMap::by_name(&[], &[]);
        assert_eq!(Agreement::of(&best(1), &best(1), &same).f1(), Some(1.0));
        assert_eq!(Agreement::of(&best(1), &best(2), &same).f1(), Some(0.0));
        let mask = |values: [u8; 4]| {
            Prediction::Mask(Grid {
                size: [2, 2],
                values: values.to_vec(),
            })
        };
        assert_eq!(
            Agreement::of(&mask([0, 1, 1, 1]), &mask([0, 1, 1, 0]), &same).f1(),
            Some(0.75)
        );
        let depth = |values: [f32; 2]| {
            Prediction::Depth(Grid {
                size: [2, 1],
                values: values.to_vec(),
            })
        };
        assert_eq!(
            Agreement::of(&depth([1.0, 0.0]), &depth([1.2, 0.0]), &same).f1(),
            Some(1.0)
        );
        assert_eq!(
            Agreement::of(&depth([1.0, 1.0]), &depth([1.3, 0.0]), &same).f1(),
            Some(0.0)
        );
        assert_eq!(Agreement::of(&best(1), &mask([0; 4]), &same).f1(), Some(0.0));
    }

    proptest! {
        #[test]
        fn shares_are_shares_and_f1_is_the_same_both_ways(
            wild in proptest::collection::vec((any::<f32>(), 0usize..3, any::<f32>()), 0..10),
            one in proptest::collection::vec((-50f32..500.0, 0usize..3, 0f32..1.0), 0..10),
            other in proptest::collection::vec((-50f32..500.0, 0usize..3, 0f32..1.0), 0..10),
        ) {
            let things = |of: Vec<(f32, usize, f32)>| {
                Prediction::Things(of.into_iter().map(|(x, class, score)| thing(x, class, score)).collect())
            };
            let (wild, one, other) = (things(wild), things(one), things(other));
            let same = ClassMap::by_name(&[], &[]);
            let (there, back) = (Agreement::of(&one, &other, &same), Agreement::of(&other, &one, &same));
            prop_assert_eq!(there.f1(), back.f1());
            prop_assert_eq!(there.precision(), back.recall());
            for share in [there.precision(), there.recall(), there.f1(), there.overlap()].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share), "{}", share);
            }
            prop_assert_eq!(Agreement::of(&one, &one, &same).only_other, 0.0);
            prop_assert!(Agreement::of(&wild, &other, &same).f1().is_none_or(|share| (0.0..=1.0).contains(&share)));
        }
    }
}
