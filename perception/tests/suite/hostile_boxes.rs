//! Outputs that a network could give on a bad day.

use std::borrow::Cow;

use proptest::prelude::*;
use sinew_perception::heads::{
    BoundingBox, Detection, Facts, Fitted, Head, HeadOptions, Keep, OutputData, OutputShape, OutputValues, Prediction,
    Reader, suppress,
};
use sinew_perception::preprocess::{Fit, Mapping};

fn hostile() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -50.0f32..700.0,
        4 => 0.0f32..1.0,
        1 => proptest::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, -0.0, 1e-40]),
    ]
}

#[test]
fn a_hundred_thousand_boxes_are_bounded_work() {
    // All of them different things: each would be compared with each.
    let mut things: Vec<_> = (0..100_000)
        .map(|i| Detection {
            bbox: BoundingBox::centred([(i % 400) as f32 * 10.0, (i / 400) as f32 * 10.0], [5.0, 5.0]),
            score: 0.3 + (i % 1000) as f32 * 5e-4,
            class: i % 80,
        })
        .collect();
    let keep = Keep::default();
    suppress(&mut things, &keep);
    assert_eq!(things.len(), keep.detections);
    assert!(things.is_sorted_by(|a, b| a.score >= b.score));
    assert!(things[0].score > 0.79);
}

fn read_as(head: Option<Head>) -> HeadOptions {
    HeadOptions {
        head,
        ..HeadOptions::default()
    }
}

proptest! {
    #[test]
    fn what_stays_is_a_number_inside_the_image_and_no_duplicate(
        values in proptest::collection::vec(hostile(), 84 * 7),
        head in proptest::sample::select(Head::ALL.to_vec()),
        dims in proptest::sample::select(vec![
            vec![1, 84, 7], vec![1, 7, 84], vec![1, 98, 6], vec![1, 588], vec![1, 7, 7, 12], vec![1, 1, 12, 49],
            vec![1, 49, 12], vec![1, 147, 4], vec![588], vec![0, 588], vec![1, 83, 7],
        ]),
    ) {
        let shape = OutputShape { name: "out".into(), dims: dims.clone(), is_float: true, ..OutputShape::default() };
        let facts = Facts { outputs: vec![shape], input: [320, 320], ..Facts::default() };
        let Ok(fitted) = Fitted::choose(&facts, &read_as(Some(head))) else { return Ok(()) };
        let mapping = Mapping::new(Fit::Letterbox, [640, 480], [320, 320]);
        let keep = Keep::default();
        let outputs = [OutputData { dims: &dims, values: OutputValues::Float(Cow::Borrowed(&values)) }];
        let mut seen = Prediction::default();
        let read = Reader::new(fitted, keep).read(&outputs, &mapping, &mut seen);
        if read.is_err() {
            prop_assert_eq!(dims.iter().product::<usize>() == values.len(), false);
            return Ok(());
        }
        match seen {
            Prediction::Things(things) => {
                for (i, thing) in things.iter().enumerate() {
                    prop_assert!(thing.score > keep.threshold && thing.score.is_finite());
                    prop_assert!(thing.bbox.left >= 0.0 && thing.bbox.right <= 640.0 && thing.bbox.area() > 0.0);
                    prop_assert!(thing.bbox.top >= 0.0 && thing.bbox.bottom <= 480.0);
                    prop_assert!(i == 0 || things[i - 1].score >= thing.score);
                }
            }
            Prediction::Classes(classes) => prop_assert!(classes.iter().all(|class| (0.0..=1.0).contains(&class.score))),
            Prediction::Mask(mask) => prop_assert_eq!(mask.values.len(), 640 * 480),
            Prediction::Depth(depth) => prop_assert!(depth.values.iter().all(|value| value.is_finite())),
        }
    }

    #[test]
    fn any_shapes_fit_a_head_or_are_refused(
        shapes in proptest::collection::vec(proptest::collection::vec(0usize..2000, 0..6), 0..4),
        floats in any::<bool>(),
        head in proptest::option::of(proptest::sample::select(Head::ALL.to_vec())),
    ) {
        let shape = |dims: &Vec<usize>| OutputShape {
            name: "out".into(),
            dims: dims.clone(),
            is_float: floats,
            ..OutputShape::default()
        };
        let facts = Facts { outputs: shapes.iter().map(shape).collect(), input: [320, 320], ..Facts::default() };
        let _ = Fitted::choose(&facts, &read_as(head));
    }
}
