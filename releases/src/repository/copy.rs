//! A repository as it is, in another place.

use std::num::NonZeroU64;
use std::path::Path;

use bytes::Bytes;
use tough::schema::{Root, Signed, Timestamp};
use tough::{ExpirationEnforcement, RepositoryLoader};

use super::bars::{CHANNELS_FILE, MAX_CHANNELS_BYTES};
use super::metadata::{MAX_METADATA_BYTES, MetadataFile};
use super::writer::{TIMESTAMP, Writer};
use super::{RepositoryError, runtime, stored_name};
use crate::catalog::{Catalog, TargetFile};
use crate::client::{ClientError, Download};
use crate::source::{Limits, METADATA, Source, SourceError, SourceTransport, TARGETS, base_url, read_whole};
use crate::{Place, Progress};

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many releases the repository has.
    pub releases: usize,
    /// How many files of targets went over this time.
    pub files: usize,
    /// Their length, bytes.
    pub bytes: u64,
}

/// Verifies a repository from a root, and brings all that it has to another place: what releases are of first, and the
/// metadata last. What is there already does not go again, so that one that was interrupted is finished by the next; and an
/// older state is never put in the place of a newer one.
///
/// # Errors
/// Where it cannot be verified, read or written, and where the other place has another repository, or a newer state.
pub fn copy(from: &Place, to: &Place, root: &Path, progress: &dyn Progress) -> Result<Copied, RepositoryError> {
    let (source, writer) = (Source::of(from)?, Writer::of(to)?);
    let root = sinew_files::read(root, MAX_METADATA_BYTES).map_err(RepositoryError::io(root, "cannot be read"))?;
    runtime()?.block_on(async {
        let state = writer.state().await?;
        let read = Read::verified(&source, &root).await?;
        let files = read.metadata(&source).await?;
        if state.is_some() && !read.follows(&writer, &files).await? {
            return Ok(Copied {
                releases: read.catalog.offers().len(),
                files: 0,
                bytes: 0,
            });
        }
        let copied = read.put_targets(&source, &writer, progress).await?;
        let files = read.ordered(&writer, files).await?;
        writer.commit(&files.iter().collect::<Vec<_>>(), state.as_ref()).await?;
        Ok(copied)
    })
}

/// A repository as it was read, and verified.
struct Read {
    loaded: tough::Repository,
    catalog: Catalog,
    /// The files that were verified, by their names.
    seen: Vec<(String, Bytes)>,
}

impl Read {
    async fn verified(source: &Source, root: &[u8]) -> Result<Self, RepositoryError> {
        let mut transport = SourceTransport::new(source.clone(), Limits::default());
        let seen = transport.remember();
        let loader = RepositoryLoader::new(&root, base_url(METADATA)?, base_url(TARGETS)?)
            .transport(transport)
            .expiration_enforcement(ExpirationEnforcement::Safe);
        let loaded = loader.load().await.map_err(ClientError::of)?;
        let catalog = Catalog::of(&loaded.targets().signed);
        let seen = seen.lock().await.clone();
        Ok(Self { loaded, catalog, seen })
    }

    /// All files of metadata to the byte, with the roots from the first on, and in the order of what names what.
    async fn metadata(&self, source: &Source) -> Result<Vec<MetadataFile>, RepositoryError> {
        let mut files = Vec::new();
        for version in 1..=self.loaded.root().signed.version.get() {
            let name = format!("{METADATA}/{version}.root.json");
            let bytes = read_whole(source, &name, &Limits::default(), MAX_METADATA_BYTES).await?;
            files.push(MetadataFile {
                name,
                bytes,
                is_new: true,
            });
        }
        let targets = self.loaded.targets().signed.version;
        let snapshot = self.loaded.snapshot().signed.version;
        for (name, is_new) in [
            (format!("{METADATA}/{targets}.targets.json"), true),
            (format!("{METADATA}/{snapshot}.snapshot.json"), true),
            (TIMESTAMP.to_owned(), false),
        ] {
            let seen = self.seen.iter().rev().find(|(seen, _)| *seen == name);
            let (_, bytes) = seen.ok_or_else(|| SourceError::NotFound(name.clone()))?;
            files.push(MetadataFile {
                name,
                bytes: bytes.to_vec(),
                is_new,
            });
        }
        Ok(files)
    }

    /// Whether this comes after what the other place has; not where that has just this.
    async fn follows(&self, writer: &Writer, files: &[MetadataFile]) -> Result<bool, RepositoryError> {
        if let Some(first) = files.first()
            && writer.read(&first.name, MAX_METADATA_BYTES).await? != first.bytes
        {
            return Err(RepositoryError::Exists("a repository of another root".to_owned()));
        }
        let there = writer.read(TIMESTAMP, MAX_METADATA_BYTES).await?;
        if files.last().is_some_and(|timestamp| timestamp.bytes == there) {
            return Ok(false);
        }
        let there: Option<Signed<Timestamp>> = serde_json::from_slice(&there).ok();
        let there = there.map_or(0, |there| there.signed.version.get());
        let found = self.loaded.timestamp().signed.version.get();
        if found > there {
            return Ok(true);
        }
        Err(RepositoryError::Older { found, there })
    }

    async fn put_targets(
        &self,
        source: &Source,
        writer: &Writer,
        progress: &dyn Progress,
    ) -> Result<Copied, RepositoryError> {
        let limits = Limits::default();
        let way = Download {
            source,
            limits: &limits,
            progress,
        };
        let mut copied = Copied {
            releases: self.catalog.offers().len(),
            files: 0,
            bytes: 0,
        };
        for target in self.catalog.files() {
            if writer.has_target(target).await? {
                continue;
            }
            if target.name == CHANNELS_FILE {
                writer.put_channels(target, &channels(source, target).await?).await?;
            } else {
                let draft = writer.draft()?;
                let file = draft.path().join("target");
                way.fetch(target, &file).await?;
                writer.put_target(target, &file, progress).await?;
            }
            copied.files += 1;
            copied.bytes += target.bytes;
        }
        for offer in self.catalog.offers() {
            writer.name_release(&self.catalog, offer).await?;
        }
        Ok(copied)
    }

    /// New roots come last where those who have not seen them take the rest, too, so that there is no moment at which a robot
    /// is refused; else they come first.
    async fn ordered(&self, writer: &Writer, files: Vec<MetadataFile>) -> Result<Vec<MetadataFile>, RepositoryError> {
        let newest = self.loaded.root().signed.version;
        let is_for = |root: &Root| {
            let signed = [
                root.verify_role(self.loaded.targets()).is_ok(),
                root.verify_role(self.loaded.snapshot()).is_ok(),
                root.verify_role(self.loaded.timestamp()).is_ok(),
            ];
            signed == [true; 3]
        };
        let there = newest_root(writer, newest).await?;
        let (roots, mut others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| file.name.ends_with(".root.json"));
        if there.is_some_and(|root| is_for(&root)) {
            others.extend(roots);
            return Ok(others);
        }
        Ok(roots.into_iter().chain(others).collect())
    }
}

/// The newest root that a place has, up to a version.
async fn newest_root(writer: &Writer, newest: NonZeroU64) -> Result<Option<Root>, RepositoryError> {
    for version in (1..=newest.get()).rev() {
        match writer
            .read(&format!("{METADATA}/{version}.root.json"), MAX_METADATA_BYTES)
            .await
        {
            Ok(bytes) => {
                let root: Option<Signed<Root>> = serde_json::from_slice(&bytes).ok();
                return Ok(root.map(|root| root.signed));
            }
            Err(SourceError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

async fn channels(source: &Source, target: &TargetFile) -> Result<Vec<u8>, RepositoryError> {
    let name = stored_name(&target.name, target.sha256);
    let bytes = read_whole(source, &name, &Limits::default(), MAX_CHANNELS_BYTES).await?;
    if crate::Digest::of(&bytes) != target.sha256 {
        let reason = format!("{CHANNELS_FILE}: it is not the one that was signed");
        return Err(RepositoryError::Channels(reason));
    }
    Ok(bytes)
}
