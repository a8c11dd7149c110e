//! Several images in one run.

use sinew_perception::heads::{ClassScore, Head, HeadOptions, Prediction};
use sinew_perception::image::{ImageView, Picture};
use sinew_perception::{ModelError, ModelOptions, Normalise, PerceiveError};

use crate::onnx::{convolution, fixed, operator};

use crate::support::load;

fn options(batch: usize) -> ModelOptions {
    ModelOptions {
        batch,
        reading: HeadOptions {
            head: Some(Head::Classify),
            ..HeadOptions::default()
        },
        normalise: Some(Normalise::Unit),
        ..ModelOptions::default()
    }
}

/// Pictures of different sizes and contents, the same every time.
fn pictures() -> Vec<Picture> {
    let picture = |(i, [width, height]): (usize, [usize; 2])| {
        let pixels = (0..3 * width * height).map(|at| (at * (7 + 4 * i) + at / width * 13 * i) as u8);
        Picture::from_rgb([width, height], pixels.collect()).unwrap()
    };
    let sizes = [[64, 64], [128, 60], [33, 47], [64, 64]];
    sizes.into_iter().enumerate().map(picture).collect()
}

fn classes(seen: &Prediction) -> &[ClassScore] {
    match seen {
        Prediction::Classes(classes) => classes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_says_of_each_image_what_a_run_of_its_own_says() {
    let folder = tempfile::tempdir().unwrap();
    let kernels: Vec<f32> = (0..5 * 27).map(|i| ((i * 37 % 64) as f32 - 31.5) / 16.0).collect();
    let pictures = pictures();
    let views: Vec<ImageView> = pictures.iter().map(Picture::view).collect();
    let mut single = load(convolution(folder.path(), &[1, 3, 48, 48], &kernels), &options(1)).unwrap();
    let alone: Vec<Prediction> = views
        .iter()
        .map(|view| {
            let mut seen = Prediction::default();
            single.perceive(view, &mut seen).unwrap();
            seen
        })
        .collect();
    // The images are told apart, or the comparison would be worth nothing.
    assert_ne!(classes(&alone[0]), classes(&alone[1]));
    for dims in [[4, 3, 48, 48], [-1, 3, 48, 48]] {
        let mut model = load(convolution(folder.path(), &dims, &kernels), &options(4)).unwrap();
        assert_eq!(model.batch(), 4);
        // All, fewer, one, none, and all again after places were left alone.
        for count in [4, 2, 1, 0, 4] {
            let mut seen = vec![Prediction::default(); count];
            model.perceive_batch(&views[..count], &mut seen).unwrap();
            for (seen, alone) in seen.iter().zip(&alone) {
                assert_eq!(classes(seen).len(), 5);
                for (a, b) in classes(seen).iter().zip(classes(alone)) {
                    assert_eq!(a.class, b.class);
                    // A larger batch may add in another order.
                    assert!((a.score - b.score).abs() < 1e-5, "{a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn each_image_gets_the_boxes_in_its_own_pixels() {
    let folder = tempfile::tempdir().unwrap();
    // Finished boxes: in the first image one at the left, in the second one at the right, which is no number.
    let mut values = vec![0.0; 2 * 30 * 6];
    values[..6].copy_from_slice(&[0.0, 16.0, 32.0, 48.0, 0.75, 1.0]);
    values[6..12].copy_from_slice(&[f32::NAN, 16.0, 32.0, 48.0, 0.75, 1.0]);
    values[180..186].copy_from_slice(&[32.0, 16.0, 64.0, 48.0, 0.5, 0.0]);
    let file = fixed(
        folder.path(),
        &[2, 3, 64, 64],
        &[("output0", &[2, 30, 6], &values)],
        &[],
    );
    let found = ModelOptions {
        reading: HeadOptions::default(),
        ..options(2)
    };
    let mut model = load(&file, &found).unwrap();
    let small = Picture::from_rgb([64, 64], vec![90; 3 * 64 * 64]).unwrap();
    let large = Picture::from_rgb([128, 128], vec![90; 3 * 128 * 128]).unwrap();
    let mut seen = vec![Prediction::default(); 2];
    let dropped = model.perceive_batch(&[small.view(), large.view()], &mut seen).unwrap();
    assert_eq!(dropped, 1);
    let edges = |seen: &Prediction| match seen {
        Prediction::Things(things) => things
            .iter()
            .map(|thing| [thing.bbox.left, thing.bbox.top, thing.bbox.right, thing.bbox.bottom])
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(edges(&seen[0]), [[0.0, 16.0, 32.0, 48.0]]);
    assert_eq!(edges(&seen[1]), [[64.0, 32.0, 128.0, 96.0]]);
}

#[test]
fn batches_that_a_model_does_not_take_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let load = |own: i64, batch: usize| {
        let dims = [own, 3, 64, 64];
        let segments = ModelOptions {
            reading: HeadOptions {
                head: Some(Head::Segment),
                ..HeadOptions::default()
            },
            ..options(batch)
        };
        load(operator(folder.path(), "Relu", &dims, &dims), &segments)
    };
    for (own, batch, words) in [
        (1, 4, "a batch of 1, found 4"),
        (4, 1, "a batch of 4, found 1"),
        (4, 2, "a batch of 4, found 2"),
        (-1, 0, "a batch of 1 or more, found 0"),
    ] {
        let error = load(own, batch).unwrap_err();
        assert!(matches!(error, ModelError::Batch { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains("model.onnx"), "{text}");
    }
    let mut model = load(4, 4).unwrap();
    let picture = Picture::from_rgb([64, 64], vec![90; 3 * 64 * 64]).unwrap();
    for (images, places) in [(5, 5), (2, 1), (1, 2)] {
        let views = vec![picture.view(); images];
        let mut seen = vec![Prediction::default(); places];
        let error = model.perceive_batch(&views, &mut seen).unwrap_err();
        assert!(matches!(error, PerceiveError::Batch { batch: 4, .. }), "{error}");
    }
}

#[test]
fn outputs_that_are_not_of_each_image_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let outputs: [(&str, &[i64], &[f32]); 1] = [("output0", &[1, 30, 6], &[0.0; 180])];
    let file = fixed(folder.path(), &[2, 3, 64, 64], &outputs, &[]);
    let error = load(&file, &options(2)).unwrap_err();
    assert!(matches!(error, ModelError::BatchOutput { batch: 2, .. }), "{error}");
    assert!(error.to_string().contains("`output0` [1, 30, 6]"), "{error}");
}
