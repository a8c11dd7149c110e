//! One MCAP file that is being written.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mcap::Compression;
use mcap::records::{MessageHeader, Metadata};
use mcap::write::{NoSeek, WriteOptions};

use super::WriterOptions;
use super::hashing::{Feed, Hasher, Hashes};
use super::parts::{Attached, Channel};
use crate::chain::{self, Names, Take};
use crate::error::RecordingError;
use crate::point::{CHAIN_DEFINITION, CHAIN_SCHEMA, CHAIN_TOPIC, ChainPoint, MAX_DIGESTS};

pub(super) const PROFILE: &str = "ros2";
pub(super) const MESSAGE_ENCODING: &str = "cdr";
pub(super) const SCHEMA_ENCODING: &str = "ros2msg";

/// What is said to have written a file.
pub(crate) fn library() -> &'static str {
    concat!("sinew ", env!("CARGO_PKG_VERSION"))
}

const CANNOT_HASH: &str = "the thread that hashes what is written does not run";

/// What an MCAP message takes beside its data: operation, length, channel, sequence, two times.
const MESSAGE_OVERHEAD: u64 = 31;

/// Where the bytes go, in order: nothing is ever changed that was written, so that a hash can go along.
struct Sink {
    file: BufWriter<File>,
    hash: Option<Feed>,
    written: Arc<AtomicU64>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        if let Some(hash) = &mut self.hash {
            hash.take(&bytes[..taken]);
        }
        self.written.fetch_add(taken as u64, Ordering::Relaxed);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What signs while a file is written.
struct Signing {
    recording: [u8; 16],
    number: u64,
    hasher: Hasher,
    /// What is hashed of records, on its way there.
    feed: Feed,
    /// Records since the last chain point.
    records: usize,
    last_point: Instant,
    point_channel: u16,
    points: u32,
}

/// A file that was closed.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) messages: u64,
    /// Those of the first and the last message in time.
    pub(super) times: Option<(u64, u64)>,
    /// Hash of the whole file, and its chain.
    pub(super) sealed: Option<Hashes>,
}

pub(super) struct RecordedFile {
    path: PathBuf,
    mcap: mcap::Writer<NoSeek<Sink>>,
    /// The same file, to wait for the disk with.
    disk: File,
    written: Arc<AtomicU64>,
    signing: Option<Signing>,
    open_bytes: u64,
    chunk_begun: Instant,
    messages: u64,
    times: Option<(u64, u64)>,
    /// The time of chain points before the first message.
    end_before: Option<u64>,
    failed: bool,
}

impl std::fmt::Debug for RecordedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RecordedFile").field(&self.path).finish()
    }
}

impl RecordedFile {
    /// Begins a file, which must not be there.
    pub(super) fn create(
        path: PathBuf,
        options: &WriterOptions,
        recording: [u8; 16],
        number: u64,
    ) -> Result<Self, RecordingError> {
        let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(RecordingError::Exists { path }),
            opened => opened.map_err(RecordingError::io(&path, "cannot be made"))?,
        };
        let disk = file
            .try_clone()
            .map_err(RecordingError::io(&path, "cannot be opened twice"))?;
        if options.sync {
            sync_folder(&path)?;
        }
        let written = Arc::new(AtomicU64::new(0));
        let now = Instant::now();
        let (mut hash, mut signing) = (None, None);
        if options.identity.is_some() {
            let hasher = Hasher::start(&recording, number).map_err(RecordingError::io(&path, CANNOT_HASH))?;
            hash = Some(hasher.of_file());
            signing = Some(Signing {
                recording,
                number,
                feed: hasher.of_records(),
                hasher,
                records: 0,
                last_point: now,
                point_channel: 0,
                points: 0,
            });
        }
        let is_signed = signing.is_some();
        let sink = Sink {
            file: BufWriter::with_capacity(1 << 16, file),
            hash,
            written: written.clone(),
        };
        // Chunks are closed here, and no place in the file is returned to.
        let mcap = WriteOptions::new()
            .profile(PROFILE)
            .library(library())
            .chunk_size(None)
            .disable_seeking(true)
            .compression(Some(Compression::Zstd))
            .compression_level(options.compression_level)
            .compression_threads(0)
            .create(NoSeek::new(sink))
            .map_err(RecordingError::write(&path))?;
        let mut begun = Self {
            path,
            mcap,
            disk,
            written,
            signing,
            open_bytes: 0,
            chunk_begun: now,
            messages: 0,
            times: None,
            end_before: None,
            failed: false,
        };
        if is_signed {
            let channel = Channel {
                topic: CHAIN_TOPIC.to_owned(),
                schema: CHAIN_SCHEMA.to_owned(),
                definition: CHAIN_DEFINITION.to_owned(),
                metadata: BTreeMap::new(),
                sequence: 0,
            };
            let id = begun.declare(&channel)?;
            if let Some(signing) = &mut begun.signing {
                signing.point_channel = id;
            }
        }
        Ok(begun)
    }

    /// Says when the file before ended.
    pub(super) fn follow(&mut self, end: Option<u64>) {
        self.end_before = end;
    }

    /// Chains a record that `give` gives the fields of.
    fn add(&mut self, give: impl FnOnce(&mut Feed)) {
        if let Some(signing) = &mut self.signing {
            give(&mut signing.feed);
            signing.feed.end_record();
            signing.records += 1;
        }
    }

    /// Does something with the MCAP writer, unless something failed before.
    fn put<T>(
        &mut self,
        put: impl FnOnce(&mut mcap::Writer<NoSeek<Sink>>) -> mcap::McapResult<T>,
    ) -> Result<T, RecordingError> {
        if self.failed {
            let path = self.path.clone();
            return Err(RecordingError::Failed { path });
        }
        let done = put(&mut self.mcap).map_err(RecordingError::write(&self.path));
        self.failed = done.is_err();
        done
    }

    /// Says what a topic's messages are. Its number in this file.
    pub(super) fn declare(&mut self, channel: &Channel) -> Result<u16, RecordingError> {
        let id = self.put(|mcap| {
            let schema = mcap.add_schema(&channel.schema, SCHEMA_ENCODING, channel.definition.as_bytes())?;
            mcap.add_channel(schema, &channel.topic, MESSAGE_ENCODING, &channel.metadata)
        })?;
        self.add(|feed| {
            let definition = channel.definition.as_bytes();
            chain::channel(channel.names(), SCHEMA_ENCODING, definition, &channel.metadata, feed);
        });
        Ok(id)
    }

    /// Writes a message of a channel that was declared as `id`.
    pub(super) fn message(
        &mut self,
        id: u16,
        channel: &Channel,
        log_time: u64,
        publish_time: u64,
        data: &[u8],
    ) -> Result<(), RecordingError> {
        self.put_message(id, channel.names(), channel.sequence, [log_time, publish_time], data)?;
        self.messages += 1;
        self.times = Some(self.times.map_or((log_time, log_time), |(start, end)| {
            (start.min(log_time), end.max(log_time))
        }));
        Ok(())
    }

    fn put_message(
        &mut self,
        channel_id: u16,
        names: Names<'_>,
        sequence: u32,
        times: [u64; 2],
        data: &[u8],
    ) -> Result<(), RecordingError> {
        if self.open_bytes == 0 {
            self.chunk_begun = Instant::now();
        }
        let [log_time, publish_time] = times;
        let header = MessageHeader {
            channel_id,
            sequence,
            log_time,
            publish_time,
        };
        self.put(|mcap| mcap.write_to_known_channel(&header, data))?;
        self.add(|feed| chain::message(names, sequence, times, data, feed));
        self.open_bytes += data.len() as u64 + MESSAGE_OVERHEAD;
        Ok(())
    }

    /// Attaches a file.
    pub(super) fn attach(&mut self, attached: &Attached) -> Result<(), RecordingError> {
        let Attached {
            name,
            media_type,
            time,
            data,
        } = attached;
        self.put(|mcap| {
            mcap.attach(&mcap::Attachment {
                log_time: *time,
                create_time: *time,
                name: name.clone(),
                media_type: media_type.clone(),
                data: data.into(),
            })
        })?;
        self.add(|feed| chain::attachment(name, media_type, [*time; 2], data, feed));
        Ok(())
    }

    /// Writes a metadata record.
    pub(super) fn metadata(&mut self, name: &str, map: &BTreeMap<String, String>) -> Result<(), RecordingError> {
        self.put(|mcap| {
            mcap.write_metadata(&Metadata {
                name: name.to_owned(),
                metadata: map.clone(),
            })
        })?;
        self.add(|feed| chain::metadata(name, map, feed));
        Ok(())
    }

    /// How large it will be about, with what is not written yet.
    pub(super) fn bytes(&self) -> u64 {
        self.written.load(Ordering::Relaxed) + self.open_bytes
    }

    /// The time of the first message.
    pub(super) fn first_time(&self) -> Option<u64> {
        self.times.map(|(start, _)| start)
    }

    /// Closes the chunk where it is old or large enough.
    pub(super) fn flush_if_due(&mut self, options: &WriterOptions) -> Result<(), RecordingError> {
        let age = Duration::from_secs_f64(options.chunk_secs.min(1e9));
        let is_due = self.open_bytes >= options.chunk_bytes || self.chunk_begun.elapsed() >= age;
        if self.open_bytes > 0 && is_due {
            let sign = self
                .signing
                .as_ref()
                .is_some_and(|signing| signing.last_point.elapsed() >= age || signing.records >= MAX_DIGESTS);
            self.flush(options, sign)?;
        }
        Ok(())
    }

    /// Closes the chunk, after a chain point in it if it is to be signed.
    pub(super) fn flush(&mut self, options: &WriterOptions, sign: bool) -> Result<(), RecordingError> {
        if sign {
            self.sign(options)?;
        }
        self.put(|mcap| mcap.flush())?;
        self.open_bytes = 0;
        if options.sync {
            let synced = self.disk.sync_data();
            self.failed |= synced.is_err();
            synced.map_err(RecordingError::io(
                &self.path,
                "the disk does not confirm what was written",
            ))?;
        }
        Ok(())
    }

    fn sign(&mut self, options: &WriterOptions) -> Result<(), RecordingError> {
        // Before the first message of a recording there is no time that a chain point could have: it would seem to begin
        // in 1970.
        let time = self.times.map(|(_, end)| end).or(self.end_before);
        let (Some(identity), Some(signing), Some(time)) = (&options.identity, &mut self.signing, time) else {
            return Ok(());
        };
        signing.feed.send();
        let hashed = signing.hasher.chain();
        self.failed |= hashed.is_err();
        let (chain, digests) = hashed.map_err(RecordingError::io(&self.path, CANNOT_HASH))?;
        let point = ChainPoint::sign(identity, signing.recording, signing.number, chain, digests);
        signing.records = 0;
        let (channel, sequence) = (signing.point_channel, signing.points);
        signing.points = signing.points.wrapping_add(1);
        signing.last_point = Instant::now();
        let names = Names {
            topic: CHAIN_TOPIC,
            schema: CHAIN_SCHEMA,
            encoding: MESSAGE_ENCODING,
        };
        self.put_message(channel, names, sequence, [time; 2], &point.to_cdr())
    }

    /// Ends the file, with its index.
    pub(super) fn finish(mut self, options: &WriterOptions) -> Result<Closed, RecordingError> {
        self.flush(options, true)?;
        self.put(|mcap| mcap.finish().map(drop))?;
        let failed = |error| RecordingError::io(&self.path, "its end cannot be written")(error);
        let mut sink = self.mcap.into_inner().into_inner();
        sink.flush().map_err(failed)?;
        self.disk
            .sync_all()
            .map_err(RecordingError::io(&self.path, "the disk does not confirm its end"))?;
        drop(sink);
        let sealed = self.signing.map(|Signing { feed, hasher, .. }| {
            drop(feed);
            hasher.finish()
        });
        let sealed = sealed
            .transpose()
            .map_err(RecordingError::io(&self.path, CANNOT_HASH))?;
        Ok(Closed {
            path: self.path,
            bytes: self.written.load(Ordering::Relaxed),
            messages: self.messages,
            times: self.times,
            sealed,
        })
    }
}

/// Waits until the name of a new file is on the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), RecordingError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(RecordingError::io(folder, "the disk does not confirm a new file"))
}
