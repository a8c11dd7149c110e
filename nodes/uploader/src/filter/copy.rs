//! The copy of a recording, record by record, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::path::Path;

use mcap::records::{Metadata, Record};
use mcap::sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions};
use mcap::{Attachment, McapError, WriteOptions, Writer};

use super::images::{Fate, ImageKind};
use super::{Filter, FilterError, FilterReport, TopicReport, file_error};
use crate::progress::Progress;
use crate::recording::expect_whole;

/// Name of the metadata record that says what was left out.
pub(super) const METADATA: &str = "sinew.filter";
/// Longest record that is believed, bytes.
const MAX_RECORD: usize = 256 << 20;
/// Uncompressed, bytes.
const CHUNK_BYTES: u64 = 1 << 20;
/// How many records go by between two looks at whether it shall end.
const LOOK_EVERY: u64 = 256;

type Output = Writer<BufWriter<File>>;

/// What becomes of a channel.
struct ChannelPlan {
    topic: String,
    /// Its number in the copy; `None` where nothing of it goes.
    to: Option<u16>,
    /// Why nothing of it goes.
    left_out: Option<String>,
    image: Option<ImageKind>,
    /// Images that came so far.
    seen: u64,
    report: TopicReport,
}

/// The state of a copy.
struct Copy<'a> {
    filter: &'a mut Filter,
    output: Output,
    schemas: HashMap<u16, (u16, String)>,
    channels: HashMap<u16, ChannelPlan>,
    attachments: Vec<String>,
    profile: String,
}

impl Filter {
    /// Writes the copy and makes it outlive a power cut.
    pub(super) fn write(
        &mut self,
        from: &Path,
        to: &Path,
        original_sha256: &str,
        progress: &dyn Progress,
    ) -> Result<FilterReport, FilterError> {
        expect_whole(from).map_err(file_error(from))?;
        let wrong = |cause: McapError| write_error(to, cause);
        let mut input = BufReader::with_capacity(1 << 18, File::open(from).map_err(file_error(from))?);
        let options = WriteOptions::new()
            .profile("ros2")
            .library(concat!("sinew ", env!("CARGO_PKG_VERSION")))
            .chunk_size(Some(CHUNK_BYTES))
            .compression_threads(0);
        let output = BufWriter::new(File::create(to).map_err(file_error(to))?);
        let mut copy = Copy {
            filter: self,
            output: options.create(output).map_err(wrong)?,
            schemas: HashMap::new(),
            channels: HashMap::new(),
            attachments: Vec::new(),
            profile: String::new(),
        };
        let mut reader = LinearReader::new_with_options(
            LinearReaderOptions::default()
                .with_record_length_limit(MAX_RECORD)
                // What is damaged may be the name of a topic that must not leave.
                .with_validate_chunk_crcs(true)
                .with_validate_data_section_crc(true),
        );
        let mut records = 0_u64;
        let read_error = |cause: McapError| FilterError::Read {
            file: from.to_owned(),
            cause,
        };
        while let Some(event) = reader.next_event() {
            match event.map_err(read_error)? {
                LinearReadEvent::ReadRequest(need) => {
                    let n = input.read(reader.insert(need)).map_err(file_error(from))?;
                    reader.notify_read(n);
                }
                LinearReadEvent::Record { data, opcode } => {
                    let record = mcap::parse_record(opcode, data).map_err(read_error)?;
                    // What follows is the summary of the original; the copy has its own.
                    if matches!(record, Record::DataEnd(_)) {
                        break;
                    }
                    copy.record(record).map_err(|cause| match cause {
                        CopyError::Read(cause) => read_error(cause),
                        CopyError::Write(cause) => wrong(cause),
                    })?;
                    records += 1;
                    if records.is_multiple_of(LOOK_EVERY) && progress.is_ending() {
                        return Err(FilterError::Ended);
                    }
                }
            }
        }
        copy.finish(to, original_sha256)
    }
}

enum CopyError {
    Read(McapError),
    Write(McapError),
}

impl Copy<'_> {
    fn record(&mut self, record: Record<'_>) -> Result<(), CopyError> {
        match record {
            Record::Header(header) => self.profile = header.profile,
            Record::Schema { header, data } => {
                let id = self.output.add_schema(&header.name, &header.encoding, &data);
                self.schemas
                    .insert(header.id, (id.map_err(CopyError::Write)?, header.name));
            }
            Record::Channel(channel) => self.channel(channel)?,
            Record::Message { header, data } => self.message(header, &data)?,
            Record::Attachment { header, data, .. } => self.attachment(header, data)?,
            Record::Metadata(metadata) if metadata.name != METADATA => {
                self.output.write_metadata(&metadata).map_err(CopyError::Write)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn channel(&mut self, channel: mcap::records::Channel) -> Result<(), CopyError> {
        if self.channels.contains_key(&channel.id) {
            return Ok(());
        }
        let (schema, kind) = match self.schemas.get(&channel.schema_id) {
            Some((schema, kind)) => (*schema, kind.as_str()),
            None if channel.schema_id == 0 => (0, ""),
            None => {
                return Err(CopyError::Read(McapError::UnknownSchema(
                    channel.topic,
                    channel.schema_id,
                )));
            }
        };
        let image = ImageKind::of(kind, &channel.message_encoding);
        let left_out = if self.filter.params.leaves_out(&channel.topic) {
            Some("the topic is left out".to_owned())
        } else if self.filter.blurs() && image.is_none() && ImageKind::may_be_pictures(kind) {
            Some(format!("pictures of the type {kind} cannot be looked at"))
        } else {
            None
        };
        let to = match left_out {
            Some(_) => None,
            None => {
                let id = self
                    .output
                    .add_channel(schema, &channel.topic, &channel.message_encoding, &channel.metadata);
                Some(id.map_err(CopyError::Write)?)
            }
        };
        self.channels.insert(
            channel.id,
            ChannelPlan {
                topic: channel.topic,
                to,
                left_out,
                image,
                seen: 0,
                report: TopicReport::default(),
            },
        );
        Ok(())
    }

    fn message(&mut self, header: mcap::records::MessageHeader, data: &[u8]) -> Result<(), CopyError> {
        let Some(channel) = self.channels.get_mut(&header.channel_id) else {
            return Err(CopyError::Read(McapError::UnknownChannel(
                header.sequence,
                header.channel_id,
            )));
        };
        channel.report.messages += 1;
        let Some(to) = channel.to else {
            let reason = channel.left_out.clone().unwrap_or_default();
            *channel.report.left_out.entry(reason).or_default() += 1;
            return Ok(());
        };
        let fate = match channel.image {
            Some(kind) => {
                let place = channel.seen;
                channel.seen += 1;
                self.filter.image(kind, place, data)
            }
            None => Fate::Goes,
        };
        let header = mcap::records::MessageHeader {
            channel_id: to,
            ..header
        };
        let written = match &fate {
            Fate::Goes => self.output.write_to_known_channel(&header, data),
            Fate::Changed(changed) => self.output.write_to_known_channel(&header, changed),
            Fate::Stays(_) => Ok(()),
        };
        written.map_err(CopyError::Write)?;
        match fate {
            Fate::Goes => channel.report.sent += 1,
            Fate::Changed(_) => {
                channel.report.sent += 1;
                channel.report.blurred += 1;
            }
            Fate::Stays(reason) => *channel.report.left_out.entry(reason).or_default() += 1,
        }
        Ok(())
    }

    fn attachment(
        &mut self,
        header: mcap::records::AttachmentHeader,
        data: std::borrow::Cow<'_, [u8]>,
    ) -> Result<(), CopyError> {
        let is_picture = ["image/", "video/"]
            .iter()
            .any(|kind| header.media_type.starts_with(kind));
        if self.filter.blurs() && is_picture {
            self.attachments.push(header.name);
            return Ok(());
        }
        let attachment = Attachment {
            log_time: header.log_time,
            create_time: header.create_time,
            name: header.name,
            media_type: header.media_type,
            data,
        };
        self.output.attach(&attachment).map_err(CopyError::Write)
    }

    fn finish(mut self, to: &Path, original_sha256: &str) -> Result<FilterReport, FilterError> {
        let wrong = |cause: McapError| write_error(to, cause);
        let mut topics: BTreeMap<String, TopicReport> = BTreeMap::new();
        for channel in self.channels.into_values() {
            let sum = topics.entry(channel.topic).or_default();
            sum.messages += channel.report.messages;
            sum.sent += channel.report.sent;
            sum.blurred += channel.report.blurred;
            for (reason, count) in channel.report.left_out {
                *sum.left_out.entry(reason).or_default() += count;
            }
        }
        topics.retain(|_, report| report.blurred > 0 || report.sent < report.messages);
        let report = FilterReport {
            rules: self.filter.params.clone(),
            model_sha256: self.filter.model_sha256.clone(),
            topics,
            attachments: self.attachments,
        };
        let text = serde_json::to_string(&report).map_err(|error| file_error(to)(error.into()))?;
        let metadata = [
            ("original_sha256".to_owned(), original_sha256.to_owned()),
            ("original_profile".to_owned(), self.profile),
            ("report".to_owned(), text),
        ];
        let metadata = Metadata {
            name: METADATA.to_owned(),
            metadata: metadata.into(),
        };
        self.output.write_metadata(&metadata).map_err(wrong)?;
        self.output.finish().map_err(wrong)?;
        let file = self.output.into_inner().into_inner();
        let file = file.map_err(|error| file_error(to)(error.into_error()))?;
        file.sync_all().map_err(file_error(to))?;
        Ok(report)
    }
}

/// What went wrong with the file itself says more than that it did so in the MCAP library.
fn write_error(file: &Path, cause: McapError) -> FilterError {
    match cause {
        McapError::Io(cause) => file_error(file)(cause),
        cause => FilterError::Write {
            file: file.to_owned(),
            cause,
        },
    }
}
