//! Goes through a file's records along its chain.

use std::path::Path;
use std::sync::Arc;

use super::{Kind, difference};
use crate::chain::{self, Chain, Hash, Names};
use crate::error::RecordingError;
use crate::hex;
use crate::identity::PublicKey;
use crate::point::{CHAIN_TOPIC, ChainPoint, MAX_DIGESTS, Short, short};
use crate::reader::{Channel, Item, Records, Skip};
use crate::writer::BEGINNING;

/// What a record is called, beside its number.
#[derive(Debug, Clone)]
pub(super) enum Name {
    Channel(Arc<Channel>),
    Message(Arc<Channel>, u64),
    Attachment(String),
    Metadata(String),
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Channel(channel) => write!(f, "the channel {:?}", channel.topic),
            Self::Message(channel, nanos) => {
                let (secs, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
                write!(f, "a message of {:?} at {secs}.{rest:09} s", channel.topic)
            }
            Self::Attachment(name) => write!(f, "the attachment {name:?}"),
            Self::Metadata(name) => write!(f, "the metadata {name:?}"),
        }
    }
}

/// What a file says in its first metadata record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) recording: [u8; 16],
    pub(super) file: u64,
    pub(super) deleted_files: u64,
    pub(super) previous: Option<Hash>,
    pub(super) identity: String,
}

/// A record that is not as it was signed.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) record: u64,
    pub(super) what: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) beginning: Option<Beginning>,
    pub(super) chain: Option<Chain>,
    /// Records before the last chain point that holds.
    pub(super) proven: u64,
    /// Records that could be read.
    pub(super) read: u64,
    pub(super) last: Option<Name>,
    /// The first record that is not as it was signed.
    pub(super) fault: Option<Fault>,
    /// Why reading ended before the file's end.
    pub(super) error: Option<RecordingError>,
}

/// Walks until the end, or until something does not hold.
pub(super) fn walk(path: &Path, key: &PublicKey) -> Walk {
    let mut walker = Walker {
        key,
        walk: Walk::default(),
        digests: Vec::new(),
        pending: Vec::new(),
    };
    let records = match Records::open(path, Skip::default()) {
        Ok(records) => records,
        Err(error) => {
            walker.walk.error = Some(error);
            return walker.walk;
        }
    };
    let mut in_data = true;
    for item in records {
        match item {
            Ok(Item::DataEnd) => in_data = false,
            Ok(item) if in_data => walker.take(item),
            // The summary is read on, as the file may be cut in it.
            Ok(_) => {}
            Err(error) => walker.walk.error = Some(error),
        }
        if walker.walk.fault.is_some() {
            break;
        }
    }
    walker.walk
}

struct Walker<'a> {
    key: &'a PublicKey,
    walk: Walk,
    /// Of records before the file's beginning was read, from which the chain starts.
    digests: Vec<Hash>,
    /// Records since the last chain point.
    pending: Vec<(Short, Name)>,
}

impl Walker<'_> {
    fn take(&mut self, item: Item) {
        let (digest, name, point) = match item {
            Item::Header { .. } | Item::Statistics { .. } | Item::DataEnd => return,
            Item::Channel(channel) => {
                let Channel {
                    schema_encoding,
                    definition,
                    metadata,
                    ..
                } = &*channel;
                let digest = chain::digest(|hash| {
                    chain::channel(names(&channel), schema_encoding, definition, metadata, hash);
                });
                (digest, Name::Channel(channel), None)
            }
            Item::Message(message) => {
                let channel = message.channel;
                let [log, publish] = [message.log_time_nanos, message.publish_time_nanos];
                let digest = chain::digest(|hash| {
                    chain::message(names(&channel), message.sequence, [log, publish], &message.data, hash);
                });
                let point = (channel.topic == CHAIN_TOPIC).then_some(message.data);
                (digest, Name::Message(channel, log), point)
            }
            Item::Attachment {
                log_time,
                create_time,
                name,
                media_type,
                data,
            } => {
                let digest = chain::digest(|hash| {
                    chain::attachment(&name, &media_type, [log_time, create_time], &data, hash);
                });
                (digest, Name::Attachment(name), None)
            }
            Item::Metadata { name, map } => {
                let digest = chain::digest(|hash| chain::metadata(&name, &map, hash));
                if name == BEGINNING && self.walk.chain.is_none() {
                    self.begin(&map);
                }
                (digest, Name::Metadata(name), None)
            }
        };
        if let Some(point) = point {
            self.check(&point, &name);
        }
        self.add(digest, name);
    }

    fn begin(&mut self, map: &std::collections::BTreeMap<String, String>) {
        let Some(beginning) = beginning(map) else {
            let what = format!("the metadata {BEGINNING:?} does not say which file of which recording this is");
            return self.fault(Kind::Changed, self.walk.read, what);
        };
        let mut chain = Chain::start(&beginning.recording, beginning.file);
        self.digests.drain(..).for_each(|digest| chain.add(&digest));
        self.walk.chain = Some(chain);
        self.walk.beginning = Some(beginning);
    }

    fn add(&mut self, digest: Hash, name: Name) {
        match &mut self.walk.chain {
            Some(chain) => chain.add(&digest),
            None => self.digests.push(digest),
        }
        self.pending.push((short(&digest), name.clone()));
        self.walk.read += 1;
        self.walk.last = Some(name);
        // A writer signs sooner; what does not would have to be held in memory.
        if self.pending.len() > 2 * MAX_DIGESTS && self.walk.fault.is_none() {
            let what = format!("{} records follow each other without a chain point", self.pending.len());
            self.fault(Kind::Added, self.walk.read, what);
        }
    }

    fn fault(&mut self, kind: Kind, record: u64, what: String) {
        if self.walk.fault.is_none() {
            self.walk.fault = Some(Fault { kind, record, what });
        }
    }

    /// Compares a chain point with what was read before it.
    fn check(&mut self, point: &[u8], name: &Name) {
        let here = self.walk.read;
        let Some(point) = ChainPoint::of_cdr(point) else {
            return self.fault(Kind::Changed, here, format!("{name} is no chain point"));
        };
        if !point.is_signed_by(self.key) {
            let what = format!(
                "{name}: this chain point is not signed by the identity {}",
                self.key.fingerprint()
            );
            return self.fault(Kind::Changed, here, what);
        }
        let here_is = self
            .walk
            .beginning
            .as_ref()
            .map(|beginning| (beginning.recording, beginning.file));
        let is_here = here_is == Some((point.recording, point.file));
        let found: Vec<Short> = self.pending.iter().map(|(short, _)| *short).collect();
        let difference = difference::first(&point.digests, &found);
        if is_here && self.walk.chain == Some(point.chain) && difference.is_none() {
            self.walk.proven = here;
            self.pending.clear();
            return;
        }
        let base = here - self.pending.len() as u64;
        let signed_base = point.chain.count.checked_sub(point.digests.len() as u64);
        let (kind, record, what) = match difference {
            _ if here_is.is_some() && !is_here && difference.is_none_or(|(at, _)| at == 0) => {
                let what = format!("{name} was signed in file {} of another place or recording", point.file);
                (Kind::Added, here, what)
            }
            _ if signed_base.is_some_and(|signed| signed > base) => {
                let missing = signed_base.unwrap_or(base) - base;
                (
                    Kind::Removed,
                    base,
                    format!("{missing} records before the next chain point are missing"),
                )
            }
            _ if signed_base.is_none_or(|signed| signed < base) => {
                let first = self.pending.get(1).map_or(name, |(_, name)| name);
                (
                    Kind::Reordered,
                    base,
                    format!("{first} stands here though it belongs before"),
                )
            }
            Some((at, kind)) => {
                let found = self.pending.get(at).map_or(name, |(_, name)| name);
                let place = if kind == Kind::Removed {
                    "missing before"
                } else {
                    "found"
                };
                (kind, base + at as u64, format!("{place} {found}"))
            }
            None => {
                let what = format!("{name}: the chain before it is another than was signed");
                (Kind::Changed, base, what)
            }
        };
        self.fault(kind, record, what);
    }
}

fn names(channel: &Channel) -> Names<'_> {
    Names {
        topic: &channel.topic,
        schema: &channel.schema,
        encoding: &channel.encoding,
    }
}

fn beginning(map: &std::collections::BTreeMap<String, String>) -> Option<Beginning> {
    let previous = match map.get("previous_sha256")?.as_str() {
        "" => None,
        text => Some(hex::decode(text)?),
    };
    Some(Beginning {
        recording: hex::decode(map.get("recording")?)?,
        file: map.get("file")?.parse().ok()?,
        deleted_files: map.get("deleted_files")?.parse().ok()?,
        previous,
        identity: map.get("identity")?.clone(),
    })
}
