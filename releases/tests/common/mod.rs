//! A repository, its keys and a robot, in a folder that goes away.
#![allow(dead_code, reason = "not every test needs all of it")]

pub(crate) mod copying;
pub(crate) mod peers;
pub(crate) mod server;

use std::fs;
use std::path::{Path, PathBuf};

use sinew_releases::bundle::{Kind, Provenance, Requires};
use sinew_releases::client::{Client, ClientError};
use sinew_releases::repository::{
    Channels, Expiry, InitOptions, Publication, Published, Repository, RepositoryError, init,
};
use sinew_releases::rollout::Subscriber;
use sinew_releases::{Digest, Limits, Place};
use tempfile::TempDir;

pub(crate) struct Workshop {
    folder: TempDir,
    place: Place,
}

impl Workshop {
    /// A repository in the workshop's own folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("repository").to_str().unwrap().into();
        Self::with(folder, place).unwrap()
    }

    /// A repository elsewhere.
    pub(crate) fn at(place: &Place) -> Self {
        Self::with(tempfile::tempdir().unwrap(), place.clone()).unwrap()
    }

    pub(crate) fn with(folder: TempDir, place: Place) -> Result<Self, RepositoryError> {
        let shop = Self { folder, place };
        let options = InitOptions {
            threshold: 2,
            root_keys: 3,
            expiry: Expiry::default(),
            channels: Channels::default(),
        };
        init(shop.place.clone(), &shop.path("keys"), &options)?;
        Ok(shop)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn try_repository(&self) -> Result<Repository, RepositoryError> {
        Repository::open(self.place.clone(), &self.path("keys"), Expiry::default())
    }

    pub(crate) fn repository(&self) -> Repository {
        self.try_repository().unwrap()
    }

    /// A model of random weights, a few of which differ from version to version, and its evaluation.
    pub(crate) fn model(&self, version: u8, bytes: usize) -> Publication {
        let mut state = 1_u64;
        let mut weights: Vec<u8> = (0..bytes)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect();
        weights[bytes / 2] = version;
        fs::write(self.path("walk.onnx"), weights).unwrap();
        self.write_report("eval.json", 0.99);
        publication(self.folder.path())
    }

    pub(crate) fn write_report(&self, name: &str, survival: f64) {
        let sha256 = Digest::of(&fs::read(self.path("walk.onnx")).unwrap());
        let lost = vec![0; (200.0 * (1.0 - survival)).round() as usize];
        let report = format!(
            r#"{{"robot": "strider", "policy": {{"path": "walk.onnx", "sha256": "{sha256}"}}, "episodes": 200,
                "seconds": 20.0, "pushes": true, "randomised": true, "command": null, "survival": {survival},
                "velocity_error_mps": 0.1, "lost": {lost:?}}}"#
        );
        fs::write(self.path(name), report).unwrap();
    }

    pub(crate) fn publish(&self, publication: &Publication) -> Result<Published, RepositoryError> {
        self.repository().publish(publication, None)
    }

    pub(crate) fn client(&self) -> Client {
        self.another_client("robot")
    }

    pub(crate) fn another_client(&self, robot: &str) -> Client {
        let root = self.path("keys/root.json");
        Client::open(self.place.clone(), &self.path(robot), Some(&root), Limits::default()).unwrap()
    }

    pub(crate) fn subscriber(&self) -> Subscriber {
        Subscriber {
            robot: "strider-1".to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        }
    }
}

/// The model of a workshop's folder, with its evaluation.
pub(crate) fn publication(folder: &Path) -> Publication {
    Publication {
        model: folder.join("walk.onnx"),
        name: "walk".to_owned(),
        version: None,
        kind: Kind::Policy,
        contract: None,
        report: Some(folder.join("eval.json")),
        provenance: Provenance::default(),
        requires: Requires {
            sinew: "0.1.0".parse().unwrap(),
            onnxruntime: None,
        },
        channel: "stable".to_owned(),
        per_mille: 1000,
        groups: Vec::new(),
    }
}

pub(crate) fn client_at(place: &Path, trust: &Path, root: Option<&Path>) -> Result<Client, ClientError> {
    Client::open(place.to_str().unwrap(), trust, root, Limits::default())
}
