//! A robot's view of a repository: verified from a root that it got with its installation, and remembered, so that it is
//! never shown an older state than it has seen.

mod download;
mod error;
mod trust;

use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tough::{ExpirationEnforcement, RepositoryLoader};

pub(crate) use download::Download;
pub use download::{Downloaded, Way};
pub use error::ClientError;

use crate::Place;
use crate::catalog::{Catalog, Offer, TargetFile};
use crate::progress::{Progress, Unwatched};
use crate::source::{Limits, METADATA, Source, SourceTransport, TARGETS, base_url};
use trust::Trust;

/// What a robot reads releases with. It waits for the network, in a thread that no other runtime has.
#[derive(Debug)]
pub struct Client {
    source: Source,
    trust: Trust,
    limits: Limits,
    progress: Arc<dyn Progress>,
    runtime: Runtime,
}

impl Client {
    /// A client of a repository. What it has seen of it, and the newest root, are remembered in the folder `trust`, which
    /// begins with the root of the file `pinned`, and begins with it again where its own was damaged.
    ///
    /// # Errors
    /// Where the place is none, or there is no root to begin with.
    pub fn open(
        place: impl Into<Place>,
        trust: &Path,
        pinned: Option<&Path>,
        limits: Limits,
    ) -> Result<Self, ClientError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            source: Source::of(&place.into())?,
            trust: Trust::open(trust, pinned)?,
            limits,
            progress: Arc::new(Unwatched),
            runtime: runtime.map_err(|error| ClientError::Setup(error.to_string()))?,
        })
    }

    /// Has files followed on their way, from now on.
    pub fn watch(&mut self, progress: Arc<dyn Progress>) {
        self.progress = progress;
    }

    /// Limits, from now on.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Reads and verifies the repository's metadata, and remembers them.
    ///
    /// # Errors
    /// Says why they are refused, or that they cannot be had.
    pub fn refresh(&self) -> Result<Catalog, ClientError> {
        // What was verified before something else failed is remembered, too: from then on nothing older is taken.
        let draft = self.trust.draft()?;
        let transport = SourceTransport::new(self.source.clone(), self.limits);
        let root = draft.root()?;
        let loader = RepositoryLoader::new(&root, base_url(METADATA)?, base_url(TARGETS)?)
            .transport(transport)
            .datastore(draft.path())
            .expiration_enforcement(ExpirationEnforcement::Safe);
        let loaded = self.runtime.block_on(loader.load());
        self.trust.keep(&draft, loaded.is_ok())?;
        let loaded = loaded.map_err(|error| match ClientError::of(error) {
            ClientError::Clock { reason, known } => ClientError::Clock {
                reason,
                known: self.trust.folder().join(known),
            },
            error => error,
        })?;
        Ok(Catalog::of(&loaded.targets().signed))
    }

    /// Downloads the archive of a release to a file, which is there only once its bytes are those that were signed. What was
    /// downloaded before an interruption is not downloaded again. Where `base` is the archive of an earlier release from
    /// which the repository has a delta, that is downloaded instead.
    ///
    /// # Errors
    /// Where it cannot be had, or is not what was signed.
    pub fn download(
        &self,
        catalog: &Catalog,
        offer: &Offer,
        file: &Path,
        base: Option<&Path>,
    ) -> Result<Downloaded, ClientError> {
        self.runtime.block_on(self.way().release(catalog, offer, file, base))
    }

    /// Downloads any file of the repository, such as the signature of a release's model. Gives how many bytes came this
    /// time.
    ///
    /// # Errors
    /// As [`Client::download`].
    pub fn download_file(&self, target: &TargetFile, file: &Path) -> Result<u64, ClientError> {
        self.runtime.block_on(self.way().fetch(target, file))
    }

    fn way(&self) -> Download<'_> {
        Download {
            source: &self.source,
            limits: &self.limits,
            progress: &*self.progress,
        }
    }
}
