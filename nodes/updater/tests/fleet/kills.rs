//! A robot's updater that is killed at random moments, with a real repository.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use sinew_node_updater::{Offers, Repository, Step, UpdaterParams, Updates};
use sinew_releases::bundle::verify_folder;
use sinew_releases::store::{By, Store, StoredRelease};

use crate::publisher::{Publisher, RELEASE, folder};

const REPOSITORY: &str = "SINEW_TEST_REPOSITORY";
const ROOT: &str = "SINEW_TEST_ROOT";
const STORE: &str = "SINEW_TEST_STORE";
/// How many updaters are killed.
const KILLS: &str = "SINEW_TEST_KILLS";
/// How many kills there are for each release that is published.
const KILLS_EACH: u32 = 10;

pub(crate) fn params(repository: &str, root: &Path, store: &Path) -> UpdaterParams {
    UpdaterParams {
        url: repository.to_owned(),
        root: root.to_owned(),
        store: store.to_owned(),
        release: RELEASE.to_owned(),
        ..UpdaterParams::default()
    }
}

pub(crate) fn updates(params: &UpdaterParams) -> Updates {
    let (store, _) = Store::open(&params.store).unwrap();
    let offers = Repository::open(params, "strider", &params.store, &params.root).unwrap();
    let trust = params.signer.trust(Path::to_owned).unwrap();
    Updates::new(store, Box::new(offers.signed_by(trust)))
}

/// Makes what is offered the factory's release.
pub(crate) fn install_first(params: &UpdaterParams, robot: &Path) {
    let factory = robot.join("factory");
    let mut first = Repository::open(params, "strider", robot, &params.root).unwrap();
    first.ask(None).unwrap();
    first.bring("walk-1", &factory, None).unwrap();
    let release = StoredRelease::of(&verify_folder(&factory).unwrap()).unwrap();
    let (store, _) = Store::open(&params.store).unwrap();
    store.install_factory(&release, &factory).unwrap();
}

/// Brings what is offered, and puts it in charge.
fn update(updates: &mut Updates) {
    let step = updates.step();
    assert!(!matches!(step, Step::Failed(_)), "{step:?}");
    let store = updates.store();
    let state = store.status().unwrap().state;
    if state.is_on_probation() {
        store
            .pass_probation(&state.release_in_charge().unwrap().version)
            .unwrap();
    } else if let Some((_, held)) = state.candidate() {
        let version = &held.release.version;
        // What a process before has done is refused, and what follows goes on.
        let _ = store.begin_admission(version);
        let _ = store.admit(version);
        store.promote(version, By::Operator).unwrap();
    }
}

/// What the processes do that are killed; without a repository, nothing.
#[test]
fn a_robot_that_updates_without_end() {
    let Ok(repository) = std::env::var(REPOSITORY) else {
        return;
    };
    let path = |name: &str| std::env::var_os(name).unwrap();
    println!("begun");
    let params = params(&repository, Path::new(&path(ROOT)), Path::new(&path(STORE)));
    let mut updates = updates(&params);
    loop {
        update(&mut updates);
    }
}

#[test]
fn an_updater_that_is_killed_at_any_moment_leaves_a_verified_model_and_finishes_the_update() {
    let kills: u32 = std::env::var(KILLS).map_or(30, |kills| kills.parse().unwrap());
    let (publisher, robot) = (Publisher::new(), folder());
    publisher.publish_large(1);
    let repository = publisher.repository_folder().display().to_string();
    let params = params(&repository, &publisher.root(), &robot.path().join("releases"));
    install_first(&params, robot.path());
    let mut random = Pcg64::seed_from_u64(11);
    let (mut newest, mut cut_off) = (1, 0);
    for kill in 0..kills {
        if kill % KILLS_EACH == 0 {
            newest += 1;
            publisher.publish_large(newest);
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::a_robot_that_updates_without_end", "--nocapture"])
            .env(REPOSITORY, &repository)
            .env(ROOT, &params.root)
            .env(STORE, &params.store)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().ends_with("begun")) {}
        std::thread::sleep(Duration::from_micros(random.random_range(0..80_000)));
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended by itself, before kill {kill}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let (store, status) = Store::open(&params.store).unwrap();
        assert_eq!(status.complaints, Vec::<String>::new());
        let loaded = store.in_charge().unwrap();
        assert_eq!(loaded.passed_over, Vec::<String>::new());
        cut_off += u32::from(loaded.release.version != format!("walk-{newest}"));
    }
    let mut updates = updates(&params);
    for _ in 0..3 {
        update(&mut updates);
    }
    let in_charge = updates.store().in_charge().unwrap().release.version;
    assert_eq!(in_charge, format!("walk-{newest}"));
    println!("{kills} kills over {newest} releases, {cut_off} before the newest was in charge");
}
