//! Releases of models: what a release is, how it is signed, published and verified.
//!
//! A release is a folder with a model, what belongs to it, and `release.json`, which names all of it by its SHA-256
//! ([`bundle`]). It travels as one archive, through a repository of The Update Framework that whoever publishes writes
//! ([`repository`]) and robots verify ([`client`]). `docs/releases.md` has the formats.
#![deny(unsafe_code)]

pub mod bundle;
#[cfg(feature = "repository")]
mod catalog;
#[cfg(feature = "repository")]
pub mod client;
pub mod cohort;
#[cfg(feature = "repository")]
pub mod delta;
mod digest;
pub mod fleet;
mod hash_beside;
#[cfg(feature = "repository")]
pub mod hawkbit;
#[cfg(feature = "repository")]
mod pem;
#[cfg(feature = "repository")]
mod place;
#[cfg(feature = "repository")]
mod progress;
#[cfg(feature = "oci")]
mod registry;
#[cfg(feature = "repository")]
pub mod repository;
pub mod rollout;
#[cfg(feature = "repository")]
mod room;
#[cfg(feature = "repository")]
pub mod signature;
#[cfg(feature = "repository")]
mod source;
pub mod store;

#[cfg(feature = "repository")]
pub use catalog::{Catalog, Offer, TargetFile};
pub use digest::{Digest, DigestError, digest_of};
#[cfg(feature = "repository")]
pub use place::Place;
#[cfg(feature = "repository")]
pub use progress::{Progress, Unwatched};
#[cfg(feature = "repository")]
pub use room::expect_room;
#[cfg(feature = "repository")]
pub use sinew_storage::LocationOptions;
#[cfg(feature = "repository")]
pub use source::{Limits, SourceError};
