//! A control loop in a recording: once what it is made of, then a message for each of its ticks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sinew_control::clock::monotonic_nanos;
use sinew_control::record::{TickInputs, TickRecord};
use sinew_control::tap::TapReader;
use sinew_messages::sinew_msgs::msg::Tick;
use sinew_messages::{Message, cdr, schema};
use sinew_node::node::{InstalledPolicies, ShownLoop};
use sinew_recording::{ChannelId, ChannelSpec, RecordingError, Writer};
use thiserror::Error;

use crate::tick_message;

/// Name of the attachment that says what a loop is made of.
pub(crate) const SETUP: &str = "loop_setup.yaml";
/// Name of the metadata record with what else is to be known of it.
pub(crate) const FACTS: &str = "sinew.loop";
/// Begins the names of the attached files, which go on with what a file is and then its own name.
const FILES: &str = "files/";
/// Begins the names of what is attached of a policy that was installed later, which go on with its number.
const POLICIES: &str = "policies/";
/// Ends the name of the attachment with the contract of such a policy.
const CONTRACT: &str = "contract.yaml";
/// Begins the name of the metadata record of such a policy, which goes on with its number.
const POLICY_FACTS: &str = "sinew.policy.";
/// Last part of the topic of ticks, after the full name of the loop's node.
const TOPIC: &str = "/tick";
/// Largest file of a loop that is attached; of larger ones the SHA-256 is kept.
const MAX_ATTACHED: usize = 64 << 20;

/// Why a loop cannot be recorded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoopRecordingError {
    /// The recording cannot be written.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// What the loop is made of cannot be written down.
    #[error("{node}: what the loop is made of cannot be written: {cause}")]
    Setup {
        /// The loop's node.
        node: String,
        /// Why.
        cause: serde_yaml_ng::Error,
    },
}

/// What time a loop's clock has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopTime {
    /// The machine's monotonic time.
    Monotonic,
    /// A time of its own, which begins when it is recorded.
    Virtual,
}

/// The ticks of one loop, each as the bytes of a message.
#[derive(Debug)]
pub struct TickSource {
    tap: TapReader,
    time: LoopTime,
    /// What the loop's clock lacks of the time since 1970, ns; known with the first tick.
    offset_nanos: Option<i128>,
    tick: Tick,
    bytes: Vec<u8>,
}

/// A tick that is to be written.
#[derive(Debug, Clone, Copy)]
pub struct TickBytes<'a> {
    /// When its command had been written, since 1970, ns.
    pub done_nanos: u64,
    /// When it was to begin, since 1970, ns.
    pub scheduled_nanos: u64,
    /// Its message.
    pub bytes: &'a [u8],
    /// What it is of: figures of the tick.
    pub figures: TickRecord,
}

impl TickSource {
    /// Of all ticks of a loop since its first.
    pub fn new(shown: &ShownLoop, time: LoopTime) -> Self {
        Self {
            tap: shown.operator.tap_of_all(),
            time,
            offset_nanos: None,
            tick: Tick::default(),
            bytes: Vec::new(),
        }
    }

    /// The next tick; `None` where there was none since the last.
    pub fn next_tick(&mut self) -> Option<TickBytes<'_>> {
        loop {
            let record = self.tap.next_record()?;
            tick_message::write(record, &mut self.tick);
            // A tick has nothing that CDR could not hold, and a robot not that many joints.
            if cdr::encode(&self.tick, &mut self.bytes).is_ok() {
                let figures = record.tick;
                let inputs = record.inputs;
                let time = self.time;
                let offset = *self
                    .offset_nanos
                    .get_or_insert_with(|| wall_nanos() - now_of(&inputs, time));
                let at = |nanos: u64| u64::try_from(i128::from(nanos) + offset).unwrap_or(0);
                return Some(TickBytes {
                    done_nanos: at(inputs.done_nanos),
                    scheduled_nanos: at(inputs.scheduled_nanos),
                    bytes: &self.bytes,
                    figures,
                });
            }
        }
    }

    /// How many ticks were overwritten before they were read.
    pub fn lost(&self) -> u64 {
        self.tap.lost()
    }
}

/// Writes what a loop is made of, and its files; gives the channel of its ticks.
///
/// # Errors
/// Where it cannot be written.
pub fn write_loop(shown: &ShownLoop, writer: &mut Writer) -> Result<ChannelId, LoopRecordingError> {
    let setup = serde_yaml_ng::to_string(&shown.setup).map_err(|cause| LoopRecordingError::Setup {
        node: shown.node.clone(),
        cause,
    })?;
    writer.attach(SETUP, "application/yaml", setup.as_bytes())?;
    let mut facts = shown.facts.clone();
    facts.insert("node".to_owned(), shown.node.clone());
    for file in &shown.files {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        facts.insert(format!("{}.sha256", file.role), file.sha256.clone());
        if file.bytes.len() <= MAX_ATTACHED {
            let name = format!("{FILES}{}/{name}", file.role);
            writer.attach(&name, "application/octet-stream", &file.bytes)?;
        }
    }
    writer.metadata(FACTS, &facts)?;
    let joints: Vec<&str> = shown
        .setup
        .robot
        .joints
        .iter()
        .map(|joint| joint.name.as_str())
        .collect();
    Ok(writer.channel(&ChannelSpec {
        topic: &format!("{}{TOPIC}", shown.node),
        schema: Tick::TYPE,
        definition: &schema::<Tick>(),
        metadata: &BTreeMap::from([("joint_names".to_owned(), joints.join(","))]),
    })?)
}

/// Writes the policies that were installed in a loop, before the first of its ticks that names them.
#[derive(Debug)]
pub struct InstalledWriter {
    installed: Arc<InstalledPolicies>,
    written: usize,
}

impl InstalledWriter {
    /// Of the policies of this loop; none is written yet.
    pub fn new(shown: &ShownLoop) -> Self {
        Self {
            installed: shown.installed.clone(),
            written: 0,
        }
    }

    /// Writes those that were added since the last call: their contracts, and their files.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write_new(&mut self, writer: &mut Writer) -> Result<(), LoopRecordingError> {
        for policy in self.installed.since(self.written) {
            let number = policy.number;
            let contract = serde_yaml_ng::to_string(&policy.contract).map_err(|cause| LoopRecordingError::Setup {
                node: format!("policy {number}"),
                cause,
            })?;
            let name = format!("{POLICIES}{number}/{CONTRACT}");
            writer.attach(&name, "application/yaml", contract.as_bytes())?;
            let file = &policy.file;
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            let facts = BTreeMap::from([
                ("contract".to_owned(), policy.contract.name.clone()),
                ("file".to_owned(), name.clone().into_owned()),
                ("sha256".to_owned(), file.sha256.clone()),
            ]);
            writer.metadata(&format!("{POLICY_FACTS}{number}"), &facts)?;
            if file.bytes.len() <= MAX_ATTACHED {
                let name = format!("{FILES}{}/{name}", installed_role(number));
                writer.attach(&name, "application/octet-stream", &file.bytes)?;
            }
            self.written += 1;
        }
        Ok(())
    }
}

/// What the file of a policy that was installed later is, among the attached files.
pub(crate) fn installed_role(number: u32) -> String {
    format!("policy.{number}")
}

/// The number of the policy whose contract an attachment is.
pub(crate) fn contract_of(attachment: &str) -> Option<u32> {
    let (number, name) = attachment.strip_prefix(POLICIES)?.split_once('/')?;
    (name == CONTRACT).then(|| number.parse().ok()).flatten()
}

/// Writes the ticks of one loop in the thread that calls.
#[derive(Debug)]
pub struct LoopRecording {
    installed: InstalledWriter,
    ticks: TickSource,
    channel: ChannelId,
    written: u64,
}

impl LoopRecording {
    /// Begins to record a loop: writes what it is made of, and its files.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(shown: &ShownLoop, time: LoopTime, writer: &mut Writer) -> Result<Self, LoopRecordingError> {
        Ok(Self {
            installed: InstalledWriter::new(shown),
            channel: write_loop(shown, writer)?,
            ticks: TickSource::new(shown, time),
            written: 0,
        })
    }

    /// Writes the ticks since the last call.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn drain(&mut self, writer: &mut Writer) -> Result<(), LoopRecordingError> {
        while let Some(tick) = self.ticks.next_tick() {
            self.installed.write_new(writer)?;
            writer.write(self.channel, tick.done_nanos, tick.scheduled_nanos, tick.bytes)?;
            self.written += 1;
        }
        Ok(())
    }

    /// How many ticks were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How many ticks were overwritten before they were read.
    pub fn lost(&self) -> u64 {
        self.ticks.lost()
    }
}

/// The time since 1970, ns.
pub(crate) fn wall_nanos() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as i128)
}

/// What the loop's clock says now, ns.
fn now_of(inputs: &TickInputs, time: LoopTime) -> i128 {
    match time {
        LoopTime::Monotonic => monotonic_nanos().into(),
        LoopTime::Virtual => inputs.done_nanos.into(),
    }
}

/// Which file of a loop an attachment is: what it is for, and its own name.
pub(crate) fn file_of(attachment: &str) -> Option<(&str, &str)> {
    attachment.strip_prefix(FILES)?.split_once('/')
}
