//! What a repository offers, as its targets' keys have signed it.

use std::collections::BTreeMap;

use tough::schema::{Target, Targets};

use crate::Digest;
use crate::rollout::{CUSTOM_KEY, DeltaOffer, Rollout, State, Subscriber};

/// A file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFile {
    /// Its name.
    pub name: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// A release that a repository offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its archive.
    pub archive: TargetFile,
    /// What is signed about it.
    pub rollout: Rollout,
}

/// All that a repository offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    offers: Vec<Offer>,
    files: BTreeMap<String, TargetFile>,
}

impl Catalog {
    /// Of the targets that were verified. A target that describes no release as this program knows it is none; it may be
    /// that of a newer one.
    pub(crate) fn of(targets: &Targets) -> Self {
        let mut files = BTreeMap::new();
        let mut offers = Vec::new();
        for (name, target) in &targets.targets {
            let Some(file) = target_file(name.raw(), target) else {
                continue;
            };
            let custom = target.custom.get(CUSTOM_KEY);
            if let Some(rollout) = custom.and_then(|value| serde_json::from_value(value.clone()).ok()) {
                offers.push(Offer {
                    archive: file.clone(),
                    rollout,
                });
            }
            files.insert(file.name.clone(), file);
        }
        let order = |offer: &Offer| (offer.rollout.name.clone(), offer.rollout.version);
        offers.sort_by_key(order);
        Self { offers, files }
    }

    /// All releases, by name and version.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// One release.
    pub fn offer(&self, name: &str, version: u64) -> Option<&Offer> {
        let is_it = |offer: &&Offer| offer.rollout.name == name && offer.rollout.version == version;
        self.offers.iter().find(is_it)
    }

    /// The newest release of a name that is for a robot.
    pub fn newest_for(&self, name: &str, subscriber: &Subscriber) -> Option<&Offer> {
        let is_for = |offer: &&Offer| offer.rollout.name == name && offer.rollout.is_for(subscriber);
        self.offers.iter().rev().find(is_for)
    }

    /// Whether no robot is to run a release.
    pub fn is_yanked(&self, name: &str, version: u64) -> bool {
        self.offer(name, version)
            .is_some_and(|offer| offer.rollout.state == State::Yanked)
    }

    /// All files of the repository, by their names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &TargetFile> {
        self.files.values()
    }

    /// A file of the repository by its name.
    pub fn file(&self, name: &str) -> Option<&TargetFile> {
        self.files.get(name)
    }

    /// The file of the delta to a release from the archive that a robot has.
    pub fn delta(&self, offer: &Offer, base: Digest) -> Option<(&TargetFile, u64)> {
        let from_base = |delta: &&DeltaOffer| delta.base == base;
        let delta = offer.rollout.deltas.iter().find(from_base)?;
        Some((self.file(&delta.target)?, delta.from))
    }
}

/// A target whose name is no path; others are not ours.
fn target_file(name: &str, target: &Target) -> Option<TargetFile> {
    let sha256: [u8; 32] = target.hashes.sha256.as_ref().try_into().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (!name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)).then(|| TargetFile {
        name: name.to_owned(),
        bytes: target.length,
        sha256: sha256.into(),
    })
}
