//! A process that is killed in each stage of an update.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sinew_releases::store::{Stage, Store};

use crate::robot::{QUICK, Robot, stage};
use crate::{BALL, boxes, fixed};

/// Far more than a stage takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the process finds its robot.
const MODEL: &str = "SINEW_TEST_UPDATES_MODEL";
const STORE: &str = "SINEW_TEST_UPDATES_STORE";

#[tokio::test]
#[ignore = "the process that the other test kills"]
async fn a_process_that_runs_until_it_is_killed() {
    let Some((model, store)) = std::env::var_os(MODEL).zip(std::env::var_os(STORE)) else {
        return;
    };
    let params = format!("{QUICK}, crash_limit: 50");
    let mut robot = Robot::start_in(Path::new(&store), Path::new(&model), &params).await;
    loop {
        robot.look().await;
    }
}

fn process(model: &Path, store: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::a_process_that_runs_until_it_is_killed", "--ignored"])
        .env(MODEL, model)
        .env(STORE, store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The stage of the version, once the store is there and it is none of `not`.
fn stage_of(store: &Path, version: &str, is_it: impl Fn(Stage) -> bool) -> Stage {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let state = Store::existing(store).ok().and_then(|store| store.status().ok());
        let held = state.as_ref().and_then(|status| {
            use sinew_releases::store::Slot;
            let held = [Slot::A, Slot::B].map(|slot| status.state.held(slot));
            held.into_iter().flatten().find(|held| held.release.version == version)
        });
        if let Some(stage) = held.map(|held| held.stage).filter(|stage| is_it(*stage)) {
            return stage;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    panic!("{version} does not come so far");
}

#[test]
fn killed_in_each_stage_it_begins_with_a_verified_model_and_finishes_the_update() {
    let scene = tempfile::tempdir().unwrap();
    let store: PathBuf = scene.path().join("store");
    let (_first, first) = fixed("first.onnx", &boxes(0.9), BALL);
    let (_second, second) = fixed("second.onnx", &boxes(0.8), BALL);
    let mut child = process(&first, &store);
    let began = Instant::now();
    while Store::existing(&store).is_err() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(1));
    }
    // The factory's release is there before anything can be staged.
    let version = loop {
        let is_there = Store::existing(&store)
            .ok()
            .and_then(|store| store.in_charge().ok())
            .is_some();
        if is_there {
            break stage(&store, 2, &second, None);
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let mut killed_in = Vec::new();
    for at_least in [Stage::Admission, Stage::Admitted, Stage::Shadow, Stage::Probation] {
        let found = stage_of(&store, &version, |stage| stage >= at_least);
        child.kill().unwrap();
        child.wait().unwrap();
        killed_in.push(found);
        let in_charge = Store::existing(&store).unwrap().in_charge().unwrap();
        assert!(in_charge.passed_over.is_empty(), "{:?}", in_charge.passed_over);
        let expected = if found >= Stage::Probation {
            version.as_str()
        } else {
            "factory_first-1"
        };
        assert_eq!(in_charge.release.version, expected, "killed in {found}");
        child = process(&first, &store);
    }
    // A probation that was cut off goes on.
    stage_of(&store, &version, |stage| stage == Stage::Settled);
    child.kill().unwrap();
    child.wait().unwrap();
    eprintln!("killed in {killed_in:?}");
    assert_eq!(
        Store::existing(&store).unwrap().in_charge().unwrap().release.version,
        version
    );
}
