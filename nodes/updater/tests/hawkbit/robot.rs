//! A robot with a real store, and releases that somebody has signed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use sinew_node_updater::{Hawkbit, HawkbitParams, SignerParams, Step, UpdaterParams, Updates};
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, MANIFEST, Manifest, Requires, pack};
use sinew_releases::signature::{Signer, sign_folder};
use sinew_releases::store::{By, Store, StoredRelease};
use tempfile::TempDir;

use crate::server::{DEVICE, File, Server, TOKEN};

/// Bytes of a model: more than one piece of a download.
const MODEL_BYTES: usize = 600_000;

/// Writes a release's folder.
fn write_release(folder: &Path, version: u64) -> Manifest {
    fs::create_dir_all(folder).unwrap();
    let model: Vec<u8> = (0..MODEL_BYTES).map(|n| (n as u64 * version % 251) as u8).collect();
    let requires = Requires {
        sinew: "0.1.0".parse().unwrap(),
        onnxruntime: None,
    };
    let mut manifest = Manifest::new("walk", version, Kind::Policy, "walk.onnx", requires);
    let entry = FileEntry {
        bytes: model.len() as u64,
        sha256: Digest::of(&model),
    };
    manifest.files = BTreeMap::from([("walk.onnx".to_owned(), entry)]);
    fs::write(folder.join("walk.onnx"), model).unwrap();
    fs::write(folder.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
    manifest
}

/// Who signs.
pub(crate) struct Publisher(TempDir);

impl Publisher {
    pub(crate) fn new() -> Self {
        let publisher = Self(tempfile::tempdir().unwrap());
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        fs::write(publisher.0.path().join("key.pem"), key.serialize_pem()).unwrap();
        fs::write(publisher.public_key(), key.public_key_pem()).unwrap();
        publisher
    }

    pub(crate) fn public_key(&self) -> PathBuf {
        self.0.path().join("key.pub.pem")
    }

    /// The archive and the signature of a version.
    pub(crate) fn release(&self, version: u64) -> Vec<File> {
        let folder = self.0.path().join(format!("walk-{version}"));
        write_release(&folder, version);
        let mut archive = Vec::new();
        pack(&folder, &mut archive).unwrap();
        let signer = Signer::with_key(&self.0.path().join("key.pem")).unwrap();
        let signature = sign_folder(&folder, &format!("walk-{version}"), &signer).unwrap();
        vec![
            File::new(&format!("walk-{version}.tar"), archive),
            File::new(&format!("walk-{version}.sig"), signature.into_bytes()),
        ]
    }
}

pub(crate) struct Robot {
    folder: TempDir,
    params: UpdaterParams,
    pub(crate) store: Store,
    pub(crate) updates: Updates,
}

impl Robot {
    /// One whose factory release is `walk-1`.
    pub(crate) fn new(server: &Server, publisher: &Publisher) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let params = UpdaterParams {
            release: "walk".to_owned(),
            store: folder.path().join("store"),
            signer: SignerParams {
                key_file: Some(publisher.public_key()),
                authority_file: None,
            },
            hawkbit: HawkbitParams {
                url: server.url.clone(),
                token_file: Some(folder.path().join("token")),
                ..HawkbitParams::default()
            },
            ..UpdaterParams::default()
        };
        fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
        let factory = folder.path().join("factory");
        let manifest = write_release(&factory, 1);
        let (store, _) = Store::open(&params.store).unwrap();
        store
            .install_factory(&StoredRelease::of(&manifest).unwrap(), &factory)
            .unwrap();
        let updates = updates(&params, &store);
        Self {
            folder,
            params,
            store,
            updates,
        }
    }

    /// The robot is switched off and on.
    pub(crate) fn restart(&mut self) {
        (self.store, _) = Store::open(&self.params.store).unwrap();
        self.updates = updates(&self.params, &self.store);
    }

    pub(crate) fn forget_token(&self) {
        fs::write(self.folder.path().join("token"), "another\n").unwrap();
    }

    pub(crate) fn step(&mut self) -> Step {
        self.updates.step()
    }

    pub(crate) fn promote(&self, version: &str) {
        self.store.begin_admission(version).unwrap();
        self.store.admit(version).unwrap();
        self.store.promote(version, By::Operator).unwrap();
    }

    pub(crate) fn in_charge(&self) -> String {
        self.store.in_charge().unwrap().release.version
    }

    pub(crate) fn candidate(&self) -> Option<String> {
        let state = self.store.status().unwrap().state;
        state.candidate().map(|(_, held)| held.release.version.clone())
    }
}

fn updates(params: &UpdaterParams, store: &Store) -> Updates {
    let offers = Hawkbit::open(params, DEVICE, &params.store, Path::to_owned).unwrap();
    Updates::new(store.clone(), Box::new(offers))
}
