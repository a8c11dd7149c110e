//! Releases out of a repository of The Update Framework.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use sinew_releases::bundle::pack;
use sinew_releases::client::{Client, ClientError};
use sinew_releases::rollout::{State, Subscriber};
use sinew_releases::signature::Trust;
use sinew_releases::{Catalog, Limits, Offer};

use crate::archive::{KEPT_FREE, at, beside, expect_room_for, forget_others, is_there, of_disk, unpacked};
use crate::offers::{Brought, Offered, Offers, OffersError};
use crate::params::UpdaterParams;
use crate::signer::expect_signed;

/// What the repository was seen to say last, so that nothing older is taken.
const TRUST: &str = "trust";
/// The release that a difference is to, as an archive.
const BASE: &str = "base.tar";

/// A repository, and what this robot follows of it.
#[derive(Debug)]
pub struct Repository {
    /// There until this goes.
    client: Option<Client>,
    limits: Limits,
    release: String,
    subscriber: Subscriber,
    /// Who has to have signed a release besides the repository.
    trust: Option<Trust>,
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
            keep_free: KEPT_FREE,
            ..Limits::default()
        };
        Ok(Self {
            client: Some(Client::open(params.place(), &store.join(TRUST), Some(root), limits)?),
            limits,
            release: params.release.clone(),
            subscriber: params.subscriber(robot),
            trust: None,
            catalog: None,
        })
    }

    /// Takes only what somebody has signed besides, in the format of OpenSSF Model Signing.
    pub fn signed_by(mut self, trust: Option<Trust>) -> Self {
        self.trust = trust;
        self
    }

    /// Refuses a release that nobody trusted has signed.
    fn expect_signer(&self, version: &str, folder: &Path, archive: &Path) -> Result<(), OffersError> {
        let Some(trust) = &self.trust else { return Ok(()) };
        let unsigned = || {
            OffersError::NotSigned(format!(
                "{version} has no signature; `signer` expects one: sinew release publish --sign-with makes it"
            ))
        };
        let Some((catalog, offer)) = self.offer(version) else {
            return Err(unsigned());
        };
        let target = offer.rollout.signature.as_ref().and_then(|name| catalog.file(name));
        let signature = beside(archive, "sig");
        self.client()?.download_file(target.ok_or_else(unsigned)?, &signature)?;
        expect_signed(version, folder, &signature, trust)
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
            withdrawn: Vec::new(),
        };
        self.catalog = Some(catalog);
        Ok(offered)
    }

    fn bring(&mut self, version: &str, folder: &Path, before: Option<&Path>) -> Result<Brought, OffersError> {
        let Some((catalog, offer)) = self.offer(version) else {
            return Err(OffersError::Unreachable(format!("{version} is not offered any more")));
        };
        let incoming = folder.parent().unwrap_or(Path::new("."));
        let archive = incoming.join(format!("{}.tar", offer.archive.sha256));
        forget_others(incoming, &archive);
        let mut bytes = 0;
        if !is_there(&archive, &offer.archive) {
            // The archive, and what is unpacked of it; what is there of it already is part of neither.
            expect_room_for(
                2 * offer.archive.bytes - part_of(&archive).min(offer.archive.bytes),
                incoming,
            )?;
            // A difference saves the network and takes the disk once more, which may not have that.
            let has_room = expect_room_for(3 * offer.archive.bytes, incoming).is_ok();
            let before = before.filter(|_| has_room && !offer.rollout.deltas.is_empty());
            let base: Option<PathBuf> = before
                .map(|before| {
                    let base = incoming.join(BASE);
                    packed(before, &base).map(|()| base)
                })
                .transpose()?;
            let downloaded = self.client()?.download(catalog, offer, &archive, base.as_deref());
            if let Some(base) = base {
                // Made again where it is needed again.
                let _ = fs::remove_file(base);
            }
            bytes = downloaded?.bytes;
        }
        let release = unpacked(&archive, folder, version)?;
        self.expect_signer(version, folder, &archive)?;
        Ok(Brought { release, bytes })
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

/// How much there is of an archive that was not downloaded to its end, bytes.
fn part_of(archive: &Path) -> u64 {
    fs::metadata(beside(archive, "part")).map_or(0, |part| part.len())
}

/// The archive of a release that the robot has, which is that of the repository to the byte.
fn packed(folder: &Path, archive: &Path) -> Result<(), OffersError> {
    let file = File::create(archive).map_err(|error| at(archive, &error))?;
    pack(folder, BufWriter::new(file)).map_err(|error| OffersError::Unreachable(error.to_string()))?;
    Ok(())
}

impl From<ClientError> for OffersError {
    fn from(error: ClientError) -> Self {
        let mut text = error.to_string();
        if let Some(cause) = std::error::Error::source(&error) {
            text = format!("{text}: {cause}");
        }
        match error {
            ClientError::Io { source, .. } => of_disk(source.kind(), text),
            ClientError::Source(_) | ClientError::Setup(_) | ClientError::Clock { .. } => Self::Unreachable(text),
            _ => Self::NotSigned(text),
        }
    }
}
