//! The node `uploader`: sends finished recordings to a folder or an object store, and never loses one.
//!
//! A recording goes as `NAME/NAME.mcap`, with what lies beside it (`NAME.mcap.proof`), and a manifest
//! `NAME/manifest.json` that is written last: whoever sees it has all of it. Nothing that is at the destination is ever
//! replaced. What must not leave is taken out first ([`Filter`]); then a copy goes, and the original stays.
//!
//! The node has no topics but `/diagnostics`. [`Uploads`] is its core, without a bus and without a thread.

mod backoff;
mod destination;
mod digest;
mod files;
mod filter;
mod journal;
mod manifest;
mod node;
mod once;
mod params;
mod progress;
mod recording;
mod scan;
mod send;
mod upload;
mod uploads;

pub use destination::DestinationError;
pub use filter::{Filter, FilterError, FilterParams, FilterReport, TopicReport};
pub use manifest::{Claim, Manifest, Original, UploadedFile, Verified};
pub use node::UploaderNode;
pub use once::UploadOnce;
pub use params::{UploaderParams, host_name};
pub use progress::{Progress, Unwatched};
pub use recording::{Contents, Topic};
pub use scan::Rule;
#[cfg(feature = "bucket")]
pub use sinew_storage::BucketLocation;
pub use sinew_storage::{Bandwidth, Location, LocationError, LocationOptions, Service};
pub use upload::{UploadError, Uploaded};
pub use uploads::{FolderError, Known, Standing, Step, UploadSettings, Uploads, status};
