//! The four roles' files, signed.

use std::num::NonZeroU64;

use aws_lc_rs::rand::SystemRandom;
use jiff::Timestamp as Time;
use serde::Serialize;
use tough::editor::signed::SignedRole;
use tough::key_source::KeySource;
use tough::schema::{Hashes, KeyHolder, Metafile, Role, Root, Snapshot, Targets, Timestamp};

use super::keys::Keys;
use super::{Expiry, RepositoryError};
use crate::source::METADATA;

/// The version of TUF's specification that the files follow.
pub(super) const SPEC_VERSION: &str = "1.0.0";
/// Longest file of metadata, bytes.
pub(super) const MAX_METADATA_BYTES: u64 = 10 << 20;
const DAY_SECS: i64 = 86_400;

/// A file of metadata, to be written.
#[derive(Debug)]
pub(super) struct MetadataFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Whether nothing may be there under this name.
    pub(super) is_new: bool,
}

/// What is there, and what comes after it.
pub(super) struct Before<'a> {
    /// The root that says who signs.
    pub(super) root: &'a Root,
    /// The one before it, where that is to be replaced: what its keys sign, too, is taken by whoever has not seen the new one.
    pub(super) earlier_root: Option<&'a Root>,
    pub(super) snapshot: Option<&'a Snapshot>,
    pub(super) timestamp: Option<&'a Timestamp>,
    pub(super) versions: Versions,
}

/// The versions that new metadata get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Versions {
    pub(super) targets: NonZeroU64,
    pub(super) snapshot: NonZeroU64,
}

/// Metadata that are signed.
#[derive(Debug)]
pub(super) struct SignedMetadata {
    /// In the order in which they have to be written.
    pub(super) files: Vec<MetadataFile>,
    /// Whether those who have not seen the new root yet take them.
    pub(super) is_for_earlier_root: bool,
}

/// When something expires that is signed now.
pub(super) fn expires_in(days: u32) -> Result<Time, RepositoryError> {
    let at = Time::now().as_second().saturating_add(i64::from(days) * DAY_SECS);
    Time::from_second(at).map_err(|error| RepositoryError::Signing {
        doing: "no date of expiry can be had",
        reason: error.to_string(),
    })
}

/// The version after another; 1 after none.
pub(super) fn next(version: Option<NonZeroU64>) -> NonZeroU64 {
    version.map_or(NonZeroU64::MIN, |version| version.saturating_add(1))
}

/// Signs what follows from new targets, or from none.
pub(super) async fn sign(
    before: Before<'_>,
    targets: Option<Targets>,
    keys: &Keys,
    expiry: Expiry,
) -> Result<SignedMetadata, RepositoryError> {
    let mut signer = Signer {
        root: KeyHolder::Root(before.root.clone()),
        earlier_root: before.earlier_root.map(|root| KeyHolder::Root(root.clone())),
        sources: keys.sources(),
        random: SystemRandom::new(),
        is_for_earlier_root: true,
    };
    let mut files = Vec::new();
    let mut snapshot = Snapshot::new(
        SPEC_VERSION.to_owned(),
        before.versions.snapshot,
        expires_in(expiry.snapshot_days)?,
    );
    if let Some(before) = before.snapshot {
        snapshot.meta = before.meta.clone();
    }
    if let Some(mut targets) = targets {
        targets.version = before.versions.targets;
        targets.expires = expires_in(expiry.targets_days)?;
        let version = targets.version;
        let signed = signer.sign(targets, "the targets cannot be signed").await?;
        snapshot
            .meta
            .insert("targets.json".to_owned(), metafile(&signed, version));
        files.push(file(&format!("{version}.targets.json"), signed.buffer(), true));
    }
    let version = snapshot.version;
    let signed = signer.sign(snapshot, "the snapshot cannot be signed").await?;
    files.push(file(&format!("{version}.snapshot.json"), signed.buffer(), true));
    let mut timestamp = Timestamp::new(
        SPEC_VERSION.to_owned(),
        next(before.timestamp.map(|timestamp| timestamp.version)),
        expires_in(expiry.timestamp_days)?,
    );
    timestamp
        .meta
        .insert("snapshot.json".to_owned(), metafile(&signed, version));
    let signed = signer.sign(timestamp, "the timestamp cannot be signed").await?;
    files.push(file("timestamp.json", signed.buffer(), false));
    Ok(SignedMetadata {
        files,
        is_for_earlier_root: signer.is_for_earlier_root,
    })
}

/// Signs with the keys of a root, and with those of the root before it.
struct Signer {
    root: KeyHolder,
    earlier_root: Option<KeyHolder>,
    sources: Vec<Box<dyn KeySource>>,
    random: SystemRandom,
    is_for_earlier_root: bool,
}

impl Signer {
    async fn sign<T: Role + Serialize + Clone>(
        &mut self,
        role: T,
        doing: &'static str,
    ) -> Result<SignedRole<T>, RepositoryError> {
        let signed = SignedRole::new(role.clone(), &self.root, &self.sources, &self.random)
            .await
            .map_err(RepositoryError::tuf(doing))?;
        let Some(earlier) = &self.earlier_root else {
            return Ok(signed);
        };
        // Keys that were replaced for they were lost are not there.
        let Ok(by_earlier) = SignedRole::new(role, earlier, &self.sources, &self.random).await else {
            self.is_for_earlier_root = false;
            return Ok(signed);
        };
        signed
            .add_old_signatures(by_earlier.signed().signatures.clone())
            .map_err(RepositoryError::tuf(doing))
    }
}

/// Signs a root with its own keys and with those of the root before it, and refuses one that robots would refuse.
pub(super) async fn sign_root(root: Root, before: Option<&Root>, keys: &Keys) -> Result<MetadataFile, RepositoryError> {
    let (sources, random) = (keys.sources(), SystemRandom::new());
    let wrong = || RepositoryError::tuf("the root cannot be signed");
    let own = KeyHolder::Root(root.clone());
    let mut signed = SignedRole::new(root.clone(), &own, &sources, &random)
        .await
        .map_err(wrong())?;
    if let Some(before) = before {
        let earlier = KeyHolder::Root(before.clone());
        let by_earlier = SignedRole::new(root.clone(), &earlier, &sources, &random)
            .await
            .map_err(wrong())?;
        signed = signed
            .add_old_signatures(by_earlier.signed().signatures.clone())
            .map_err(wrong())?;
    }
    for signer in before.into_iter().chain([&root]) {
        signer
            .verify_role(signed.signed())
            .map_err(|error| RepositoryError::Signing {
                doing: "the root cannot be signed; its keys must be in the folder `offline` of the keys",
                reason: error.to_string(),
            })?;
    }
    Ok(file(&format!("{}.root.json", root.version), signed.buffer(), true))
}

fn file(name: &str, bytes: &[u8], is_new: bool) -> MetadataFile {
    MetadataFile {
        name: format!("{METADATA}/{name}"),
        bytes: bytes.to_vec(),
        is_new,
    }
}

fn metafile<T: Role + Serialize>(signed: &SignedRole<T>, version: NonZeroU64) -> Metafile {
    Metafile {
        length: Some(*signed.length()),
        hashes: Some(Hashes {
            sha256: signed.sha256().to_vec().into(),
            _extra: Default::default(),
        }),
        version,
        _extra: Default::default(),
    }
}
