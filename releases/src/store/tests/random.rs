//! Random orders of events on a store in memory, with power cuts and new starts between them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::*;
use crate::store::Event;

#[derive(Debug, Clone)]
enum Step {
    Stage(u8),
    Event(u8, u8),
    PowerCut(u64),
    CutAfter(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..5_u8).prop_map(Step::Stage),
        9 => (0..15_u8, 1..5_u8).prop_map(|(event, version)| Step::Event(event, version)),
        1 => any::<u64>().prop_map(Step::PowerCut),
        1 => (0..40_u8).prop_map(Step::CutAfter),
    ]
}

fn event(number: u8, version: String) -> Event {
    match number {
        0 => Event::AdmissionBegan(version),
        1 => Event::Admitted(version),
        2 => Event::Refused(version, "bad".to_owned()),
        3 => Event::ShadowBegan(version),
        4 => Event::ShadowEnded(version, ShadowResult::Passed),
        5 => Event::ShadowEnded(version, ShadowResult::Failed("bad".to_owned())),
        6 => Event::Ready(version),
        7 => Event::Promoted(version, By::Rule),
        8 => Event::Promoted(version, By::Operator),
        9 => Event::ProbationPassed(version),
        10 => Event::RolledBack(version, "fell".to_owned()),
        11 => Event::Started { limit: 2 },
        12 => Event::Pinned(version),
        13 => Event::Withdrawn(version),
        _ => Event::Unpinned,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_happens_in_whatever_order_a_verified_model_starts_and_no_bad_version_comes_back(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let folder = Path::new("/releases");
        let disk = MemoryDisk::default();
        let mut store = with_factory(&disk, folder);
        // What was reported as refused or rolled back.
        let mut barred = BTreeSet::new();
        for step in steps {
            let outcome = match step {
                Step::Stage(version) => {
                    let version = version.to_string();
                    let folder = store.incoming().join(&version);
                    let staged = bring(&disk, &folder, &version).and_then(|()| store.stage(&release(&version), &folder));
                    staged.ok()
                }
                Step::Event(number, version) => store.change(&event(number, version.to_string())).ok(),
                Step::CutAfter(operations) => {
                    disk.cut_after(operations.into());
                    None
                }
                Step::PowerCut(seed) => {
                    disk.power_cut(&mut Pcg64::seed_from_u64(seed));
                    store = Store::on(Arc::new(disk.clone()), folder).unwrap().0;
                    None
                }
            };
            if let Some(status) = outcome {
                barred.extend(status.state.barred().keys().cloned());
            }
            if let Ok(loaded) = store.in_charge() {
                let version = &loaded.release.version;
                prop_assert_eq!(&loaded.files["model/walk.onnx"], &model(version));
                prop_assert!(!barred.contains(version));
                prop_assert!(loaded.passed_over.is_empty());
            }
        }
        disk.power_cut(&mut Pcg64::seed_from_u64(0));
        let (store, _) = Store::on(Arc::new(disk.clone()), folder).unwrap();
        let loaded = store.in_charge().unwrap();
        prop_assert!(loaded.passed_over.is_empty(), "{:?}", loaded.passed_over);
        prop_assert!(!barred.contains(&loaded.release.version));
        let state = store.status().unwrap().state;
        prop_assert!(barred.iter().all(|version| state.barred().contains_key(version)));
    }
}
