//! A robot: a real store and a real updater; its walk is simulated.

use std::path::Path;
use std::time::Duration;

use sinew_node_updater::{Repository, Schedule, Step, UpdaterParams, Updates};
use sinew_releases::bundle::verify_folder;
use sinew_releases::fleet::RobotReport;
use sinew_releases::store::{By, ShadowResult, Stage, Store, StoredRelease};
use tempfile::TempDir;

use crate::publisher::RELEASE;

pub(crate) const POLL_SECS: f64 = 900.0;
/// The version that falls.
const POISONED: &str = "walk-3";
/// How long it is looked at, runs in shadow, and is on probation until it falls, s.
const LOOK_SECS: u64 = 60;
const SHADOW_SECS: u64 = 60;
const FALL_SECS: u64 = 30;
const PROBATION_SECS: u64 = 180;

pub(crate) struct Robot {
    params: UpdaterParams,
    folder: TempDir,
    schedule: Schedule,
    store: Store,
    /// The versions that were ever in charge.
    pub(crate) ran: Vec<String>,
}

impl Robot {
    /// A robot that comes with the release of a folder.
    pub(crate) fn new(number: usize, url: &str, root: &Path, factory: &Path) -> Self {
        let folder = crate::publisher::folder();
        let params = UpdaterParams {
            url: url.to_owned(),
            root: root.to_owned(),
            store: folder.path().join("releases"),
            release: RELEASE.to_owned(),
            robot: format!("strider-{number:04}"),
            poll_secs: POLL_SECS,
            ..UpdaterParams::default()
        };
        let (store, _) = Store::open(&params.store).unwrap();
        let release = StoredRelease::of(&verify_folder(factory).unwrap()).unwrap();
        store.install_factory(&release, factory).unwrap();
        Self {
            schedule: Schedule::new(&params.robot, params.poll_secs),
            params,
            folder,
            store,
            ran: Vec::new(),
        }
    }

    pub(crate) fn first_poll(&mut self) -> Duration {
        self.schedule.first()
    }

    /// Asks once, as the node does; the connection is opened anew, for that of a thousand robots would take more open
    /// files than a process may have. Gives the pause until the next, and whether a release came.
    pub(crate) fn poll(&mut self) -> (Duration, bool) {
        let offers = Repository::open(&self.params, &self.params.robot, &self.params.store, &self.params.root).unwrap();
        let step = Updates::new(self.store.clone(), Box::new(offers)).step();
        assert!(!matches!(step, Step::Failed(_)), "{}: {step:?}", self.params.robot);
        (self.schedule.next(false), matches!(step, Step::Staged { .. }))
    }

    /// What the node that runs the model does next, and when it goes on after that.
    pub(crate) fn walk(&mut self) -> Option<u64> {
        let state = self.store.status().unwrap().state;
        if state.is_on_probation() {
            let version = state.release_in_charge().unwrap().version.clone();
            if version == POISONED {
                self.store.roll_back(&version, "falls").unwrap();
            } else {
                self.store.pass_probation(&version).unwrap();
            }
            return None;
        }
        let (_, held) = state.candidate()?;
        let version = &held.release.version;
        match held.stage {
            Stage::Staged => {
                self.store.begin_admission(version).unwrap();
                self.store.admit(version).unwrap();
                Some(LOOK_SECS)
            }
            Stage::Admitted => {
                self.store.begin_shadow(version).unwrap();
                Some(SHADOW_SECS)
            }
            _ => {
                self.store.end_shadow(version, ShadowResult::Passed).unwrap();
                self.store.promote(version, By::Rule).unwrap();
                self.ran.push(version.clone());
                Some(if version == POISONED { FALL_SECS } else { PROBATION_SECS })
            }
        }
    }

    /// The version in charge, whose bytes are verified.
    pub(crate) fn in_charge(&self) -> String {
        self.store.in_charge().unwrap().release.version
    }

    pub(crate) fn report(&self, at_secs: u64, folder: &Path) {
        assert!(self.folder.path().exists());
        let state = self.store.status().unwrap().state;
        let report = RobotReport::of(&self.params.subscriber(&self.params.robot), at_secs, &state);
        report.write(folder).unwrap();
    }
}
