//! Eclipse hawkBit as seen by a device: its Direct Device Integration API, version 1.
//!
//! A device asks what there is for it at `/TENANT/controller/v1/DEVICE`, and follows the links of the answer: a deployment with
//! its files, the wish to know its attributes, the wish to call a deployment off. It says how far it has come until the
//! deployment is closed. What the server says of its files are no signatures: whoever takes a release from here has it signed
//! by somebody whom it knows.

mod device;
mod error;
mod http;
mod place;
mod wire;

pub use device::{Device, Polled};
pub use error::HawkbitError;
pub use place::{HawkbitPlace, TokenKind};
pub use wire::{Artifact, Deployment, Feedback, Handling};

pub(crate) use http::Linked;
