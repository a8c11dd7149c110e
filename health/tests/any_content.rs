//! No content of a machine's files is an error, or a number that cannot be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod trees;

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use sinew_health::{Platform, Readings, Tree};

/// What a file may have in it: bytes, numbers that are hardly any, and lines that look like what is expected.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let edge = prop::sample::select(vec![
        "",
        "-",
        "nan",
        "inf",
        "1e999",
        "-256000",
        "18446744073709551616",
        "9223372036854775807",
        "0-4294967295",
        "pmode:",
        "pmode:99999999999",
        "# R",
        "# R36 (release), REVISION: .",
        "< POWER_MODEL ID= NAME= >",
        "< POWER_MODEL >\n< PM_CONFIG DEFAULT= >",
        "MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB",
        "MemTotal: kB",
        "Package: nvidia-l4t-core\nVersion: -",
        "nvidia,tegra234\0",
        "passive",
        "soctherm_oc",
        "ina3221",
    ]);
    prop_oneof![
        edge.prop_map(|text| text.as_bytes().to_vec()),
        any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..64),
    ]
}

fn files_of(recorded: &str) -> Vec<PathBuf> {
    let paths = recorded.lines().filter_map(|line| line.split_once(" ="));
    paths.map(|(path, _)| path.trim_start_matches('/').into()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_files_have_in_them(
        machine in 0..trees::TREES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), content()), 1..40),
    ) {
        let (name, recorded) = trees::TREES[machine];
        let folder = trees::tree(name);
        let files = files_of(recorded);
        for (which, bytes) in changes {
            let file = folder.path().join(which.get(&files));
            if file.is_file() {
                fs::write(file, bytes).unwrap();
            }
        }
        let tree = Tree::new(folder.path());
        drop(Platform::read(&tree));
        let readings = Readings::read(&tree);
        for zone in &readings.zones {
            prop_assert!(zone.celsius.is_none_or(f64::is_finite));
        }
        for rail in &readings.rails {
            prop_assert!(rail.watts.is_finite());
        }
        readings.clocks.are_steady();
        if let Some((_, margin)) = readings.nearest_shutdown() {
            prop_assert!(margin.is_finite());
        }
    }
}
