//! A new repository and its keys.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use tough::TargetName;
use tough::schema::{Hashes, RoleKeys, Root, Target, Targets};

use super::bars::{CHANNELS_FILE, Channels};
use super::keys::{Keys, PrivateKey};
use super::metadata::{Before, SPEC_VERSION, Versions, expires_in, sign, sign_root};
use super::writer::Writer;
use super::{KeyRole, RepositoryError, runtime};
use crate::catalog::TargetFile;
use crate::source::TARGETS;
use crate::{Digest, Place};

/// The root that robots begin with, beside the keys.
pub const PINNED_ROOT: &str = "root.json";

/// How long what is signed is valid, days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// The root.
    pub root_days: u32,
    /// The targets, which are the releases.
    pub targets_days: u32,
    /// The snapshot.
    pub snapshot_days: u32,
    /// The timestamp: as long can a robot be shown an old state as today's.
    pub timestamp_days: u32,
}

impl Default for Expiry {
    fn default() -> Self {
        Self {
            root_days: 365,
            targets_days: 180,
            snapshot_days: 30,
            timestamp_days: 7,
        }
    }
}

/// How a repository begins.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// How many of the root's keys must sign a root.
    pub threshold: u8,
    /// How many keys the root has.
    pub root_keys: u8,
    /// How long what is signed is valid.
    pub expiry: Expiry,
    /// The channels and their bars.
    pub channels: Channels,
}

/// Makes a repository in a place, and its keys in a folder: those of root and targets, which stay offline, and those of
/// snapshot and timestamp. Gives the file of the root that robots begin with.
///
/// # Errors
/// Where one of them is there, and where they cannot be written.
pub fn init(place: impl Into<Place>, keys: &Path, options: &InitOptions) -> Result<PathBuf, RepositoryError> {
    let writer = Writer::of(&place.into())?;
    let pinned = keys.join(PINNED_ROOT);
    if pinned.exists() {
        return Err(RepositoryError::Exists(pinned.display().to_string()));
    }
    let runtime = runtime()?;
    runtime.block_on(writer.expect_nothing())?;
    let threshold = u64::from(options.threshold.max(1));
    let mut root = Root {
        spec_version: SPEC_VERSION.to_owned(),
        consistent_snapshot: true,
        version: NonZeroU64::MIN,
        expires: expires_in(options.expiry.root_days)?,
        keys: HashMap::new(),
        roles: HashMap::new(),
        _extra: HashMap::new(),
    };
    let mut private = Vec::new();
    for role in KeyRole::ALL {
        let (count, threshold) = match role {
            KeyRole::Root => (options.root_keys.max(options.threshold).max(1), threshold),
            _ => (1, 1),
        };
        let made = (0..count)
            .map(|_| PrivateKey::create(keys, role))
            .collect::<Result<Vec<_>, _>>()?;
        set_role(&mut root, role, &made, threshold)?;
        private.extend(made);
    }
    let keys = Keys::of(keys, private);
    let root_file = runtime.block_on(sign_root(root.clone(), None, &keys))?;
    let channels = options.channels.to_bytes()?;
    let mut targets = Targets::new(SPEC_VERSION.to_owned(), NonZeroU64::MIN, root.expires);
    targets.delegations = None;
    put_channels(&mut targets, &channels)?;
    let before = Before {
        root: &root,
        earlier_root: None,
        snapshot: None,
        timestamp: None,
        versions: Versions {
            targets: NonZeroU64::MIN,
            snapshot: NonZeroU64::MIN,
        },
    };
    let signed = runtime.block_on(sign(before, Some(targets), &keys, options.expiry))?;
    runtime.block_on(async {
        writer.put_channels(&channels_target(&channels), &channels).await?;
        let files: Vec<_> = [&root_file].into_iter().chain(&signed.files).collect();
        writer.commit(&files, None).await
    })?;
    sinew_files::replace(&pinned, &root_file.bytes, 0o644)
        .map_err(RepositoryError::io(&pinned, "cannot be written"))?;
    Ok(pinned)
}

/// Puts keys in the place of all that a role has.
pub(super) fn set_role(
    root: &mut Root,
    role: KeyRole,
    keys: &[PrivateKey],
    threshold: u64,
) -> Result<(), RepositoryError> {
    let mut keyids = Vec::new();
    for key in keys {
        let key = key.tuf_key()?;
        let id = key.key_id().map_err(|error| RepositoryError::Signing {
            doing: "a key cannot be written",
            reason: error.to_string(),
        })?;
        root.keys.insert(id.clone(), key);
        keyids.push(id);
    }
    let threshold = NonZeroU64::new(threshold).unwrap_or(NonZeroU64::MIN);
    let keys = RoleKeys {
        keyids,
        threshold,
        _extra: HashMap::new(),
    };
    root.roles.insert(role.role_type(), keys);
    let used: Vec<_> = root.roles.values().flat_map(|role| role.keyids.clone()).collect();
    root.keys.retain(|id, _| used.contains(id));
    Ok(())
}

/// Names the channels' file among the targets.
pub(super) fn put_channels(targets: &mut Targets, channels: &[u8]) -> Result<(), RepositoryError> {
    let target = target(&channels_target(channels));
    targets.targets.insert(target_name(CHANNELS_FILE)?, target);
    Ok(())
}

/// The channels' file as a target.
pub(super) fn channels_target(channels: &[u8]) -> TargetFile {
    TargetFile {
        name: CHANNELS_FILE.to_owned(),
        bytes: channels.len() as u64,
        sha256: Digest::of(channels),
    }
}

/// Where a target lies: names with digests are never changed.
pub(crate) fn stored_name(target: &str, sha256: Digest) -> String {
    format!("{TARGETS}/{sha256}.{target}")
}

pub(super) fn target_name(name: &str) -> Result<TargetName, RepositoryError> {
    TargetName::new(name).map_err(RepositoryError::tuf("a target cannot be named so"))
}

pub(super) fn target(file: &TargetFile) -> Target {
    Target {
        length: file.bytes,
        hashes: Hashes {
            sha256: file.sha256.bytes().to_vec().into(),
            _extra: HashMap::new(),
        },
        custom: HashMap::new(),
        _extra: HashMap::new(),
    }
}
