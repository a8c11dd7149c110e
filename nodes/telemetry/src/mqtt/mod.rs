//! The way from the spool to an MQTT 5 broker, and of commands back.
//!
//! Each connection begins clean: what the broker or the client library may still know of an earlier one is not relied
//! on. The spool alone says what was delivered, and a message leaves it when the broker has acknowledged that very
//! message.

mod back_off;
mod connection;
mod listener;
mod options;
mod refusals;
mod reports;
mod uploader;

pub use listener::{Heard, Listener};
pub use options::ConnectOptions;
pub use reports::{BrokerReport, SpoolReport};
pub use uploader::{Arrived, Item, Uploader, UploaderSettings};
