//! Releases out of a repository of The Update Framework.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use sinew_releases::bundle::{Manifest, pack, unpack};
use sinew_releases::client::{Client, ClientError};
use sinew_releases::rollout::{State, Subscriber};
use sinew_releases::{Catalog, Limits, Offer, digest_of};

use crate::offers::{Offered, Offers, OffersError};
use crate::params::UpdaterParams;

/// What the repository was seen to say last, so that nothing older is taken.
const TRUST: &str = "trust";

/// A repository, and what this robot follows of it.
#[derive(Debug)]
pub struct Repository {
    /// There until this goes.
    client: Option<Client>,
    limits: Limits,
    release: String,
    subscriber: Subscriber,
    catalog: Option<Catalog>,
}

impl Repository {
    /// The repository of a robot's parameters; what it was seen to say is kept in the folder of the store.
    ///
    /// # Errors
    /// Where the place is none, or there is no root to trust.
    pub fn open(params: &UpdaterParams, robot: &str, store: &Path, root: &Path) -> Result<Self, ClientError> {
        let limits = Limits {
            bandwidth: params.limit(),
            ..Limits::default()
        };
        Ok(Self {
            client: Some(Client::open(params.place(), &store.join(TRUST), Some(root), limits)?),
            limits,
            release: params.release.clone(),
            subscriber: params.subscriber(robot),
            catalog: None,
        })
    }

    fn client(&self) -> Result<&Client, OffersError> {
        let gone = || OffersError::Unreachable("the client of the repository is gone".to_owned());
        self.client.as_ref().ok_or_else(gone)
    }

    fn offer(&self, version: &str) -> Option<(&Catalog, &Offer)> {
        let catalog = self.catalog.as_ref()?;
        let mut offers = catalog.offers().iter();
        Some((catalog, offers.find(|offer| label(offer) == version)?))
    }
}

fn label(offer: &Offer) -> String {
    format!("{}-{}", offer.rollout.name, offer.rollout.version)
}

impl Drop for Repository {
    /// The client has a runtime of its own, which must not end in a thread of another's: the node's is one.
    fn drop(&mut self) {
        let client = self.client.take();
        // Without a thread more, the system has other worries.
        let _ = std::thread::Builder::new().spawn(move || drop(client));
    }
}

impl Offers for Repository {
    fn ask(&mut self, pinned: Option<&str>) -> Result<Offered, OffersError> {
        let catalog = self.client()?.refresh()?;
        let of_release = || {
            catalog
                .offers()
                .iter()
                .filter(|offer| offer.rollout.name == self.release)
        };
        let in_state = |state: State| {
            let offers = of_release().filter(move |offer| offer.rollout.state == state);
            offers.map(|offer| (label(offer), offer.rollout.reason.clone().unwrap_or_default()))
        };
        let newest = match pinned {
            // Whoever holds a version has decided that this robot gets it.
            Some(pinned) => of_release().find(|offer| label(offer) == pinned && offer.rollout.state != State::Yanked),
            None => catalog.newest_for(&self.release, &self.subscriber),
        };
        let offered = Offered {
            newest: newest.map(label),
            yanked: in_state(State::Yanked).collect(),
            halted: in_state(State::Halted).collect(),
        };
        self.catalog = Some(catalog);
        Ok(offered)
    }

    fn bring(&mut self, version: &str, folder: &Path, before: Option<&Path>) -> Result<u64, OffersError> {
        let Some((catalog, offer)) = self.offer(version) else {
            return Err(OffersError::Unreachable(format!("{version} is not offered any more")));
        };
        let incoming = folder.parent().unwrap_or(Path::new("."));
        let archive = incoming.join(format!("{}.tar", offer.archive.sha256));
        forget_others(incoming, &archive);
        let mut bytes = 0;
        if !is_archive(&archive, offer) {
            let base = before.filter(|_| !offer.rollout.deltas.is_empty()).map(|before| {
                let base = incoming.join("base.tar");
                packed(before, &base).map(|()| base)
            });
            let base: Option<PathBuf> = base.transpose()?;
            bytes = self
                .client()?
                .download(catalog, offer, &archive, base.as_deref())?
                .bytes;
        }
        let opened = File::open(&archive).map_err(|error| at(&archive, &error))?;
        let manifest = unpack(BufReader::new(opened), folder).map_err(|error| {
            // It is what was signed, and no release: that is no fault of the network.
            OffersError::Unfit(format!("{version}: {error}"))
        })?;
        expect_runtime(&manifest)?;
        Ok(bytes)
    }

    fn limit(&mut self, bytes_per_sec: Option<f64>) {
        if self.limits.bandwidth != bytes_per_sec {
            self.limits.bandwidth = bytes_per_sec;
            if let Some(client) = &mut self.client {
                client.limit(self.limits);
            }
        }
    }
}

/// Whether a process that was ended before it unpacked the archive has left it.
fn is_archive(archive: &Path, offer: &Offer) -> bool {
    let digest = File::open(archive).and_then(|mut file| digest_of(&mut file));
    digest.is_ok_and(|(sha256, bytes)| sha256 == offer.archive.sha256 && bytes == offer.archive.bytes)
}

/// The archive of a release that the robot has, which is that of the repository to the byte.
fn packed(folder: &Path, archive: &Path) -> Result<(), OffersError> {
    let file = File::create(archive).map_err(|error| at(archive, &error))?;
    pack(folder, BufWriter::new(file)).map_err(|error| OffersError::Unreachable(error.to_string()))?;
    Ok(())
}

/// Removes what was downloaded of other releases. What cannot be removed is tried again with the next.
fn forget_others(incoming: &Path, archive: &Path) {
    let keep = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in fs::read_dir(incoming).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&keep) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn expect_runtime(manifest: &Manifest) -> Result<(), OffersError> {
    let unfit = |reason: String| OffersError::Unfit(format!("{}: {reason}", manifest.label()));
    let sinew = env!("CARGO_PKG_VERSION").parse();
    let sinew = sinew.map_err(|_| unfit("the version of this program cannot be read".to_owned()))?;
    manifest
        .expect_runtime(&sinew, None)
        .map_err(|error| unfit(error.to_string()))
}

fn at(path: &Path, error: &std::io::Error) -> OffersError {
    OffersError::Unreachable(format!("{}: {error}", path.display()))
}

impl From<ClientError> for OffersError {
    fn from(error: ClientError) -> Self {
        let mut text = error.to_string();
        if let Some(cause) = std::error::Error::source(&error) {
            text = format!("{text}: {cause}");
        }
        match error {
            ClientError::Source(_) | ClientError::Io { .. } | ClientError::Setup(_) | ClientError::Clock(_) => {
                Self::Unreachable(text)
            }
            _ => Self::NotSigned(text),
        }
    }
}
