//! Whoever publishes: a repository in a folder, and its keys.

use std::fs;
use std::path::{Path, PathBuf};

use sinew_releases::Digest;
use sinew_releases::bundle::{Kind, Provenance, Requires};
use sinew_releases::fleet::{Decision, Moment, RobotReport, WideningRules, decide};
use sinew_releases::repository::{Channels, Expiry, InitOptions, Publication, Repository, init};
use sinew_releases::rollout::{Rollout, State};
use sinew_releases::signature::Signer;
use tempfile::TempDir;

pub(crate) const RELEASE: &str = "walk";

pub(crate) struct Publisher(TempDir);

/// A folder in memory where there is one: thousands of syncs are not what is looked at.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

impl Publisher {
    pub(crate) fn new() -> Self {
        let publisher = Self(folder());
        let options = InitOptions {
            threshold: 1,
            root_keys: 1,
            expiry: Expiry::default(),
            channels: Channels::default(),
        };
        let place = publisher.repository_folder();
        init(place.to_str().unwrap(), &publisher.keys(), &options).unwrap();
        publisher
    }

    pub(crate) fn repository_folder(&self) -> PathBuf {
        self.0.path().join("repository")
    }

    fn keys(&self) -> PathBuf {
        self.0.path().join("keys")
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.keys().join("root.json")
    }

    fn repository(&self) -> Repository {
        let place = self.repository_folder();
        Repository::open(place.to_str().unwrap(), &self.keys(), Expiry::default()).unwrap()
    }

    /// Publishes a version, with an evaluation that allows it, to a share of the robots.
    pub(crate) fn publish(&self, version: u64, per_mille: u16) {
        self.publish_of(version, per_mille, 500, None);
    }

    /// The same to all, of two megabytes.
    pub(crate) fn publish_large(&self, version: u64) {
        self.publish_of(version, 1000, 200_000, None);
    }

    /// The same to all, signed with the key of a file as well.
    pub(crate) fn publish_signed(&self, version: u64, key: &Path) {
        self.publish_of(version, 1000, 500, Some(&Signer::with_key(key).unwrap()));
    }

    fn publish_of(&self, version: u64, per_mille: u16, repeated: usize, signer: Option<&Signer>) {
        let (model, report) = (self.0.path().join("walk.onnx"), self.0.path().join("eval.json"));
        let bytes = format!("weights {version} ").repeat(repeated);
        fs::write(&model, &bytes).unwrap();
        let sha256 = Digest::of(bytes.as_bytes());
        let text = format!(
            r#"{{"robot": "strider", "policy": {{"path": "walk.onnx", "sha256": "{sha256}"}}, "episodes": 200,
                "seconds": 20.0, "pushes": true, "randomised": true, "command": null, "survival": 0.99,
                "velocity_error_mps": 0.1, "lost": [0, 0]}}"#
        );
        fs::write(&report, text).unwrap();
        let publication = Publication {
            model,
            name: RELEASE.to_owned(),
            version: Some(version),
            kind: Kind::Policy,
            contract: None,
            report: Some(report),
            provenance: Provenance::default(),
            requires: Requires {
                sinew: "0.1.0".parse().unwrap(),
                onnxruntime: None,
            },
            channel: "stable".to_owned(),
            per_mille,
            groups: Vec::new(),
        };
        self.repository().publish(&publication, signer).unwrap();
    }

    pub(crate) fn rollout(&self, version: u64) -> Rollout {
        let repository = self.repository();
        repository.catalog().offer(RELEASE, version).unwrap().rollout.clone()
    }

    /// The newest release's rollout goes on by what robots say; says whether it was changed.
    pub(crate) fn control(&self, reports: &[RobotReport], since_secs: u64) -> bool {
        let mut repository = self.repository();
        let catalog = repository.catalog();
        let rollout = &catalog.offers().last().unwrap().rollout;
        let rules = WideningRules {
            soak_secs: 19 * 60,
            ..WideningRules::default()
        };
        let moment = Moment {
            since_secs,
            now_secs: 0,
        };
        let decision = decide(rollout, reports, &rules, moment);
        let changed = match decision {
            Decision::Hold(_) => return false,
            Decision::Widen(per_mille) => repository.change(RELEASE, rollout.version, |rollout| {
                rollout.per_mille = per_mille;
            }),
            Decision::Halt(reason) => repository.change(RELEASE, rollout.version, |rollout| {
                rollout.state = State::Halted;
                rollout.reason = Some(reason);
            }),
        };
        changed.unwrap();
        true
    }
}
