//! Repositories of releases, as whoever publishes them sees them: files of The Update Framework (TUF), which any server of
//! static files can offer.

mod bars;
mod error;
mod init;
mod keys;
mod metadata;
mod place;
mod publish;
mod rotate;

use std::path::Path;

use tokio::runtime::Runtime;
use tough::schema::{Root, Targets};
use tough::{ExpirationEnforcement, RepositoryLoader};

pub use bars::{Bar, Channels, EvalReport};
pub use error::RepositoryError;
pub(crate) use init::stored_name;
pub use init::{Expiry, InitOptions, PINNED_ROOT, init};
pub use keys::KeyRole;
pub use publish::{Publication, Published};

use crate::catalog::Catalog;
use crate::rollout::{CUSTOM_KEY, Rollout};
use crate::source::{Limits, METADATA, SourceTransport, TARGETS, base_url};
use keys::Keys;
use metadata::{Before, MetadataFile};
use place::Place;

/// A repository that is written to.
#[derive(Debug)]
pub struct Repository {
    place: Place,
    keys: Keys,
    expiry: Expiry,
    loaded: tough::Repository,
    runtime: Runtime,
}

impl Repository {
    /// Opens the repository in a folder, and verifies it from the root that lies with the keys. Its metadata may have
    /// expired, for to write it anew is what ends that.
    ///
    /// # Errors
    /// Where it is none, or is not signed by the keys that it has to be.
    pub fn open(place: &str, keys: &Path, expiry: Expiry) -> Result<Self, RepositoryError> {
        let place = Place::of(place)?;
        let keys = Keys::load(keys)?;
        let runtime = runtime()?;
        let loaded = runtime.block_on(load(&place, &keys))?;
        Ok(Self {
            place,
            keys,
            expiry,
            loaded,
            runtime,
        })
    }

    /// What it offers.
    pub fn catalog(&self) -> Catalog {
        Catalog::of(&self.loaded.targets().signed)
    }

    /// Changes what is signed about a release besides its bytes: who gets it, and whether it still stands.
    ///
    /// # Errors
    /// Where there is no such release, and where it cannot be signed or written.
    pub fn change(
        &mut self,
        name: &str,
        version: u64,
        change: impl FnOnce(&mut Rollout),
    ) -> Result<Rollout, RepositoryError> {
        let catalog = self.catalog();
        let offer = catalog.offer(name, version).ok_or_else(|| RepositoryError::NoRelease {
            name: name.to_owned(),
            version,
        })?;
        let mut rollout = offer.rollout.clone();
        change(&mut rollout);
        let mut targets = self.loaded.targets().signed.clone();
        for (target, described) in &mut targets.targets {
            if target.raw() == offer.archive.name {
                described.custom.insert(CUSTOM_KEY.to_owned(), custom(&rollout)?);
            }
        }
        self.sign(Some(targets))?;
        Ok(rollout)
    }

    /// Signs snapshot and timestamp anew, so that they do not expire. This takes the online keys alone.
    ///
    /// # Errors
    /// Where they cannot be signed or written.
    pub fn refresh(&mut self) -> Result<(), RepositoryError> {
        self.sign(None)
    }

    /// Signs and writes all that follows from new targets, or from none.
    fn sign(&mut self, targets: Option<Targets>) -> Result<(), RepositoryError> {
        let root = self.loaded.root().signed.clone();
        let files = self.sign_with(&root, targets)?;
        self.write(&files)
    }

    fn sign_with(&self, root: &Root, targets: Option<Targets>) -> Result<Vec<MetadataFile>, RepositoryError> {
        let before = Before {
            root,
            snapshot: Some(&self.loaded.snapshot().signed),
            timestamp: Some(&self.loaded.timestamp().signed),
        };
        self.runtime
            .block_on(metadata::sign(before, targets, &self.keys, self.expiry))
    }

    /// Writes files and reads all of it again as a robot would. The timestamp comes last: until it is there, robots see
    /// everything as it was.
    fn write<'a>(&mut self, files: impl IntoIterator<Item = &'a MetadataFile>) -> Result<(), RepositoryError> {
        for file in files {
            self.place.put(&file.name, &file.bytes, file.is_new)?;
        }
        self.loaded = self.runtime.block_on(load(&self.place, &self.keys))?;
        Ok(())
    }
}

/// The metadata of a place, verified.
async fn load(place: &Place, keys: &Keys) -> Result<tough::Repository, RepositoryError> {
    let transport = SourceTransport {
        source: place.source()?,
        limits: Limits::default(),
    };
    let loader = RepositoryLoader::new(&keys.root, base_url(METADATA)?, base_url(TARGETS)?)
        .transport(transport)
        .expiration_enforcement(ExpirationEnforcement::Unsafe);
    loader
        .load()
        .await
        .map_err(RepositoryError::tuf("it cannot be verified"))
}

fn runtime() -> Result<Runtime, RepositoryError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| RepositoryError::Signing {
        doing: "no thread can be set up",
        reason: error.to_string(),
    })
}

fn custom(rollout: &Rollout) -> Result<serde_json::Value, RepositoryError> {
    serde_json::to_value(rollout).map_err(|error| RepositoryError::Signing {
        doing: "the rollout cannot be written",
        reason: error.to_string(),
    })
}
