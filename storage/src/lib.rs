//! Object storage, for whoever puts something there or takes something from there: which folder or bucket a URL means
//! ([`Location`]), who one is there, and the client that reaches it ([`connect`]).
#![deny(unsafe_code)]

mod bandwidth;
#[cfg(feature = "bucket")]
mod client;
#[cfg(feature = "bucket")]
mod connection;
#[cfg(feature = "bucket")]
mod credentials;
mod location;
mod variables;

pub use bandwidth::Bandwidth;
#[cfg(feature = "bucket")]
pub use client::{ConnectError, Store, connect};
#[cfg(feature = "bucket")]
pub use connection::told;
#[cfg(feature = "bucket")]
pub use location::BucketLocation;
pub use location::{Location, LocationError, LocationOptions, Service, is_encrypted_or_local};
pub use variables::{CredentialsError, Variables};
