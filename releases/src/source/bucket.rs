//! A repository in a bucket of an object store.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path as Key;
use object_store::{Error, GetOptions, GetRange, ObjectStore};
use sinew_storage::{Bandwidth, BucketLocation, Store, connect, told};

use super::{Opened, Pieces, SourceError};

/// The bytes of an object.
pub(crate) type Object = BoxStream<'static, object_store::Result<Bytes>>;

/// A bucket, and the prefix in it that has the repository.
#[derive(Clone)]
pub(crate) struct Bucket {
    store: Arc<dyn Store>,
    location: BucketLocation,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.location).finish()
    }
}

impl Bucket {
    pub(super) fn of(location: BucketLocation) -> Result<Self, SourceError> {
        // What is read is held back where it is read, whatever it comes from.
        let store = connect(&location, Arc::new(Bandwidth::new(None)));
        Ok(Self {
            store: store.map_err(|error| SourceError::Place {
                place: location.bucket.clone(),
                reason: error.to_string(),
            })?,
            location,
        })
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The key of a file of the repository.
    pub(crate) fn key(&self, name: &str) -> Key {
        Key::from(format!("{}{name}", self.location.prefix))
    }

    pub(super) async fn open(&self, name: &str, offset: u64) -> Result<Opened, SourceError> {
        let options = GetOptions {
            range: (offset > 0).then_some(GetRange::Offset(offset)),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&self.key(name), options).await;
        let found = found.map_err(|error| self.failed(name, &error))?;
        Ok(Opened {
            offset: found.range.start,
            pieces: Pieces::Object(found.into_stream()),
        })
    }

    /// What an error of the store means for a file of the repository.
    pub(crate) fn failed(&self, name: &str, error: &Error) -> SourceError {
        let said = told(error);
        let failed = |reason| SourceError::Failed {
            name: name.to_owned(),
            reason,
        };
        let bucket = &self.location.bucket;
        match error {
            Error::NotFound { .. } if said.contains("NoSuchBucket") => {
                failed(format!("the object store has no bucket {bucket}"))
            }
            Error::NotFound { .. } => SourceError::NotFound(name.to_owned()),
            // Whoever may not list a bucket is told so of what is not in it.
            Error::PermissionDenied { .. } if said.contains("AccessDenied") => {
                SourceError::NotFound(format!("{name}, or these credentials may not read it"))
            }
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => failed(format!(
                "the object store refuses it, check the credentials and the rights of their owner: {said}"
            )),
            _ => failed(format!("the object store failed: {said}")),
        }
    }
}

pub(super) async fn next(object: &mut Object, name: &str) -> Result<Option<Bytes>, SourceError> {
    let piece = object.next().await.transpose();
    piece.map_err(|error| SourceError::Failed {
        name: name.to_owned(),
        reason: format!("the object store failed: {}", told(&error)),
    })
}
