//! Processes that update without end, killed at random moments.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use sinew_releases::store::{By, ShadowResult, Stage, State, Store, StoreError};

use crate::common::{stage, version_in_charge, with_factory};

const FOLDER: &str = "SINEW_TEST_STORE";
/// How many processes are killed: `SINEW_TEST_KILLS=1000` takes two minutes.
const KILLS: &str = "SINEW_TEST_KILLS";

/// The release after all that were ever here.
fn next(state: &State) -> u32 {
    let slots = [
        state.release_in_charge(),
        state.candidate().map(|(_, held)| &held.release),
    ];
    let held = slots.into_iter().flatten().map(|release| &release.version);
    let known = held
        .chain(state.barred().keys())
        .map(|version| version.parse::<u32>().unwrap());
    known.max().unwrap() + 1
}

/// One step of what a robot does with releases: every third is rolled back, every fifth refused.
fn step(store: &Store) -> Result<(), StoreError> {
    let state = store.status()?.state;
    if state.is_on_probation() {
        let version = &state.release_in_charge().unwrap().version;
        return if version.parse::<u32>().unwrap() % 3 == 0 {
            store.roll_back(version, "every third").map(drop)
        } else {
            store.pass_probation(version).map(drop)
        };
    }
    let Some((_, held)) = state.candidate() else {
        return stage(store, &next(&state).to_string()).map(drop);
    };
    let version = &held.release.version;
    let done = match held.stage {
        Stage::Staged => store.begin_admission(version),
        Stage::Admission if version.parse::<u32>().unwrap() % 5 == 0 => store.refuse(version, "every fifth"),
        Stage::Admission => store.admit(version),
        Stage::Admitted => store.begin_shadow(version),
        Stage::Shadow => store.end_shadow(version, ShadowResult::Passed),
        _ => store.promote(version, By::Rule),
    };
    done.map(drop)
}

/// What the processes do that are killed; without a folder to do it in, nothing.
#[test]
fn a_process_that_updates_without_end() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    println!("begun");
    let (store, _) = Store::open(Path::new(&folder)).unwrap();
    loop {
        step(&store).unwrap();
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::a_process_that_updates_without_end", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
fn after_a_kill_at_any_moment_a_verified_model_starts_and_the_update_goes_on() {
    let kills: u32 = std::env::var(KILLS).map_or(60, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    let mut random = Pcg64::seed_from_u64(7);
    let mut revision = store.status().unwrap().revision;
    for kill in 0..kills {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().ends_with("begun")) {}
        std::thread::sleep(Duration::from_micros(random.random_range(0..40_000)));
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended by itself, before kill {kill}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let (store, status) = Store::open(folder.path()).unwrap();
        assert_eq!(status.complaints, Vec::<String>::new(), "kill {kill}");
        assert!(
            status.revision >= revision,
            "kill {kill}: nothing that was done is undone"
        );
        revision = status.revision;
        let version = version_in_charge(&store);
        assert!(!status.state.barred().contains_key(&version));
    }
    let store = Store::existing(folder.path()).unwrap();
    let before = store.status().unwrap().state;
    let updates = next(&before) - 1;
    // Each takes a dozen syncs, so that how many there are depends on the disk.
    assert!(updates > 2, "only {updates} updates: nothing was cut off");
    // The one that was cut off last is finished.
    while next(&store.status().unwrap().state) - 1 == updates {
        step(&store).unwrap();
    }
    assert_eq!(
        version_in_charge(&store),
        store.status().unwrap().state.release_in_charge().unwrap().version
    );
    println!("{kills} kills in {updates} updates, {revision} changes");
}
