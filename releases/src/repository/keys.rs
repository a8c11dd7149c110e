//! The keys of a repository's roles: Ed25519, one PEM file each, in a folder for those that stay offline and one for those
//! that a server may have.

use std::fmt;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use tough::key_source::KeySource;
use tough::schema::RoleType;
use tough::schema::key::Key;
use tough::sign::{Sign, parse_keypair};

use super::{PINNED_ROOT, RepositoryError};
use crate::pem;

/// More than any key or root takes as text.
const MAX_BYTES: u64 = 1 << 20;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRole {
    /// Says which keys the others are. Stays offline.
    Root,
    /// Signs releases. Stays offline.
    Targets,
    /// Signs which metadata belong together. May be on a server.
    Snapshot,
    /// Signs that all of it is of today. May be on a server.
    Timestamp,
}

impl KeyRole {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Root, Self::Targets, Self::Snapshot, Self::Timestamp];

    /// Its name in files and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Targets => "targets",
            Self::Snapshot => "snapshot",
            Self::Timestamp => "timestamp",
        }
    }

    /// The folder of its keys.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Root | Self::Targets => "offline",
            Self::Snapshot | Self::Timestamp => "online",
        }
    }

    pub(super) fn role_type(self) -> RoleType {
        match self {
            Self::Root => RoleType::Root,
            Self::Targets => RoleType::Targets,
            Self::Snapshot => RoleType::Snapshot,
            Self::Timestamp => RoleType::Timestamp,
        }
    }
}

impl fmt::Display for KeyRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A private key. There is no way to show it.
#[derive(Clone)]
pub(super) struct PrivateKey(Vec<u8>);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PrivateKey {
    /// Makes one and writes it.
    pub(super) fn create(keys: &Path, role: KeyRole) -> Result<Self, RepositoryError> {
        let folder = keys.join(role.folder());
        let refused = |what: &str| RepositoryError::Key {
            path: folder.clone(),
            reason: what.to_owned(),
        };
        let pkcs8 = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())
            .map_err(|_| refused("the system gives no random numbers"))?;
        let key = Self(pkcs8.as_ref().to_vec());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(RepositoryError::io(&folder, "cannot be made"))?;
        let id = key.id(&folder)?;
        // Names that begin as the key's number in the metadata do, so that a rotation meets no name twice.
        let path = folder.join(format!("{role}-{}.pem", &id[..8]));
        let text = pem::encode("PRIVATE KEY", &key.0);
        sinew_files::replace(&path, text.as_bytes(), 0o600).map_err(RepositoryError::io(&path, "cannot be written"))?;
        Ok(key)
    }

    fn load(path: &Path) -> Result<Self, RepositoryError> {
        let cannot = || RepositoryError::io(path, "the key cannot be read");
        let refused = |reason: String| RepositoryError::Key {
            path: path.to_owned(),
            reason,
        };
        let mode = fs::metadata(path).map_err(cannot())?.permissions().mode();
        if mode & 0o077 != 0 {
            let mode = mode & 0o777;
            return Err(refused(format!(
                "others than its owner may use this key (mode {mode:03o}): rotate it, or `chmod 600` it if you are sure"
            )));
        }
        let text = sinew_files::read_text(path, MAX_BYTES).map_err(cannot())?;
        let expected = || refused("expected a private key of Ed25519 as PKCS#8 PEM".to_owned());
        let key = Self(pem::decode("PRIVATE KEY", &text).ok_or_else(expected)?);
        key.public(path)?;
        Ok(key)
    }

    /// Its public half, as metadata have it.
    fn public(&self, path: &Path) -> Result<Key, RepositoryError> {
        let pair = parse_keypair(&self.0).map_err(|error| RepositoryError::Key {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(pair.tuf_key())
    }

    fn id(&self, path: &Path) -> Result<String, RepositoryError> {
        let id = self.public(path)?.key_id().map_err(|error| RepositoryError::Key {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(id.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn tuf_key(&self) -> Result<Key, RepositoryError> {
        self.public(Path::new("key"))
    }
}

#[async_trait]
impl KeySource for PrivateKey {
    async fn as_sign(&self) -> Result<Box<dyn Sign>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Box::new(parse_keypair(&self.0)?))
    }

    async fn write(&self, _: &str, _: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err("a key is written where it is made".into())
    }
}

/// The keys that are at hand, and the root that robots begin with.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) folder: PathBuf,
    pub(super) root: Vec<u8>,
    private: Vec<PrivateKey>,
}

impl Keys {
    /// Those in a folder. Which of them a role takes is in its metadata, so that keys which stay offline need not be there
    /// for what the online ones do.
    pub(super) fn load(folder: &Path) -> Result<Self, RepositoryError> {
        let root = folder.join(PINNED_ROOT);
        let root = sinew_files::read(&root, MAX_BYTES).map_err(RepositoryError::io(
            &root,
            "cannot be read; `sinew release init` makes it with the keys",
        ))?;
        let mut private = Vec::new();
        for part in ["offline", "online"].map(|part| folder.join(part)) {
            // Whoever has the online keys alone has no folder of the others.
            let Ok(entries) = fs::read_dir(&part) else { continue };
            let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            paths.retain(|path| path.extension().is_some_and(|extension| extension == "pem"));
            for path in paths {
                private.push(PrivateKey::load(&path)?);
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            root,
            private,
        })
    }

    /// Keys that were just made, of a repository whose root is not there yet.
    pub(super) fn of(folder: &Path, private: Vec<PrivateKey>) -> Self {
        Self {
            folder: folder.to_owned(),
            root: Vec::new(),
            private,
        }
    }

    pub(super) fn push(&mut self, key: PrivateKey) {
        self.private.push(key);
    }

    pub(super) fn sources(&self) -> Vec<Box<dyn KeySource>> {
        let boxed = |key: &PrivateKey| Box::new(key.clone()) as Box<dyn KeySource>;
        self.private.iter().map(boxed).collect()
    }
}
