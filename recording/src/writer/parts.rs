//! What a recording is made of, as its writer holds it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::file::MESSAGE_ENCODING;
use crate::chain::Names;

/// What a topic's messages are.
#[derive(Debug, Clone, Copy)]
pub struct ChannelSpec<'a> {
    /// The topic, such as `/joint_states`.
    pub topic: &'a str,
    /// The type, such as `sensor_msgs/msg/JointState`.
    pub schema: &'a str,
    /// Its definition as ros2msg, with those of all types in it.
    pub definition: &'a str,
    /// Anything else, such as `offered_qos_profiles`.
    pub metadata: &'a BTreeMap<String, String>,
}

/// A channel of one [`Writer`](super::Writer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub(super) usize);

/// What became of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its files that are there, the oldest first.
    pub files: Vec<PathBuf>,
    /// Messages in them.
    pub messages: u64,
    /// Their size.
    pub bytes: u64,
    /// Files that the quota deleted.
    pub deleted_files: u64,
    /// Messages that were in those.
    pub deleted_messages: u64,
}

/// A channel as each file has it.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) topic: String,
    pub(super) schema: String,
    pub(super) definition: String,
    pub(super) metadata: BTreeMap<String, String>,
    /// Of its next message.
    pub(super) sequence: u32,
}

impl Channel {
    pub(super) fn names(&self) -> Names<'_> {
        Names {
            topic: &self.topic,
            schema: &self.schema,
            encoding: MESSAGE_ENCODING,
        }
    }
}

/// A file that is attached to each file.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) time: u64,
    pub(super) data: Vec<u8>,
}
