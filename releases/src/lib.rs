//! Releases of models: what a release is, how it is signed, published and verified.
//!
//! A release is a folder with a model, what belongs to it, and `release.json`, which names all of it by its SHA-256
//! ([`bundle`]). It travels as one archive. `docs/releases.md` has the formats.
#![deny(unsafe_code)]

pub mod bundle;
mod digest;
pub mod store;

pub use digest::{Digest, DigestError, digest_of};
