//! A release as a robot keeps it: its version, and the digest of each of its files.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Digest;
use crate::bundle::{BundleError, FileEntry, MANIFEST, Manifest};

/// Longest version and longest name of a file, bytes.
const LONGEST_NAME: usize = 128;
/// Most files of a release.
const MOST_FILES: usize = 256;

/// What a robot keeps of a release: whoever stages it has checked that these digests were signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredRelease {
    /// Name and version as one text, such as `strider_walk-3`: its version among all releases of this store.
    pub version: String,
    /// Its files, by their paths within the release.
    pub files: BTreeMap<String, FileEntry>,
}

impl StoredRelease {
    /// The release that a manifest is of.
    ///
    /// # Errors
    /// Where the manifest is none.
    pub fn of(manifest: &Manifest) -> Result<Self, BundleError> {
        let mut files = manifest.files.clone();
        files.insert(MANIFEST.to_owned(), entry(&manifest.to_bytes()?));
        Ok(Self {
            version: manifest.label(),
            files,
        })
    }

    /// A digest over the version and the digests of all files.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        // Lengths before texts, so that no two releases give the same bytes.
        let mut text = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        text(&self.version);
        for (path, file) in &self.files {
            text(path);
            text(&file.sha256.to_string());
            text(&file.bytes.to_string());
        }
        Digest::from(<[u8; 32]>::from(hash.finalize()))
    }

    /// Says what is wrong with a version, a path or a digest that comes from outside.
    pub(super) fn fault(&self) -> Option<String> {
        if !is_plain(&self.version) || self.version.contains('/') {
            return Some(format!(
                "version `{}`: expected 1 to {LONGEST_NAME} of the characters A-Z a-z 0-9 . _ + -",
                self.version.escape_debug()
            ));
        }
        if self.files.is_empty() || self.files.len() > MOST_FILES {
            return Some(format!("expected 1 to {MOST_FILES} files, found {}", self.files.len()));
        }
        self.files.keys().find_map(|path| {
            if !is_plain(path)
                || !Path::new(path)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)))
            {
                Some(format!(
                    "file `{}`: expected a path within the release",
                    path.escape_debug()
                ))
            } else {
                None
            }
        })
    }
}

fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-/".contains(&byte);
    // A name that begins with a dot is that of a file of the store's own.
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with(['.', '-'])
}

/// Digest and length of bytes in memory.
pub(super) fn entry(bytes: &[u8]) -> FileEntry {
    FileEntry {
        bytes: bytes.len() as u64,
        sha256: Digest::of(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, path: &str) -> StoredRelease {
        StoredRelease {
            version: version.to_owned(),
            files: BTreeMap::from([(path.to_owned(), entry(b"model"))]),
        }
    }

    #[test]
    fn names_that_leave_the_slot_are_refused() {
        assert_eq!(release("1.2.0-rc+7", "golden/walk.onnx").fault(), None);
        for (version, path) in [
            ("", "m"),
            ("..", "m"),
            ("a/b", "m"),
            ("1\n", "m"),
            ("1", "../m"),
            ("1", "/m"),
            ("1", "a/../../m"),
            ("1", "./m"),
            ("1", ".m"),
            ("1", ""),
            ("1", "a\0b"),
        ] {
            assert!(release(version, path).fault().is_some(), "{version:?} {path:?}");
        }
    }

    #[test]
    fn any_difference_of_a_release_changes_its_digest() {
        let one = release("1", "m");
        let mut others = vec![release("2", "m"), release("1", "n")];
        let mut other = one.clone();
        other.files.insert("n".to_owned(), entry(b""));
        others.push(other);
        assert!(others.iter().all(|other| other.digest() != one.digest()));
        assert_eq!(one.digest(), release("1", "m").digest());
    }
}
