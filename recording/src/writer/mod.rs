//! Writes a recording: one file, or as many as its size and time ask for.

mod file;
mod folder;
mod hashing;
mod options;
mod parts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use self::file::{Closed, RecordedFile};
pub(crate) use self::file::{library, sync_folder};
use self::folder::{delete, expect_none};
use self::hashing::Hashes;
pub use self::options::WriterOptions;
use self::parts::{Attached, Channel};
pub use self::parts::{ChannelId, ChannelSpec, Finished};
use crate::chain::Hash;
use crate::error::RecordingError;
use crate::hex;
use crate::proof::Proof;

/// The name of the metadata record with which each file begins.
pub const BEGINNING: &str = "sinew.recording";

/// Writes a recording. Dropping it ends the recording as [`Writer::finish`] does, and says nothing of what fails.
#[derive(Debug)]
pub struct Writer {
    prefix: PathBuf,
    options: WriterOptions,
    recording: [u8; 16],
    channels: Vec<Channel>,
    /// What each file has at its beginning.
    attached: Vec<Attached>,
    metadata: BTreeMap<String, BTreeMap<String, String>>,
    open: Option<OpenFile>,
    closed: Vec<Closed>,
    /// The hash of the file that was closed last.
    previous: Option<Hash>,
    /// The time of the last message in closed files.
    end: Option<u64>,
    deleted_files: u64,
    deleted_messages: u64,
    next_number: u64,
}

#[derive(Debug)]
struct OpenFile {
    file: RecordedFile,
    number: u64,
    /// The channels' numbers in it.
    ids: Vec<u16>,
}

impl Writer {
    /// Begins a recording: the file `path` (`walk.mcap`), or, with options that roll, `walk_0.mcap` and so on.
    ///
    /// # Errors
    /// Where options do not go together, where there is a file of that name, and where nothing can be written.
    pub fn create(path: &Path, options: WriterOptions) -> Result<Self, RecordingError> {
        options.check()?;
        let prefix = if path.extension().is_some_and(|extension| extension == "mcap") {
            path.with_extension("")
        } else {
            path.to_owned()
        };
        if prefix.file_name().is_none() {
            return Err(RecordingError::Refused {
                what: format!("{}: expected the name of a file to record to", path.display()),
            });
        }
        if options.rolls() {
            expect_none(&prefix)?;
        }
        let mut recording = [0; 16];
        getrandom::fill(&mut recording).map_err(|error| RecordingError::Refused {
            what: format!("the system gives no random numbers: {error}"),
        })?;
        let mut writer = Self {
            prefix,
            options,
            recording,
            channels: Vec::new(),
            attached: Vec::new(),
            metadata: BTreeMap::new(),
            open: None,
            closed: Vec::new(),
            previous: None,
            end: None,
            deleted_files: 0,
            deleted_messages: 0,
            next_number: 0,
        };
        writer.begin_file()?;
        Ok(writer)
    }

    /// Says what a topic's messages are. The same topic and type is the same channel.
    ///
    /// # Errors
    /// Where it cannot be written, and where the definition is another than before.
    pub fn channel(&mut self, spec: &ChannelSpec<'_>) -> Result<ChannelId, RecordingError> {
        let is_it = |channel: &Channel| channel.topic == spec.topic && channel.schema == spec.schema;
        if let Some(at) = self.channels.iter().position(is_it) {
            if self.channels[at].definition != spec.definition {
                let (topic, schema) = (spec.topic, spec.schema);
                let what = format!("{topic}: {schema} has another definition than the one it was recorded with so far");
                return Err(RecordingError::Refused { what });
            }
            return Ok(ChannelId(at));
        }
        let channel = Channel {
            topic: spec.topic.to_owned(),
            schema: spec.schema.to_owned(),
            definition: spec.definition.to_owned(),
            metadata: spec.metadata.clone(),
            sequence: 0,
        };
        let open = self.open_file()?;
        let id = open.file.declare(&channel)?;
        open.ids.push(id);
        self.channels.push(channel);
        Ok(ChannelId(self.channels.len() - 1))
    }

    /// Writes a message. Times are in nanoseconds: when it was heard, and when it was published.
    ///
    /// # Errors
    /// Where it cannot be written; nothing more can be written then.
    pub fn write(
        &mut self,
        channel: ChannelId,
        log_time_nanos: u64,
        publish_time_nanos: u64,
        data: &[u8],
    ) -> Result<(), RecordingError> {
        if u32::try_from(data.len()).is_err() {
            let what = format!("expected a message of at most 4 GiB, found {} bytes", data.len());
            return Err(RecordingError::Refused { what });
        }
        if self.is_full(log_time_nanos) {
            self.roll()?;
        }
        let Self {
            channels,
            open,
            options,
            ..
        } = self;
        let (Some(open), Some(channel), at) = (open, channels.get_mut(channel.0), channel.0) else {
            return Err(foreign(channel));
        };
        let Some(id) = open.ids.get(at) else {
            return Err(foreign(ChannelId(at)));
        };
        open.file
            .message(*id, channel, log_time_nanos, publish_time_nanos, data)?;
        channel.sequence = channel.sequence.wrapping_add(1);
        open.file.flush_if_due(options)
    }

    /// Closes a chunk that is old enough. Whoever may have nothing to write for a while calls it now and then, so that
    /// what was written gets to the disk.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn flush_if_due(&mut self) -> Result<(), RecordingError> {
        let options = &self.options;
        self.open
            .as_mut()
            .map_or(Ok(()), |open| open.file.flush_if_due(options))
    }

    /// Closes the chunk, signed where there is an identity, and waits for the disk if that is asked for.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        let options = &self.options;
        self.open.as_mut().map_or(Ok(()), |open| open.file.flush(options, true))
    }

    /// Attaches a file, to each file of the recording from now on.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn attach(&mut self, name: &str, media_type: &str, data: &[u8]) -> Result<(), RecordingError> {
        let attached = Attached {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            time: now_nanos(),
            data: data.to_vec(),
        };
        self.open_file()?.file.attach(&attached)?;
        if self.options.rolls() {
            self.attached.push(attached);
        }
        Ok(())
    }

    /// Writes facts under a name, into each file of the recording from now on. Of the same name the last ones are
    /// repeated.
    ///
    /// # Errors
    /// Where they cannot be written, and for the name [`BEGINNING`].
    pub fn metadata(&mut self, name: &str, map: &BTreeMap<String, String>) -> Result<(), RecordingError> {
        if name == BEGINNING {
            let what = format!("{BEGINNING}: this metadata is written by itself");
            return Err(RecordingError::Refused { what });
        }
        self.open_file()?.file.metadata(name, map)?;
        self.metadata.insert(name.to_owned(), map.clone());
        Ok(())
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// Where the end cannot be written; `sinew record repair` makes a whole file of what is there then.
    pub fn finish(mut self) -> Result<Finished, RecordingError> {
        self.close_file(true)?;
        Ok(Finished {
            files: self.closed.iter().map(|closed| closed.path.clone()).collect(),
            messages: self.closed.iter().map(|closed| closed.messages).sum(),
            bytes: self.closed.iter().map(|closed| closed.bytes).sum(),
            deleted_files: self.deleted_files,
            deleted_messages: self.deleted_messages,
        })
    }

    fn open_file(&mut self) -> Result<&mut OpenFile, RecordingError> {
        let path = &self.prefix;
        self.open
            .as_mut()
            .ok_or_else(|| RecordingError::Failed { path: path.clone() })
    }

    fn path(&self, number: u64) -> PathBuf {
        let mut name = self.prefix.clone().into_os_string();
        if self.options.rolls() {
            name.push(format!("_{number}"));
        }
        name.push(".mcap");
        name.into()
    }

    fn is_full(&self, log_time_nanos: u64) -> bool {
        let Some(open) = &self.open else { return false };
        let is_large = self.options.roll_bytes.is_some_and(|most| open.file.bytes() >= most);
        let is_long = self
            .options
            .roll_secs
            .zip(open.file.first_time())
            .is_some_and(|(secs, start)| log_time_nanos.saturating_sub(start) as f64 >= secs * 1e9);
        open.file.first_time().is_some() && (is_large || is_long)
    }

    fn roll(&mut self) -> Result<(), RecordingError> {
        self.close_file(false)?;
        self.begin_file()
    }

    /// Begins the next file with all that each file has.
    fn begin_file(&mut self) -> Result<(), RecordingError> {
        let number = self.next_number;
        let outdated = self.outdated();
        let mut file = RecordedFile::create(self.path(number), &self.options, self.recording, number)?;
        file.follow(self.end);
        self.next_number += 1;
        self.deleted_files += outdated.len() as u64;
        self.deleted_messages += outdated.iter().map(|closed| closed.messages).sum::<u64>();
        let beginning = self.beginning(number);
        let ids = Vec::with_capacity(self.channels.len());
        let open = self.open.insert(OpenFile { file, number, ids });
        open.file.metadata(BEGINNING, &beginning)?;
        for (name, map) in &self.metadata {
            open.file.metadata(name, map)?;
        }
        for attached in &self.attached {
            open.file.attach(attached)?;
        }
        for channel in &self.channels {
            open.ids.push(open.file.declare(channel)?);
        }
        // What is to be deleted is said before it is, so that a power cut in between leaves no gap that nobody owns to.
        open.file.flush(&self.options, true)?;
        outdated.iter().try_for_each(delete)
    }

    /// Takes the oldest files out that must go so that the next one has room.
    fn outdated(&mut self) -> Vec<Closed> {
        let (Some(quota), Some(roll)) = (self.options.quota_bytes, self.options.roll_bytes) else {
            return Vec::new();
        };
        let mut total: u64 = self.closed.iter().map(|closed| closed.bytes).sum();
        let mut count = 0;
        while let Some(closed) = self.closed.get(count)
            && total.saturating_add(roll) > quota
        {
            total -= closed.bytes;
            count += 1;
        }
        self.closed.drain(..count).collect()
    }

    fn beginning(&self, number: u64) -> BTreeMap<String, String> {
        let mut map = BTreeMap::from([
            ("recording", hex::encode(&self.recording)),
            ("file", number.to_string()),
            ("deleted_files", self.deleted_files.to_string()),
            ("deleted_messages", self.deleted_messages.to_string()),
        ]);
        if let Some(identity) = &self.options.identity {
            map.insert("identity", identity.public().fingerprint());
            map.insert("public_key", identity.public().pem().to_owned());
            map.insert(
                "previous_sha256",
                self.previous.map_or(String::new(), |hash| hex::encode(&hash)),
            );
        }
        map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn close_file(&mut self, is_last: bool) -> Result<(), RecordingError> {
        let Some(OpenFile { file, number, .. }) = self.open.take() else {
            let path = self.prefix.clone();
            return Err(RecordingError::Failed { path });
        };
        let closed = file.finish(&self.options)?;
        if let (Some(identity), Some(Hashes { file: sha256, chain })) = (&self.options.identity, closed.sealed) {
            let (start, end) = closed.times.unwrap_or_default();
            let proof = Proof {
                chain_count: chain.count,
                chain_head: hex::encode(&chain.head),
                deleted_files: self.deleted_files,
                deleted_messages: self.deleted_messages,
                end_time_nanos: end,
                file: number,
                file_sha256: hex::encode(&sha256),
                file_size: closed.bytes,
                identity: identity.public().fingerprint(),
                is_last,
                previous_sha256: self.previous.map(|hash| hex::encode(&hash)),
                recording: hex::encode(&self.recording),
                start_time_nanos: start,
            };
            proof.write(&closed.path, identity)?;
            self.previous = Some(sha256);
        }
        self.end = closed.times.map(|(_, end)| end).or(self.end);
        self.closed.push(closed);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.open.is_some() {
            let _ = self.close_file(true);
        }
    }
}

fn foreign(id: ChannelId) -> RecordingError {
    RecordingError::Refused {
        what: format!("{id:?}: expected a channel of this recording"),
    }
}

fn now_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
