//! Where a repository is written: a folder, a bucket, or a registry of OCI artifacts.

#[cfg(feature = "bucket")]
mod bucket;
mod folder;
#[cfg(feature = "oci")]
mod registry;

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::RepositoryError;
use super::init::stored_name;
use super::metadata::MetadataFile;
use crate::catalog::{Catalog, Offer, TargetFile};
use crate::source::{Limits, METADATA, Source, SourceError, read_whole};
use crate::{Place, Progress};
use folder::FolderWriter;

/// The file that makes a state the repository's: it is replaced last.
pub(super) const TIMESTAMP: &str = "metadata/timestamp.json";

/// What the place names the state by that it has: with each that is published it is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    e_tag: Option<String>,
    /// Stores that count versions of an object name it by that.
    version: Option<String>,
}

/// A place that is written.
#[derive(Debug, Clone)]
pub(super) enum Writer {
    Folder(FolderWriter),
    #[cfg(feature = "bucket")]
    Bucket(bucket::BucketWriter),
    #[cfg(feature = "oci")]
    Registry(registry::RegistryWriter),
}

impl Writer {
    pub(super) fn of(place: &Place) -> Result<Self, RepositoryError> {
        match Source::of(place)? {
            Source::Folder(folder) => Ok(Self::Folder(FolderWriter(folder))),
            #[cfg(feature = "bucket")]
            Source::Bucket(bucket) => Ok(Self::Bucket(bucket::BucketWriter(bucket))),
            #[cfg(feature = "oci")]
            Source::Registry(registry) => Ok(Self::Registry(registry::RegistryWriter(registry.to_push()))),
            Source::Http(_) | Source::Linked(_) => {
                let reason =
                    "a server of files is read, not written: publish into a folder and copy that to the server";
                Err(SourceError::Place {
                    place: place.address.clone(),
                    reason: reason.to_owned(),
                }
                .into())
            }
        }
    }

    pub(super) fn source(&self) -> Source {
        match self {
            Self::Folder(writer) => Source::Folder(writer.0.clone()),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => Source::Bucket(writer.0.clone()),
            #[cfg(feature = "oci")]
            Self::Registry(writer) => Source::Registry(writer.0.clone()),
        }
    }

    /// A folder for what is written, which goes away: in the repository's, so that files can be moved from there, or in that
    /// of the system.
    pub(super) fn draft(&self) -> Result<TempDir, RepositoryError> {
        let (folder, made) = match self {
            Self::Folder(FolderWriter(folder)) => {
                let made = std::fs::create_dir_all(folder).and_then(|()| TempDir::new_in(folder));
                (folder.clone(), made)
            }
            #[cfg(any(feature = "bucket", feature = "oci"))]
            _ => (std::env::temp_dir(), TempDir::new()),
        };
        made.map_err(RepositoryError::io(&folder, "no folder can be made in it"))
    }

    /// A target's file on this machine, where it is on it.
    pub(super) fn local(&self, file: &TargetFile) -> Option<PathBuf> {
        match self {
            Self::Folder(writer) => Some(writer.0.join(stored_name(&file.name, file.sha256))),
            #[cfg(any(feature = "bucket", feature = "oci"))]
            _ => None,
        }
    }

    /// What the place has, as a whole.
    pub(super) async fn read(&self, name: &str, max_bytes: u64) -> Result<Vec<u8>, SourceError> {
        read_whole(&self.source(), name, &Limits::default(), max_bytes).await
    }

    /// Refuses a place that has a repository, or the beginning of one.
    pub(super) async fn expect_nothing(&self) -> Result<(), RepositoryError> {
        match self {
            Self::Folder(writer) => writer.expect_nothing(),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => writer.expect_nothing().await,
            #[cfg(feature = "oci")]
            Self::Registry(writer) => writer.expect_nothing().await,
        }
    }

    /// What its state is named by; nothing where there is none.
    pub(super) async fn state(&self) -> Result<Option<State>, RepositoryError> {
        match self {
            Self::Folder(writer) => writer.state(),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => writer.state(TIMESTAMP).await,
            #[cfg(feature = "oci")]
            Self::Registry(writer) => writer.state().await,
        }
    }

    /// The first version of a role's metadata, from one on, that nobody has written: a publisher that was interrupted left
    /// what no timestamp names, and one that writes now has begun with the next.
    pub(super) async fn first_free(&self, version: NonZeroU64, role: &str) -> Result<NonZeroU64, RepositoryError> {
        let mut version = version;
        loop {
            let name = format!("{METADATA}/{version}.{role}.json");
            let is_taken = match self {
                Self::Folder(writer) => writer.0.join(name).exists(),
                #[cfg(feature = "bucket")]
                Self::Bucket(writer) => writer.state(&name).await?.is_some(),
                // Its metadata are published together or not at all.
                #[cfg(feature = "oci")]
                Self::Registry(_) => false,
            };
            if !is_taken {
                return Ok(version);
            }
            version = version.saturating_add(1);
        }
    }

    /// Whether a target is there.
    pub(super) async fn has_target(&self, target: &TargetFile) -> Result<bool, RepositoryError> {
        match self {
            Self::Folder(writer) => Ok(writer.has_target(target)),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => writer.has_target(target).await,
            #[cfg(feature = "oci")]
            Self::Registry(writer) => Ok(writer.0.has_blob(&target.name, target.sha256).await?),
        }
    }

    /// Brings a target there from a file that may be moved away. What is there already is not sent again.
    pub(super) async fn put_target(
        &self,
        target: &TargetFile,
        file: &Path,
        progress: &dyn Progress,
    ) -> Result<(), RepositoryError> {
        match self {
            Self::Folder(writer) => writer.put_target(target, file),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => writer.put_target(target, file, progress).await,
            #[cfg(feature = "oci")]
            Self::Registry(writer) => writer.put_target(target, file, progress).await,
        }
    }

    /// Brings the channels' file there, which is small.
    pub(super) async fn put_channels(&self, target: &TargetFile, bytes: &[u8]) -> Result<(), RepositoryError> {
        match self {
            Self::Folder(writer) => writer.put(&stored_name(&target.name, target.sha256), bytes),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => writer.put_channels(target, bytes).await,
            #[cfg(feature = "oci")]
            Self::Registry(writer) => writer.put_channels(target, bytes).await,
        }
    }

    /// Has the place name what belongs to a release, whose targets are there: a registry has names for that, others have not.
    #[cfg_attr(
        not(feature = "oci"),
        expect(unused_variables, reason = "there are no registries then")
    )]
    pub(super) async fn name_release(&self, catalog: &Catalog, offer: &Offer) -> Result<(), RepositoryError> {
        #[cfg(feature = "oci")]
        if let Self::Registry(writer) = self {
            return writer.name_release(catalog, offer).await;
        }
        Ok(())
    }

    /// Writes metadata in their order, where the state is still that which they follow from. Readers see all of it, or
    /// everything as it was.
    pub(super) async fn commit(&self, files: &[&MetadataFile], state: Option<&State>) -> Result<(), RepositoryError> {
        match self {
            Self::Folder(writer) => writer.commit(files, state),
            #[cfg(feature = "bucket")]
            Self::Bucket(writer) => writer.commit(files, state).await,
            #[cfg(feature = "oci")]
            Self::Registry(writer) => writer.commit(files, state).await,
        }
    }
}

/// Refused, for the state is not the one that was read.
fn raced(name: &str) -> RepositoryError {
    RepositoryError::Raced(name.to_owned())
}
