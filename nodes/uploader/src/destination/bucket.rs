//! A bucket of S3, Google Cloud Storage or Azure Blob Storage.

use std::future::Future;
use std::sync::Arc;

use object_store::multipart::PartId;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use sinew_storage::{Bandwidth, BucketLocation, ConnectError, Store, connect, told};
use tokio::runtime::Runtime;

use super::{Creation, Destination, DestinationError, Found, PartPlace};
use crate::digest::FileDigest;

/// A bucket, and the thread's way to it.
#[derive(Debug)]
pub(super) struct Bucket {
    store: Arc<dyn Store>,
    prefix: String,
    /// `None` only while this is dropped.
    runtime: Option<Runtime>,
}

impl Drop for Bucket {
    /// A node drops it in a runtime of its own, where nothing may wait for another.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Bucket {
    pub(super) fn open(location: &BucketLocation, bandwidth: Arc<Bandwidth>) -> Result<Self, DestinationError> {
        let store = connect(location, bandwidth).map_err(|error| match error {
            ConnectError::Credentials(reason) => DestinationError::Credentials(reason),
            ConnectError::Setup(reason) => DestinationError::Setup(reason),
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            store,
            prefix: location.prefix.clone(),
            runtime: Some(runtime.map_err(|error| DestinationError::Setup(error.to_string()))?),
        })
    }

    fn ask<T>(
        &self,
        key: &str,
        question: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, DestinationError> {
        self.answer(question)?.map_err(|error| of(key, error))
    }

    fn answer<T>(&self, question: impl Future<Output = T>) -> Result<T, DestinationError> {
        match &self.runtime {
            Some(runtime) => Ok(runtime.block_on(question)),
            None => Err(DestinationError::Setup("it has ended".to_owned())),
        }
    }

    fn key(&self, key: &str) -> Key {
        Key::from(format!("{}{key}", self.prefix))
    }
}

impl Destination for Bucket {
    fn find(&mut self, key: &str) -> Result<Option<Found>, DestinationError> {
        match self.answer(self.store.head(&self.key(key)))? {
            Ok(found) => Ok(Some(Found {
                size: found.size,
                etag: found.e_tag.map(|etag| etag.trim_matches('"').to_ascii_lowercase()),
            })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(of(key, error)),
        }
    }

    fn read(&mut self, key: &str, sink: &mut dyn FnMut(&[u8])) -> Result<(), DestinationError> {
        use futures_util::TryStreamExt;
        let path = self.key(key);
        self.ask(key, async {
            let mut stream = self.store.get(&path).await?.into_stream();
            while let Some(bytes) = stream.try_next().await? {
                sink(&bytes);
            }
            Ok(())
        })
    }

    fn create(&mut self, key: &str, bytes: Vec<u8>) -> Result<Creation, DestinationError> {
        let path = self.key(key);
        let options = PutOptions::from(PutMode::Create);
        let put = self.store.put_opts(&path, PutPayload::from(bytes), options);
        match self.answer(put)? {
            Ok(_) => Ok(Creation::Made),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Creation::WasThere),
            Err(error) => Err(of(key, error)),
        }
    }

    fn begin(&mut self, key: &str) -> Result<String, DestinationError> {
        let path = self.key(key);
        self.ask(key, self.store.create_multipart(&path))
    }

    fn put_part(
        &mut self,
        key: &str,
        upload: &str,
        place: PartPlace,
        bytes: Vec<u8>,
    ) -> Result<String, DestinationError> {
        let (path, upload) = (self.key(key), upload.to_owned());
        let put = self
            .store
            .put_part(&path, &upload, place.number, PutPayload::from(bytes));
        match self.answer(put)? {
            Ok(part) => Ok(part.content_id),
            Err(error) => Err(of_parts(key, error)),
        }
    }

    fn complete(
        &mut self,
        key: &str,
        upload: &str,
        parts: &[String],
        _digest: &FileDigest,
    ) -> Result<Creation, DestinationError> {
        let (path, upload) = (self.key(key), upload.to_owned());
        let parts = parts.iter().map(|part| PartId {
            content_id: part.clone(),
        });
        match self.answer(self.store.complete_multipart(&path, &upload, parts.collect()))? {
            Ok(_) => Ok(Creation::Made),
            Err(error) => Err(of_parts(key, error)),
        }
    }

    fn abort(&mut self, key: &str, upload: &str) -> Result<(), DestinationError> {
        let (path, upload) = (self.key(key), upload.to_owned());
        match self.answer(self.store.abort_multipart(&path, &upload))? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(of(key, error)),
        }
    }
}

/// What an error is to the uploader.
fn of(key: &str, error: Error) -> DestinationError {
    let key = key.to_owned();
    let reason = told(&error);
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => DestinationError::Refused { key, reason },
        _ => DestinationError::Failed { key, reason },
    }
}

/// The same for an upload in parts, which the store may not know any more.
fn of_parts(key: &str, error: Error) -> DestinationError {
    match error {
        Error::NotFound { .. } => DestinationError::Forgotten {
            key: key.to_owned(),
            reason: told(&error),
        },
        error => of(key, error),
    }
}
