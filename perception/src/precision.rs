//! Average precision: how good a detector's boxes are, whatever score one asks for.
//!
//! As Pascal VOC since 2010 and COCO reckon it, with every point of the curve: boxes are taken by falling score;
//! each is right if it covers a thing of its class that no better box has found; precision is the best at the same
//! or a higher recall. Things that need not be found (VOC's «difficult», COCO's «crowd») are neither missed nor
//! wrongly found.

use crate::heads::{BoundingBox, Detection};

/// Something that is in an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundTruth {
    /// Where.
    pub bbox: BoundingBox,
    /// Which class, by number.
    pub class: usize,
    /// Whether a detector should find it.
    pub wanted: bool,
}

/// What was found in an image, and what there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvaluatedImage {
    /// What the detector says.
    pub found: Vec<Detection>,
    /// What it should say.
    pub truth: Vec<GroundTruth>,
}

/// Average precision of a class, 0 to 1, where a box must share at least `overlap` with a thing of what both cover
/// together. `None` where no image has a thing of the class that should be found.
pub fn average_precision(images: &[EvaluatedImage], class: usize, overlap: f32) -> Option<f64> {
    let wanted = |truth: &&GroundTruth| truth.class == class && truth.wanted;
    let things = images.iter().flat_map(|image| &image.truth).filter(wanted).count();
    if things == 0 {
        return None;
    }
    let mut boxes: Vec<(usize, &Detection)> = Vec::new();
    for (index, image) in images.iter().enumerate() {
        let of_class = image.found.iter().filter(|found| found.class == class);
        boxes.extend(of_class.map(|found| (index, found)));
    }
    boxes.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));

    let mut taken: Vec<Vec<bool>> = images.iter().map(|image| vec![false; image.truth.len()]).collect();
    let mut curve: Vec<(usize, usize)> = Vec::new();
    let (mut right, mut counted) = (0, 0);
    for (index, found) in boxes {
        match verdict(found, &images[index].truth, &mut taken[index], overlap) {
            Verdict::Excused => continue,
            Verdict::Right => right += 1,
            Verdict::Wrong => {}
        }
        counted += 1;
        curve.push((right, counted));
    }
    // From behind, with the best precision that is still to come. Each right box adds one thing to the recall.
    let (mut sum, mut best) = (0.0, 0.0_f64);
    for (index, (right, counted)) in curve.iter().enumerate().rev() {
        best = best.max(*right as f64 / *counted as f64);
        let before = index.checked_sub(1).map_or(0, |index| curve[index].0);
        sum += best * (right - before) as f64;
    }
    Some(sum / things as f64)
}

enum Verdict {
    Right,
    Wrong,
    Excused,
}

/// Takes the thing that a box covers best of those that should be found and are not yet.
fn verdict(found: &Detection, truth: &[GroundTruth], taken: &mut [bool], overlap: f32) -> Verdict {
    let mut best: Option<(f32, usize)> = None;
    let mut excused = false;
    for (index, thing) in truth.iter().enumerate().filter(|(_, thing)| thing.class == found.class) {
        let shared = found.bbox.overlap(&thing.bbox);
        if shared < overlap {
            continue;
        }
        if !thing.wanted {
            excused = true;
        } else if !taken[index] && best.is_none_or(|(most, _)| shared > most) {
            best = Some((shared, index));
        }
    }
    match best {
        Some((_, index)) => {
            taken[index] = true;
            Verdict::Right
        }
        None if excused => Verdict::Excused,
        None => Verdict::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f32) -> BoundingBox {
        BoundingBox {
            left,
            top: 0.0,
            right: left + 10.0,
            bottom: 10.0,
        }
    }

    fn thing(left: f32, class: usize) -> GroundTruth {
        GroundTruth {
            bbox: square(left),
            class,
            wanted: true,
        }
    }

    fn found(left: f32, score: f32) -> Detection {
        Detection {
            bbox: square(left),
            score,
            class: 0,
        }
    }

    #[test]
    fn it_is_the_area_under_the_curve() {
        // Right, wrong, right: precisions 1, 1/2, 2/3 at recalls 1/4, 1/4, 2/4.
        let one = EvaluatedImage {
            found: vec![found(0.0, 0.9), found(50.0, 0.8)],
            truth: vec![thing(0.0, 0), thing(100.0, 0), thing(200.0, 0)],
        };
        let other = EvaluatedImage {
            found: vec![found(2.0, 0.7)],
            truth: vec![thing(0.0, 0)],
        };
        let ap = average_precision(&[one, other], 0, 0.5).unwrap();
        assert!((ap - (1.0 + 2.0 / 3.0) / 4.0).abs() < 1e-9, "{ap}");
    }

    #[test]
    fn a_thing_is_found_once() {
        let twice = EvaluatedImage {
            found: vec![found(0.0, 0.9), found(0.0, 0.8)],
            truth: vec![thing(0.0, 0), thing(100.0, 0)],
        };
        assert_eq!(average_precision(&[twice], 0, 0.5), Some(0.5));
    }

    #[test]
    fn what_need_not_be_found_is_neither_missed_nor_wrong() {
        let excused = GroundTruth {
            wanted: false,
            ..thing(100.0, 0)
        };
        let image = EvaluatedImage {
            found: vec![found(100.0, 0.95), found(100.0, 0.94), found(0.0, 0.9)],
            truth: vec![excused, thing(0.0, 0)],
        };
        assert_eq!(average_precision(std::slice::from_ref(&image), 0, 0.5), Some(1.0));
        let missed = EvaluatedImage {
            found: vec![image.found[2]],
            ..image
        };
        assert_eq!(average_precision(&[missed], 0, 0.5), Some(1.0));
    }

    #[test]
    fn classes_that_are_nowhere_do_not_count() {
        let image = EvaluatedImage {
            found: vec![found(0.0, 0.9)],
            truth: vec![thing(0.0, 0), thing(0.0, 2)],
        };
        assert_eq!(average_precision(std::slice::from_ref(&image), 1, 0.5), None);
        assert_eq!(average_precision(&[image], 2, 0.5), Some(0.0));
    }
}
