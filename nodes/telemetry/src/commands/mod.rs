//! Commands from the cloud: who may give them, and once each.
//!
//! A command is a JSON text: `{"id", "robot", "expires", "command", "arguments"}`, `expires` in s since 1970. Signed, it
//! comes as `{"payload": base64 of that text, "signature": base64 of an ECDSA P-384 signature over it (ASN.1 DER)}`.

mod judge;
mod seen;

pub use judge::{Arguments, Command, Judge, Refusal};
