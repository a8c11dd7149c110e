//! What the tests of whole models share.

use std::path::Path;

use sinew_models::ModelFile;
use sinew_perception::heads::{Detection, Head, HeadOptions, Prediction};
use sinew_perception::image::Picture;
use sinew_perception::{Model, ModelError, ModelOptions};

pub(crate) const INPUT: [i64; 4] = [1, 3, 64, 64];

/// With nothing said but the head.
pub(crate) fn read_as(head: Head) -> ModelOptions {
    ModelOptions {
        reading: HeadOptions {
            head: Some(head),
            ..HeadOptions::default()
        },
        ..ModelOptions::default()
    }
}

/// 128×64: an input of 64×64 halves it, with 16 rows of margin above and below, or stretches it down to a square.
pub(crate) fn picture() -> Picture {
    Picture::from_rgb([128, 64], vec![90; 3 * 128 * 64]).unwrap()
}

/// The model in a file that is there.
pub(crate) fn load(file: impl AsRef<Path>, options: &ModelOptions) -> Result<Model, ModelError> {
    Model::load(&ModelFile::read(file.as_ref()).unwrap(), options)
}

/// What a model sees in it the second time, with memory in use.
pub(crate) fn seen(model: &mut Model) -> Prediction {
    let mut seen = Prediction::default();
    for _ in 0..2 {
        model.perceive(&picture().view(), &mut seen).unwrap();
    }
    seen
}

/// The things in it.
pub(crate) fn things(file: &Path, options: &ModelOptions) -> Vec<Detection> {
    match seen(&mut load(file, options).unwrap()) {
        Prediction::Things(things) => things,
        other => panic!("{other:?}"),
    }
}

/// Class, score, left, top, right, bottom, of each.
pub(crate) fn assert_are(things: &[Detection], expected: &[(usize, f32, [f32; 4])]) {
    assert_eq!(things.len(), expected.len(), "{things:?}");
    for (thing, (class, score, edges)) in things.iter().zip(expected) {
        let found = [thing.bbox.left, thing.bbox.top, thing.bbox.right, thing.bbox.bottom];
        let is_near = found.iter().zip(edges).all(|(a, b)| (a - b).abs() < 1e-2);
        assert!(
            is_near && thing.class == *class && (thing.score - score).abs() < 1e-4,
            "expected {class} {score} {edges:?}, found {thing:?}"
        );
    }
}

/// Why a model is not loaded.
pub(crate) fn refusal(file: &Path, options: &ModelOptions) -> String {
    load(file, options).unwrap_err().to_string()
}

/// Whether all of the words are in the text.
pub(crate) fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
