//! The node `telemetry`.

pub mod spool;
