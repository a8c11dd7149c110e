//! A store on a real file system: processes that are killed, that act at once, and that cannot write.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod kills;
mod processes;
