//! Writes what was heard: all of it into rolled files, and what was around an event into a file of its own.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_node::date::Date;
use sinew_node::node::ShownLoop;
use sinew_node::worker::Ending;
use sinew_recording::{ChannelId, ChannelSpec, RecordingError, Writer, WriterOptions};

use crate::black_box::BlackBox;
use crate::loop_recording::{InstalledWriter, LoopRecordingError, write_loop};
use crate::monitor::Monitor;
use crate::queue::{Event, Heard, Item, Queue};

/// Name of the metadata record that says what was lost.
const LOSSES: &str = "sinew.losses";
/// Name of the metadata record that says what an event was.
const EVENT: &str = "sinew.event";
/// How long the disk waits for something to write before it looks whether it shall end.
const PATIENCE: Duration = Duration::from_millis(100);
/// After a failure to write, how long until it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// What is recorded.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The control loop whose ticks are the first topic.
    pub(crate) shown: Option<Arc<ShownLoop>>,
    /// Full names of the other topics.
    pub(crate) topics: Vec<String>,
}

/// How it is recorded.
#[derive(Debug, Clone)]
pub(crate) struct DiskOptions {
    pub(crate) folder: PathBuf,
    pub(crate) continuous: bool,
    pub(crate) black_box_secs: f64,
    pub(crate) black_box_bytes: usize,
    pub(crate) after_event_secs: f64,
    pub(crate) writer: WriterOptions,
}

/// The thread's state.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) queue: Arc<Queue>,
    pub(crate) monitor: Arc<Monitor>,
    subject: Subject,
    options: DiskOptions,
    /// Begins the names of the files.
    name: String,
    continuous: Option<Open>,
    retry_at: Option<Instant>,
    black_box: BlackBox,
    event: Option<OpenEvent>,
    events: u32,
    /// Messages that found no room in the queue, as far as they are counted.
    dropped: u64,
}

/// A recording that is being written.
#[derive(Debug)]
struct Open {
    writer: Writer,
    /// The channel of each topic that was heard.
    channels: BTreeMap<usize, ChannelId>,
    installed: Option<InstalledWriter>,
}

#[derive(Debug)]
struct OpenEvent {
    open: Open,
    until_nanos: u64,
}

impl Disk {
    /// Begins the continuous recording, or says why it cannot, and tries again later.
    pub(crate) fn new(queue: Arc<Queue>, monitor: Arc<Monitor>, subject: Subject, options: DiskOptions) -> Self {
        let robot = subject
            .shown
            .as_ref()
            .map_or("topics", |shown| shown.setup.robot.name.as_str());
        let mut disk = Self {
            name: free_name(&options.folder, &file_name(robot)),
            black_box: BlackBox::new(options.black_box_secs, options.black_box_bytes),
            queue,
            monitor,
            subject,
            options,
            continuous: None,
            retry_at: None,
            event: None,
            events: 0,
            dropped: 0,
        };
        if disk.options.continuous {
            disk.begin_continuous();
        }
        disk
    }

    /// The whole work of the thread.
    pub(crate) fn work(&mut self, ending: &Ending) {
        let mut items = VecDeque::new();
        loop {
            let last = ending.is_asked();
            self.count_dropped();
            self.queue
                .take(&mut items, if last { Duration::ZERO } else { PATIENCE });
            for item in items.drain(..) {
                match item {
                    Item::Heard(heard) => self.write(heard),
                    Item::Event(event) => self.begin_event(&event),
                }
            }
            if last {
                return self.finish();
            }
            self.flush_if_due();
        }
    }

    /// Begins a file; where that fails, nothing is left of it.
    fn begin(&self, name: &str, options: &WriterOptions) -> Result<Open, LoopRecordingError> {
        let begun = self.write_beginning(name, options);
        if let Err(error) = &begun
            && !matches!(error, LoopRecordingError::Recording(RecordingError::Exists { .. }))
        {
            for file in [format!("{name}.mcap"), format!("{name}_0.mcap")] {
                // One of them is not there.
                let _ = std::fs::remove_file(self.options.folder.join(file));
            }
        }
        begun
    }

    fn write_beginning(&self, name: &str, options: &WriterOptions) -> Result<Open, LoopRecordingError> {
        std::fs::create_dir_all(&self.options.folder).map_err(|source| RecordingError::Io {
            path: self.options.folder.clone(),
            doing: "the folder cannot be made",
            source,
        })?;
        let mut writer = Writer::create(&self.options.folder.join(format!("{name}.mcap")), options.clone())?;
        let mut channels = BTreeMap::new();
        if let Some(shown) = &self.subject.shown {
            channels.insert(0, write_loop(shown, &mut writer)?);
        }
        Ok(Open {
            writer,
            channels,
            installed: self.subject.shown.as_deref().map(InstalledWriter::new),
        })
    }

    fn write(&mut self, heard: Heard) {
        if let Some(open) = &mut self.continuous {
            match open.write(&heard, &self.subject) {
                Ok(()) => self.monitor.written(&heard),
                Err(error) => {
                    self.monitor.unwritten(1);
                    self.fail(&error);
                }
            }
        } else if self.options.continuous {
            self.monitor.unwritten(1);
            if self.retry_at.is_some_and(|at| Instant::now() >= at) {
                self.begin_continuous();
            }
        }
        if let Some(event) = &mut self.event {
            let over = heard.log_nanos > event.until_nanos;
            if let Err(error) = event.open.write(&heard, &self.subject) {
                self.monitor.failed(&error);
                self.event = None;
            } else if over {
                self.end_event();
            }
        }
        self.black_box.push(heard);
    }

    /// Counts what found no room in the queue, of the loop and of topics.
    fn count_dropped(&mut self) {
        let dropped = self.queue.dropped();
        if dropped > self.dropped {
            self.monitor.unwritten(dropped - self.dropped);
            self.dropped = dropped;
        }
    }

    /// Where nothing is heard for a while, what was written gets to the disk all the same.
    fn flush_if_due(&mut self) {
        if let Some(open) = &mut self.continuous
            && let Err(error) = open.writer.flush_if_due()
        {
            self.fail(&error);
        }
    }

    /// Ends what cannot be written, until it is tried again.
    fn fail(&mut self, error: &dyn std::error::Error) {
        self.monitor.failed(error);
        self.continuous = None;
        self.retry_at = Some(Instant::now() + RETRY);
    }

    /// Begins a recording, the first, or another after one that failed.
    fn begin_continuous(&mut self) {
        let name = free_name(&self.options.folder, &self.name);
        match self.begin(&name, &self.options.writer) {
            Ok(open) => {
                self.monitor.writes();
                self.continuous = Some(open);
                self.retry_at = None;
            }
            Err(error) => {
                self.monitor.failed(&error);
                self.retry_at = Some(Instant::now() + RETRY);
            }
        }
    }

    /// Writes the black box, and what comes after.
    fn begin_event(&mut self, event: &Event) {
        if self.options.black_box_secs == 0.0 {
            return;
        }
        let newest = self.black_box.newest_nanos();
        let until_nanos = newest + (self.options.after_event_secs * 1e9) as u64;
        if let Some(running) = &mut self.event {
            running.until_nanos = until_nanos;
            return;
        }
        self.events += 1;
        let name = format!("event_{}_{}", self.name, self.events);
        let single = WriterOptions {
            roll_bytes: None,
            roll_secs: None,
            quota_bytes: None,
            ..self.options.writer.clone()
        };
        let opened = self.begin(&name, &single).and_then(|mut open| {
            let mut said = event.facts.clone();
            said.insert("reason".to_owned(), event.reason.clone());
            said.insert("time".to_owned(), Date::now().to_string());
            open.writer.metadata(EVENT, &said)?;
            for heard in self.black_box.iter() {
                open.write(heard, &self.subject)?;
            }
            Ok(open)
        });
        match opened {
            Ok(open) => {
                tracing::warn!("{}: recorded in {name}.mcap", event.reason);
                self.monitor.event();
                if !self.options.continuous {
                    self.monitor.writes();
                }
                self.event = Some(OpenEvent { open, until_nanos });
            }
            Err(error) => self.monitor.failed(&error),
        }
    }

    fn end_event(&mut self) {
        if let Some(event) = self.event.take()
            && let Err(error) = event.open.finish(&self.monitor)
        {
            self.monitor.failed(&error);
        }
    }

    fn finish(&mut self) {
        self.end_event();
        if let Some(open) = self.continuous.take()
            && let Err(error) = open.finish(&self.monitor)
        {
            self.monitor.failed(&error);
        }
    }
}

impl Open {
    fn write(&mut self, heard: &Heard, subject: &Subject) -> Result<(), LoopRecordingError> {
        if let (0, Some(installed)) = (heard.topic, &mut self.installed) {
            installed.write_new(&mut self.writer)?;
        }
        let channel = match self.channels.get(&heard.topic) {
            Some(channel) => *channel,
            None => {
                let channel = self.declare(heard, subject)?;
                self.channels.insert(heard.topic, channel);
                channel
            }
        };
        self.writer
            .write(channel, heard.log_nanos, heard.publish_nanos, &heard.bytes)?;
        Ok(())
    }

    fn declare(&mut self, heard: &Heard, subject: &Subject) -> Result<ChannelId, LoopRecordingError> {
        let other = heard.topic.checked_sub(1).and_then(|at| subject.topics.get(at));
        Ok(self.writer.channel(&ChannelSpec {
            topic: other.map_or("/tick", String::as_str),
            schema: heard.kind.name,
            definition: &heard.kind.schema(),
            metadata: &BTreeMap::new(),
        })?)
    }

    fn finish(mut self, monitor: &Monitor) -> Result<(), LoopRecordingError> {
        let losses = monitor.losses();
        if losses > 0 {
            let said = BTreeMap::from([("messages".to_owned(), losses.to_string())]);
            self.writer.metadata(LOSSES, &said)?;
        }
        self.writer.finish()?;
        Ok(())
    }
}

/// A name of files that says of which robot, and when.
fn file_name(robot: &str) -> String {
    let plain: String = (robot.chars())
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .collect();
    let time: String = Date::now()
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("{plain}_{time}")
}

/// The name, with a number where there are files that begin with it.
fn free_name(folder: &Path, name: &str) -> String {
    let taken = |name: &str| {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let rest = |file: std::fs::DirEntry| {
            let file = file.file_name().to_string_lossy().into_owned();
            file.trim_start_matches("event_").strip_prefix(name).map(str::to_owned)
        };
        files.filter_map(rest).any(|rest| rest.starts_with(['.', '_']))
    };
    let numbered = (2_u32..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !taken(name))
        .unwrap_or_else(|| name.to_owned())
}
