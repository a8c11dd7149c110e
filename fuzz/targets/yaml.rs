//! YAML from outside: a value within bounds, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sinew_files::{MAX_DEPTH, MAX_VALUES, Value, yaml};
use sinew_fuzz::plant;

fuzz_target!(init: plant("yaml", seeds()), |bytes: &[u8]| {
    if let Ok(value) = yaml(&String::from_utf8_lossy(bytes)) {
        let (depth, values) = measure(&value);
        assert!(depth <= MAX_DEPTH && values <= MAX_VALUES);
    }
});

/// How deep lists and mappings are nested, and how many values there are.
fn measure(value: &Value) -> (usize, u64) {
    let inside: Vec<&Value> = match value {
        Value::Sequence(values) => values.iter().collect(),
        Value::Mapping(map) => map.iter().flat_map(|(key, value)| [key, value]).collect(),
        Value::Tagged(tagged) => return measure(&tagged.value),
        _ => return (0, 1),
    };
    let sizes = inside.into_iter().map(measure);
    sizes.fold((1, 1), |(depth, values), inside| {
        (depth.max(inside.0 + 1), values + inside.1)
    })
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "/**:\n  ros__parameters:\n    robot_description: a.xml\n",
        "a: &a [1, 2.5e3, .inf]\nb: {c: *a, <<: *a}\n",
        "? [a, b]\n: !!python/x 'it''s'\n--- # two\n...\n",
        "text: |\n  [ {\n- - - >-\n",
        "%TAG !e! tag:x\n---\n!e!y \"\\u00e9\"\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
