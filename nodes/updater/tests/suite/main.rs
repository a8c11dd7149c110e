//! The node `updater` and its core.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod node;
mod steps;
