//! The node `telemetry`.

mod envelope;
pub mod mqtt;
mod params;
pub mod spool;

pub use envelope::{Draft, Envelope, SCHEMA_VERSION, class_of, schema_name};
pub use params::{BrokerParams, CommandName, CommandParams, Encoding, SpoolParams, TelemetryParams};
