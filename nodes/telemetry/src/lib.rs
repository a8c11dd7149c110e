//! The node `telemetry`: what an operator far away must know of the robot, over MQTT 5.
//!
//! | in | type | |
//! |---|---|---|
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | what nodes of other processes report, too |
//! | `updater/report` | `std_msgs/String` | latched: what the updater says of the robot's releases |
//!
//! | out | type | |
//! |---|---|---|
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: the parts `spool` and `broker` |
//! | `control/stop` | `std_srvs/Trigger`, as a client | when the cloud asks for a stop, and may |
//!
//! The records of the control loops and the reports of the nodes of its own process come to it directly. What goes out,
//! on which topics and in which form, is in `docs/telemetry.md`.
//!
//! [`spool`] keeps messages on disk until they are acknowledged, [`mqtt`] sends them, `commands` judges what comes back,
//! and `watch` finds what there is to tell; none of them knows the bus.

mod commands;
mod envelope;
pub mod mqtt;
mod node;
mod params;
mod releases;
pub mod spool;
mod watch;

pub use commands::{Arguments, Command, Judge, Refusal};
pub use envelope::{Draft, Envelope, NotReceived, Received, SCHEMA_VERSION, class_of, schema_name};
pub use node::Telemetry;
pub use params::{BrokerParams, CommandName, CommandParams, Encoding, SpoolParams, TelemetryParams};
pub use releases::{RELEASES, ReleasesWatch};
pub use watch::Watch;
