//! A repository, its keys and a robot, in a folder that goes away.
#![allow(dead_code, reason = "not every test needs all of it")]

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
use sinew_releases::{Digest, Limits};
use tempfile::TempDir;

pub(crate) struct Workshop(TempDir);

impl Workshop {
    pub(crate) fn new() -> Self {
        let shop = Self(tempfile::tempdir().unwrap());
        let options = InitOptions {
            threshold: 2,
            root_keys: 3,
            expiry: Expiry::default(),
            channels: Channels::default(),
        };
        init(shop.path("repository").to_str().unwrap(), &shop.path("keys"), &options).unwrap();
        shop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn try_repository(&self) -> Result<Repository, RepositoryError> {
        let place = self.path("repository");
        Repository::open(place.to_str().unwrap(), &self.path("keys"), Expiry::default())
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
        Publication {
            model: self.path("walk.onnx"),
            name: "walk".to_owned(),
            version: None,
            kind: Kind::Policy,
            contract: None,
            report: Some(self.path("eval.json")),
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

    pub(crate) fn write_report(&self, name: &str, survival: f64) {
        let sha256 = Digest::of(&fs::read(self.path("walk.onnx")).unwrap());
        let report = format!(
            r#"{{"robot": "strider", "policy": {{"path": "walk.onnx", "sha256": "{sha256}"}}, "episodes": 200,
                "survival": {survival}, "velocity_error_mps": 0.1}}"#
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
        client_at(&self.path("repository"), &self.path(robot), Some(&root)).unwrap()
    }

    pub(crate) fn subscriber(&self) -> Subscriber {
        Subscriber {
            robot: "strider-1".to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        }
    }
}

pub(crate) fn client_at(place: &Path, trust: &Path, root: Option<&Path>) -> Result<Client, ClientError> {
    Client::open(place.to_str().unwrap(), trust, root, Limits::default())
}
