//! Files and YAML that come from outside, read within limits of memory and time.
//!
//! Every path that a user can give is read here, so that none of them hangs on a pipe, fills memory from a device,
//! or costs more than its limit says.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod events;
mod file;
mod lock;
mod replace;
mod shared_library;
mod text;
mod yaml;

pub use file::{open, read, read_text};
pub use lock::lock_alone;
pub use replace::replace;
pub use serde_yaml_ng::Value;
pub use shared_library::{NotFound, SharedLibrary, check_library};
pub use yaml::{MAX_DEPTH, MAX_VALUES, check_yaml, yaml};
