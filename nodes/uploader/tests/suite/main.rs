//! Recordings from a folder to a folder, and to an S3 server.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod filtering;
mod hostile;
mod local;
mod node;
#[cfg(feature = "aws")]
mod s3;
#[cfg(feature = "aws")]
#[path = "../../../../storage/tests/common/weed.rs"]
mod weed;
