//! A robot's view of a repository: verified from a root that it got with its installation, and remembered, so that it is
//! never shown an older state than it has seen.

mod download;
mod error;
mod trust;

use std::path::Path;

use tokio::runtime::Runtime;
use tough::{ExpirationEnforcement, RepositoryLoader};

pub use download::{Downloaded, Way};
pub use error::ClientError;

use crate::catalog::{Catalog, Offer, TargetFile};
use crate::source::{Limits, METADATA, Source, SourceTransport, TARGETS, base_url};
use trust::Trust;

/// Downloads a file as a target of a repository is: resumed, within limits, and there only once its bytes are those that were
/// announced. Gives how many came this time.
pub(crate) async fn fetch_from(
    source: &Source,
    limits: &Limits,
    target: &TargetFile,
    file: &Path,
) -> Result<u64, ClientError> {
    download::fetch(source, limits, target, file).await
}

/// What a robot reads releases with. It waits for the network, in a thread that no other runtime has.
#[derive(Debug)]
pub struct Client {
    source: Source,
    trust: Trust,
    limits: Limits,
    runtime: Runtime,
}

impl Client {
    /// A client of the repository in a folder, or at `http://…` or `https://…`. What it has seen of it, and the newest root,
    /// are remembered in the folder `trust`, which begins with the root of the file `pinned`.
    ///
    /// # Errors
    /// Where the place is none, or there is no root to begin with.
    pub fn open(place: &str, trust: &Path, pinned: Option<&Path>, limits: Limits) -> Result<Self, ClientError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            source: Source::of(place)?,
            trust: Trust::open(trust, pinned)?,
            limits,
            runtime: runtime.map_err(|error| ClientError::Setup(error.to_string()))?,
        })
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
        let transport = SourceTransport {
            source: self.source.clone(),
            limits: self.limits,
        };
        let root = draft.root()?;
        let loader = RepositoryLoader::new(&root, base_url(METADATA)?, base_url(TARGETS)?)
            .transport(transport)
            .datastore(draft.path())
            .expiration_enforcement(ExpirationEnforcement::Safe);
        let loaded = self.runtime.block_on(loader.load());
        self.trust.keep(&draft)?;
        let loaded = loaded.map_err(ClientError::of)?;
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
        let work = download::download(&self.source, &self.limits, catalog, offer, file, base);
        self.runtime.block_on(work)
    }

    /// Downloads any file of the repository, such as the signature of a release's model. Gives how many bytes came this
    /// time.
    ///
    /// # Errors
    /// As [`Client::download`].
    pub fn download_file(&self, target: &TargetFile, file: &Path) -> Result<u64, ClientError> {
        self.runtime
            .block_on(download::fetch(&self.source, &self.limits, target, file))
    }
}
