//! The clients of object stores.

use std::sync::Arc;
use std::time::Duration;

use object_store::multipart::MultipartStore;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use thiserror::Error;

use crate::bandwidth::Bandwidth;
use crate::connection::{Connector, told};
use crate::credentials::credentials;
use crate::location::{BucketLocation, Service};
use crate::variables::Variables;

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

/// Why there is no client of a bucket.
#[derive(Debug, Clone, Error)]
pub enum ConnectError {
    /// The credentials cannot be had or used.
    #[error("{0}")]
    Credentials(String),
    /// The way to the network cannot be set up.
    #[error("the network cannot be set up: {0}")]
    Setup(String),
}

/// A store of objects that takes them in parts.
pub trait Store: ObjectStore + MultipartStore {}
impl<T: ObjectStore + MultipartStore> Store for T {}

/// The client of a bucket, which sends through `bandwidth`. The store is not asked anything yet.
///
/// # Errors
/// Where credentials cannot be had, or the client cannot be set up.
pub fn connect(location: &BucketLocation, bandwidth: Arc<Bandwidth>) -> Result<Arc<dyn Store>, ConnectError> {
    let variables = credentials(location)?;
    let connector = Connector::new(bandwidth)?;
    match location.service {
        #[cfg(feature = "aws")]
        Service::S3 => s3(location, &variables, connector),
        #[cfg(feature = "gcp")]
        Service::Gcs => gcs(location, &variables, connector),
        #[cfg(feature = "azure")]
        Service::Azure => azure(location, &variables, connector),
        // `Location::parse` gives none of those that are left out.
        #[allow(unreachable_patterns, reason = "with all three nothing is left out")]
        _ => Err(ConnectError::Setup(
            "this service is left out of the program".to_owned(),
        )),
    }
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    }
}

#[cfg(feature = "aws")]
fn s3(location: &BucketLocation, variables: &Variables, connector: Connector) -> Result<Arc<dyn Store>, ConnectError> {
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
        builder.build().map_err(|error| ConnectError::Setup(told(&error)))?,
    ))
}

#[cfg(feature = "gcp")]
fn gcs(location: &BucketLocation, variables: &Variables, connector: Connector) -> Result<Arc<dyn Store>, ConnectError> {
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
        builder.build().map_err(|error| ConnectError::Setup(told(&error)))?,
    ))
}

#[cfg(feature = "azure")]
fn azure(
    location: &BucketLocation,
    variables: &Variables,
    connector: Connector,
) -> Result<Arc<dyn Store>, ConnectError> {
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
        builder.build().map_err(|error| ConnectError::Setup(told(&error)))?,
    ))
}
