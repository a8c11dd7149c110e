//! What models and label files say of classes: names within bounds, or nothing.
#![no_main]

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::fs;

use libfuzzer_sys::fuzz_target;
use sinew_fuzz::plant;
use sinew_perception::metadata::{ModelMetadata, load_labels};
use tempfile::TempDir;

/// Most classes that are believed.
const MAX_CLASSES: usize = 65_536;

thread_local! {
    /// In memory where that can be had.
    static SCRATCH: LazyCell<Option<TempDir>> =
        LazyCell::new(|| tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).ok());
}

fuzz_target!(init: plant("metadata", seeds()), |bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let keys = ["names", "imgsz", "stride", "end2end", "head", "description", "task"];
    let every = BTreeMap::from(keys.map(|key| (key.to_owned(), text.clone().into_owned())));
    let metadata = ModelMetadata::read(&every);
    assert!(metadata.names.len() <= MAX_CLASSES);
    assert!(metadata.size.is_none_or(|size| size.iter().all(|side| (1..=16_384).contains(side))));
    SCRATCH.with(|scratch| {
        let Some(scratch) = &**scratch else { return };
        for file in ["names.txt", "names.yaml"].map(|name| scratch.path().join(name)) {
            if fs::write(&file, bytes).is_ok() && let Ok(names) = load_labels(&file) {
                assert!((1..=MAX_CLASSES).contains(&names.len()));
            }
        }
    });
});

fn seeds() -> Vec<Vec<u8>> {
    [
        "{0: 'person', 1: \"driver's seat\", 2: 'caf\\xe9', 4: 'a\\'b'}",
        "['a', 'b',]",
        r#"{"0": "a", "1": "b\u00e9"}"#,
        "[384, 640]",
        "(32)",
        "32",
        "person\nbicycle\n\ncar\n",
        "names: [person, bicycle]\n",
        "path: ../data\nnames:\n  0: person\n  7: 'car'\n",
        "a: &a [x, *a]\nnames: *a\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
