//! Recordings as their users see them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod conformance;
mod hostile;
mod identity;
mod power_cut;
mod readers;
mod round_trip;
mod tamper;
