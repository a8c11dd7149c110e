//! A bucket of S3, Google Cloud Storage or Azure Blob Storage.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path as Key;
use object_store::{BackoffConfig, Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, RetryConfig};
use tokio::runtime::Runtime;

use super::connection::{Connector, told};
use super::credentials::Variables;
use super::location::{BucketLocation, Service};
use super::{Creation, Destination, DestinationError, Found, PartPlace};
use crate::bandwidth::Bandwidth;
use crate::digest::FileDigest;

/// What a client does by itself about a failed request. Longer failures are the uploader's to wait for, which says them.
const RETRIES: usize = 2;
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
/// What the names of variables contain that say who one is.
#[cfg(feature = "aws")]
const IDENTITY: [&str; 6] = [
    "ACCESS_KEY",
    "SESSION_TOKEN",
    "WEB_IDENTITY",
    "ROLE_ARN",
    "ROLE_SESSION",
    "CONTAINER",
];
/// Region of those who have none.
#[cfg(feature = "aws")]
const REGION: &str = "us-east-1";

/// A store of objects that takes them in parts.
trait Store: ObjectStore + MultipartStore {}
impl<T: ObjectStore + MultipartStore> Store for T {}

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
        let variables = Variables::of(location)?;
        let connector = Connector::new(bandwidth)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            store: store(location, &variables, connector)?,
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

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    }
}

/// The client of a location.
fn store(
    location: &BucketLocation,
    variables: &Variables,
    connector: Connector,
) -> Result<Arc<dyn Store>, DestinationError> {
    match location.service {
        #[cfg(feature = "aws")]
        Service::S3 => s3(location, variables, connector),
        #[cfg(feature = "gcp")]
        Service::Gcs => gcs(location, variables, connector),
        #[cfg(feature = "azure")]
        Service::Azure => azure(location, variables, connector),
        // `Location::parse` gives none of those that are left out.
        #[allow(unreachable_patterns, reason = "with all three nothing is left out")]
        _ => Err(DestinationError::Setup(
            "this service is left out of the program".to_owned(),
        )),
    }
}

#[cfg(feature = "aws")]
fn s3(
    location: &BucketLocation,
    variables: &Variables,
    connector: Connector,
) -> Result<Arc<dyn Store>, DestinationError> {
    use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
    let mut builder = AmazonS3Builder::new();
    for (name, value) in variables.iter() {
        // Where things go, and how, is said by parameters alone.
        let key = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().ok();
        let key = key.filter(|_| IDENTITY.iter().any(|part| name.contains(part)));
        if let Some(key) = key {
            builder = builder.with_config(key, value);
        }
    }
    let options = &location.options;
    let said = options.region.as_deref();
    let region = said
        .or(variables.get("AWS_REGION"))
        .or(variables.get("AWS_DEFAULT_REGION"));
    builder = builder
        .with_region(region.unwrap_or(REGION))
        .with_bucket_name(&location.bucket)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retries())
        .with_http_connector(connector);
    if let Some(endpoint) = &options.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    Ok(Arc::new(
        builder.build().map_err(|error| DestinationError::Setup(told(&error)))?,
    ))
}

#[cfg(feature = "gcp")]
fn gcs(
    location: &BucketLocation,
    variables: &Variables,
    connector: Connector,
) -> Result<Arc<dyn Store>, DestinationError> {
    use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
    let mut builder = GoogleCloudStorageBuilder::new();
    for (name, value) in variables.iter() {
        if let Ok(key) = name.to_ascii_lowercase().parse::<GoogleConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    builder = builder
        .with_bucket_name(&location.bucket)
        .with_retry(retries())
        .with_http_connector(connector);
    Ok(Arc::new(
        builder.build().map_err(|error| DestinationError::Setup(told(&error)))?,
    ))
}

#[cfg(feature = "azure")]
fn azure(
    location: &BucketLocation,
    variables: &Variables,
    connector: Connector,
) -> Result<Arc<dyn Store>, DestinationError> {
    use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
    let mut builder = MicrosoftAzureBuilder::new();
    for (name, value) in variables.iter() {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AzureConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    builder = builder
        .with_container_name(&location.bucket)
        .with_retry(retries())
        .with_http_connector(connector);
    if let Some(endpoint) = &location.options.endpoint {
        let is_plain = endpoint.starts_with("http://");
        builder = builder.with_endpoint(endpoint.clone()).with_allow_http(is_plain);
    }
    Ok(Arc::new(
        builder.build().map_err(|error| DestinationError::Setup(told(&error)))?,
    ))
}
