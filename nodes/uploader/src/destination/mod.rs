//! Where recordings go: a local folder, or a bucket of an object store.

#[cfg(feature = "bucket")]
mod bucket;
mod folder;

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use sinew_storage::{Bandwidth, Location};
use thiserror::Error;

use crate::digest::FileDigest;
use folder::Folder;

/// Why a destination did not do what it was asked for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DestinationError {
    /// A file of the destination folder cannot be read or written.
    #[error("{}: {cause}", .file.display())]
    Folder {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Who asks is not known, or not allowed to: credentials, or rights of the bucket, have to be put right.
    #[error("{key}: the object store refuses it, check the credentials and the rights of their owner: {reason}")]
    Refused {
        /// The object.
        key: String,
        /// What the store says.
        reason: String,
    },
    /// The store is not there, or fails.
    #[error("{key}: the object store failed: {reason}")]
    Failed {
        /// The object.
        key: String,
        /// What the store, or the network, says.
        reason: String,
    },
    /// The upload in parts was given up by the store, so it has to begin again.
    #[error("{key}: the object store has given up what was uploaded of it: {reason}")]
    Forgotten {
        /// The object.
        key: String,
        /// What the store says.
        reason: String,
    },
    /// The credentials cannot be had or used.
    #[error("{0}")]
    Credentials(String),
    /// The thread that speaks to the network cannot be set up.
    #[error("the network cannot be set up: {0}")]
    Setup(String),
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its length, bytes.
    pub(crate) size: u64,
    /// What the store names its version by, without quotes; a folder has none.
    pub(crate) etag: Option<String>,
}

/// Whether an object was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creation {
    /// It was not there, and is now.
    Made,
    /// It was there, and is as it was.
    WasThere,
}

/// One piece of an upload in parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartPlace {
    /// Which one, from 0.
    pub(crate) number: usize,
    /// Where it begins in the object, bytes.
    pub(crate) offset: u64,
}

/// A place for objects. Nothing that is there is ever replaced.
pub(crate) trait Destination: Debug + Send {
    /// The object of a key.
    fn find(&mut self, key: &str) -> Result<Option<Found>, DestinationError>;

    /// Reads an object from its beginning to its end.
    fn read(&mut self, key: &str, sink: &mut dyn FnMut(&[u8])) -> Result<(), DestinationError>;

    /// Makes a small object at once.
    fn create(&mut self, key: &str, bytes: Vec<u8>) -> Result<Creation, DestinationError>;

    /// Begins an object in parts; gives the name of the upload.
    fn begin(&mut self, key: &str) -> Result<String, DestinationError>;

    /// Sends a part; gives the name of the part. The same part may be sent again.
    fn put_part(
        &mut self,
        key: &str,
        upload: &str,
        place: PartPlace,
        bytes: Vec<u8>,
    ) -> Result<String, DestinationError>;

    /// Makes the object of its parts, which are those of `digest`.
    fn complete(
        &mut self,
        key: &str,
        upload: &str,
        parts: &[String],
        digest: &FileDigest,
    ) -> Result<Creation, DestinationError>;

    /// Gives up an upload in parts.
    fn abort(&mut self, key: &str, upload: &str) -> Result<(), DestinationError>;
}

/// Opens a location, whose bytes go through `bandwidth`. A store is not asked anything yet.
///
/// # Errors
/// Where a folder cannot be made, or credentials cannot be had.
pub(crate) fn open(location: &Location, bandwidth: Arc<Bandwidth>) -> Result<Box<dyn Destination>, DestinationError> {
    match location {
        Location::Folder(root) => Ok(Box::new(Folder::open(root, bandwidth)?)),
        #[cfg(feature = "bucket")]
        Location::Bucket(location) => Ok(Box::new(bucket::Bucket::open(location, bandwidth)?)),
        // A program may have buckets for others than this node.
        _ => Err(DestinationError::Setup(
            "buckets are left out of the node `uploader`".to_owned(),
        )),
    }
}
