//! A repository in a bucket of an object store.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use object_store::multipart::PartId;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};

use super::{State, TIMESTAMP, raced};
use crate::Progress;
use crate::catalog::TargetFile;
use crate::repository::RepositoryError;
use crate::repository::init::stored_name;
use crate::repository::metadata::MetadataFile;
use crate::source::bucket::Bucket;
use crate::source::{Limits, METADATA, Source, SourceError, read_whole};

/// What is sent at a time; longer files go in parts. S3 takes none below 5 MiB.
const PART_BYTES: usize = 8 << 20;

/// A bucket, and the prefix in it that has the repository.
#[derive(Debug, Clone)]
pub(in crate::repository) struct BucketWriter(pub(super) Bucket);

impl BucketWriter {
    pub(super) async fn expect_nothing(&self) -> Result<(), RepositoryError> {
        for name in [TIMESTAMP.to_owned(), format!("{METADATA}/1.root.json")] {
            if self.state(&name).await?.is_some() {
                return Err(RepositoryError::Exists(self.0.key(&name).to_string()));
            }
        }
        Ok(())
    }

    /// What the object of a file is named by; nothing where there is none.
    pub(super) async fn state(&self, name: &str) -> Result<Option<State>, RepositoryError> {
        match self.0.store().head(&self.0.key(name)).await {
            Ok(found) => Ok(Some(State {
                e_tag: found.e_tag,
                version: found.version,
            })),
            Err(error) => match self.0.failed(name, &error) {
                SourceError::NotFound(_) => Ok(None),
                failed => Err(failed.into()),
            },
        }
    }

    /// Objects are there whole or not at all, and those of targets are named by what they have in them: one that is there
    /// is the one that is meant.
    pub(super) async fn has_target(&self, target: &TargetFile) -> Result<bool, RepositoryError> {
        let name = stored_name(&target.name, target.sha256);
        match self.0.store().head(&self.0.key(&name)).await {
            Ok(found) => Ok(found.size == target.bytes),
            Err(error) => match self.0.failed(&name, &error) {
                SourceError::NotFound(_) => Ok(false),
                failed => Err(failed.into()),
            },
        }
    }

    pub(super) async fn put_target(
        &self,
        target: &TargetFile,
        file: &Path,
        progress: &dyn Progress,
    ) -> Result<(), RepositoryError> {
        if self.has_target(target).await? {
            progress.moved(&target.name, target.bytes, target.bytes);
            return Ok(());
        }
        let name = stored_name(&target.name, target.sha256);
        let key = self.0.key(&name);
        let unread = || RepositoryError::io(file, "cannot be read");
        let mut file = File::open(file).map_err(unread())?;
        let failed = |error: Error| self.failed(&name, &error);
        let mut piece = next_part(&mut file).map_err(unread())?;
        if piece.len() as u64 >= target.bytes {
            let put = self.0.store().put(&key, PutPayload::from(piece)).await;
            put.map_err(failed)?;
            progress.moved(&target.name, target.bytes, target.bytes);
            return Ok(());
        }
        let upload = self.0.store().create_multipart(&key).await.map_err(failed)?;
        let mut parts = Vec::new();
        let mut sent = 0;
        while !piece.is_empty() {
            sent += piece.len() as u64;
            let put = self
                .0
                .store()
                .put_part(&key, &upload, parts.len(), PutPayload::from(piece));
            match put.await {
                Ok(part) => parts.push(PartId {
                    content_id: part.content_id,
                }),
                Err(error) => {
                    // What was sent would be kept, and paid for, until the bucket's rules remove it.
                    let _ = self.0.store().abort_multipart(&key, &upload).await;
                    return Err(failed(error));
                }
            }
            progress.moved(&target.name, sent, target.bytes);
            piece = next_part(&mut file).map_err(unread())?;
        }
        let complete = self.0.store().complete_multipart(&key, &upload, parts).await;
        complete.map(drop).map_err(failed)
    }

    pub(super) async fn put_channels(&self, target: &TargetFile, bytes: &[u8]) -> Result<(), RepositoryError> {
        let name = stored_name(&target.name, target.sha256);
        let put = self
            .0
            .store()
            .put(&self.0.key(&name), PutPayload::from(bytes.to_vec()))
            .await;
        put.map(drop).map_err(|error| self.failed(&name, &error))
    }

    /// Of two that follow from the same state the store takes one's timestamp, on the condition that it is still that state's.
    pub(super) async fn commit(&self, files: &[&MetadataFile], state: Option<&State>) -> Result<(), RepositoryError> {
        if self.state(TIMESTAMP).await?.as_ref() != state {
            return Err(raced(TIMESTAMP));
        }
        for file in files {
            let mode = match state.filter(|_| !file.is_new) {
                Some(state) => PutMode::Update(UpdateVersion {
                    e_tag: state.e_tag.clone(),
                    version: state.version.clone(),
                }),
                None => PutMode::Create,
            };
            let payload = PutPayload::from(file.bytes.clone());
            let key = self.0.key(&file.name);
            match self.0.store().put_opts(&key, payload, PutOptions::from(mode)).await {
                Ok(_) => {}
                // An answer that was lost: the store has taken it the first time.
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) if self.has(file).await => {}
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => return Err(raced(&file.name)),
                Err(error) => return Err(self.failed(&file.name, &error)),
            }
        }
        Ok(())
    }

    async fn has(&self, file: &MetadataFile) -> bool {
        let (source, limits) = (Source::Bucket(self.0.clone()), Limits::default());
        let read = read_whole(&source, &file.name, &limits, file.bytes.len() as u64);
        read.await.is_ok_and(|bytes| bytes == file.bytes)
    }

    fn failed(&self, name: &str, error: &Error) -> RepositoryError {
        match self.0.failed(name, error) {
            // What is written is there afterwards: it is the bucket that is not, or not for these credentials.
            SourceError::NotFound(_) => RepositoryError::Source(SourceError::Failed {
                name: name.to_owned(),
                reason: format!(
                    "it cannot be written, check the bucket's name and these credentials' rights: {}",
                    sinew_storage::told(error)
                ),
            }),
            failed => failed.into(),
        }
    }
}

/// The next of a file, up to the length of a part.
fn next_part(file: &mut File) -> std::io::Result<Bytes> {
    let mut part = Vec::new();
    file.take(PART_BYTES as u64).read_to_end(&mut part)?;
    Ok(part.into())
}
