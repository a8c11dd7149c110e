//! Files that say they are ONNX models: an error, or a model whose metadata can be rewritten, and nothing else is.
#![no_main]

#[allow(dead_code, reason = "shared with the tests of the crate perception")]
#[path = "../../perception/tests/suite/onnx.rs"]
mod models;

use libfuzzer_sys::fuzz_target;
use sinew_fuzz::plant;
use sinew_models::onnx::{OnnxModel, with_metadata};

fuzz_target!(init: plant("onnx", seeds()), |bytes: &[u8]| {
    let Ok(before) = OnnxModel::parse(bytes) else { return };
    let Ok(rewritten) = with_metadata(bytes, &[("sinew", "hello")]) else {
        panic!("a model that can be read can be rewritten")
    };
    let Ok(mut after) = OnnxModel::parse(&rewritten) else {
        panic!("what was rewritten can be read")
    };
    assert_eq!(after.metadata.remove("sinew").as_deref(), Some("hello"));
    let mut expected = before;
    expected.metadata.remove("sinew");
    assert_eq!(after, expected);
});

fn seeds() -> Vec<Vec<u8>> {
    let Ok(folder) = tempfile::tempdir() else {
        return Vec::new();
    };
    let read = |file: std::path::PathBuf| std::fs::read(file).unwrap_or_default();
    let fixed = [("out", &[1, 1, 6][..], &[1.0, f32::NAN, 3.0, 4.0, 5.0, 6.0][..])];
    vec![
        read(models::fixed(
            folder.path(),
            &[1, 3, 8, 8],
            &fixed,
            &[("names", "{0: 'a'}"), ("task", "detect")],
        )),
        read(models::convolution(folder.path(), &[1, 3, 8, 8], &[0.5; 27])),
        read(models::operator(
            folder.path(),
            "Relu",
            &[1, 3, -1, -1],
            &[1, 3, -1, -1],
        )),
    ]
}
