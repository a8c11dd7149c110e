//! Recordings of a robot: MCAP files of ROS 2 messages, chained by hashes and signed by the robot's key, so that
//! whoever has its public key finds what was changed, removed, added, reordered or cut off.
//!
//! [`Writer`] writes them, [`Reader`] reads them and those of others. `docs/recordings.md` says what is hashed and
//! signed in which bytes.
#![deny(unsafe_code)]

mod chain;
mod error;
mod hex;
mod identity;
mod point;
mod proof;
mod reader;
mod writer;

pub use error::RecordingError;
pub use identity::{Identity, PRIVATE_KEY, PUBLIC_KEY, PublicKey};
pub use point::{CHAIN_SCHEMA, CHAIN_TOPIC};
pub use proof::proof_path;
pub use reader::{Attachment, Attachments, Channel, Info, Messages, Reader, RecordedMessage};
pub use writer::{BEGINNING, ChannelId, ChannelSpec, Finished, Writer, WriterOptions};
