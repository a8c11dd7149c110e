//! Repositories of releases, as whoever publishes them sees them: files of The Update Framework (TUF), which any server of
//! static files can offer.

mod bars;
mod copy;
mod error;
mod init;
mod keys;
mod metadata;
mod publish;
mod rotate;
mod writer;

use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tough::schema::{Root, Targets};
use tough::{ExpirationEnforcement, RepositoryLoader};

pub use bars::{Bar, Channels, EvalReport};
pub use copy::{Copied, copy};
pub use error::RepositoryError;
pub(crate) use init::stored_name;
pub use init::{Expiry, InitOptions, PINNED_ROOT, init};
pub use keys::KeyRole;
pub use publish::{Publication, Published};

use crate::Place;
use crate::catalog::Catalog;
use crate::progress::{Progress, Unwatched};
use crate::rollout::{CUSTOM_KEY, Rollout, State as Offered};
use crate::source::{Limits, METADATA, SourceTransport, TARGETS, base_url};
use keys::Keys;
use metadata::{Before, MetadataFile, SignedMetadata, Versions, next};
use writer::{State, Writer};

/// A repository that is written to.
#[derive(Debug)]
pub struct Repository {
    writer: Writer,
    keys: Keys,
    expiry: Expiry,
    loaded: tough::Repository,
    /// What the place named the state by that was loaded, or an earlier one.
    state: Option<State>,
    progress: Arc<dyn Progress>,
    runtime: Runtime,
}

impl Repository {
    /// Opens a repository, and verifies it from the root that lies with the keys. Its metadata may have
    /// expired, for to write it anew is what ends that.
    ///
    /// # Errors
    /// Where it is none, or is not signed by the keys that it has to be.
    pub fn open(place: impl Into<Place>, keys: &Path, expiry: Expiry) -> Result<Self, RepositoryError> {
        let writer = Writer::of(&place.into())?;
        let keys = Keys::load(keys)?;
        let runtime = runtime()?;
        let (loaded, state) = runtime.block_on(load(&writer, &keys))?;
        Ok(Self {
            writer,
            keys,
            expiry,
            loaded,
            state,
            progress: Arc::new(Unwatched),
            runtime,
        })
    }

    /// Has files followed on their way, from now on.
    pub fn watch(&mut self, progress: Arc<dyn Progress>) {
        self.progress = progress;
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
        if [&offer.rollout, &rollout].map(|rollout| rollout.state == Offered::Yanked) == [true, false] {
            return Err(RepositoryError::Yanked {
                name: name.to_owned(),
                version,
            });
        }
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
        let signed = self.sign_with(&root, None, targets)?;
        self.write(&signed.files.iter().collect::<Vec<_>>())
    }

    fn sign_with(
        &self,
        root: &Root,
        earlier_root: Option<&Root>,
        targets: Option<Targets>,
    ) -> Result<SignedMetadata, RepositoryError> {
        let snapshot = &self.loaded.snapshot().signed;
        let targets_version = snapshot.meta.get("targets.json").map(|meta| meta.version);
        self.runtime.block_on(async {
            let versions = Versions {
                targets: self.writer.first_free(next(targets_version), "targets").await?,
                snapshot: self.writer.first_free(next(Some(snapshot.version)), "snapshot").await?,
            };
            let before = Before {
                root,
                earlier_root,
                snapshot: Some(snapshot),
                timestamp: Some(&self.loaded.timestamp().signed),
                versions,
            };
            metadata::sign(before, targets, &self.keys, self.expiry).await
        })
    }

    /// Writes files and reads all of it again as a robot would. The timestamp comes after what it names: until it is there,
    /// robots see everything as it was.
    fn write(&mut self, files: &[&MetadataFile]) -> Result<(), RepositoryError> {
        let (loaded, state) = self.runtime.block_on(async {
            self.writer.commit(files, self.state.as_ref()).await?;
            load(&self.writer, &self.keys).await
        })?;
        (self.loaded, self.state) = (loaded, state);
        Ok(())
    }
}

/// The metadata of a place, verified, and what it named their state by just before: where that has changed meanwhile, what
/// follows from them is refused.
async fn load(writer: &Writer, keys: &Keys) -> Result<(tough::Repository, Option<State>), RepositoryError> {
    let state = writer.state().await?;
    let transport = SourceTransport::new(writer.source(), Limits::default());
    let loader = RepositoryLoader::new(&keys.root, base_url(METADATA)?, base_url(TARGETS)?)
        .transport(transport)
        .expiration_enforcement(ExpirationEnforcement::Unsafe);
    let loaded = loader
        .load()
        .await
        .map_err(RepositoryError::tuf("it cannot be verified"))?;
    Ok((loaded, state))
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
