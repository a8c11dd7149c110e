//! A control loop as a recording has it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sinew_control::contract::PolicyContract;
use sinew_control::record::LoopRecord;
use sinew_control::replay::LoopSetup;
use sinew_messages::sinew_msgs::msg::Tick;
use sinew_messages::{Message, cdr};
use sinew_recording::{BEGINNING, Reader, RecordingError};
use thiserror::Error;

use crate::loop_recording::{FACTS, SETUP, contract_of, file_of, installed_role};
use crate::tick_message::{self, BadTick};

/// Why a recording's loop cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordedLoopError {
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// There is no control loop in it, or not all of it.
    #[error("{}: expected {expected}, found none: was it recorded by `sinew run --record` or by the node `recorder`?", .file.display())]
    Missing {
        /// The recording.
        file: PathBuf,
        /// What would have to be in it.
        expected: &'static str,
    },
    /// Files are not those of one recording.
    #[error(
        "{}: expected the files of one recording, each once, found another one than {}: name one recording at a time",
        .file.display(), .other.display()
    )]
    Mixed {
        /// A file.
        file: PathBuf,
        /// One that does not go with it.
        other: PathBuf,
    },
    /// What the loop is made of is not written as it should be.
    #[error("{}: {SETUP}: {cause}", .file.display())]
    Setup {
        /// The recording.
        file: PathBuf,
        /// Why.
        cause: serde_yaml_ng::Error,
    },
    /// The contract of a policy that was installed is not written as it should be.
    #[error("{}: {attachment}: {cause}", .file.display())]
    Contract {
        /// The recording.
        file: PathBuf,
        /// The attachment.
        attachment: String,
        /// Why.
        cause: serde_yaml_ng::Error,
    },
    /// A message of a tick is none.
    #[error("{}: message {number} of {topic}: {cause}", .file.display())]
    Tick {
        /// The recording.
        file: PathBuf,
        /// Its topic.
        topic: String,
        /// Which of the topic's messages, from 0.
        number: u64,
        /// Why.
        cause: Box<BadTickMessage>,
    },
}

/// The files of one recording, in the order in which they were written.
///
/// # Errors
/// Where one cannot be read, or they are not of one recording.
pub fn files_in_order<P: AsRef<Path>>(files: &[P]) -> Result<Vec<PathBuf>, RecordedLoopError> {
    let recordings = recordings(files)?;
    let mut numbered = recordings.iter().filter(|files| files[0].number.is_some());
    if let (Some(one), Some(other)) = (numbered.next(), numbered.next()) {
        return Err(RecordedLoopError::Mixed {
            file: other[0].path.clone(),
            other: one[0].path.clone(),
        });
    }
    Ok(recordings.into_iter().flatten().map(|file| file.path).collect())
}

/// A file of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOfRecording {
    /// It.
    pub path: PathBuf,
    /// Which file of its recording it is, from 0; None where it does not say it.
    pub number: Option<u64>,
}

/// Files by recording, in the order in which they were written. One that does not say which recording it belongs to is a
/// recording of its own.
///
/// # Errors
/// Where one cannot be read, and where two are the same file of the same recording.
pub fn recordings<P: AsRef<Path>>(files: &[P]) -> Result<Vec<Vec<FileOfRecording>>, RecordedLoopError> {
    let mut found: Vec<(Option<String>, Vec<FileOfRecording>)> = Vec::new();
    for file in files {
        let reader = Reader::open(file.as_ref())?;
        let said = reader.info().metadata(BEGINNING);
        let said = said.and_then(|map| Some((map.get("recording")?.clone(), map.get("file")?.parse().ok()?)));
        let (recording, number) = said.unzip();
        let path = file.as_ref().to_owned();
        let known = found
            .iter_mut()
            .find(|(known, _)| known.is_some() && *known == recording);
        let Some((_, files)) = known else {
            found.push((recording, vec![FileOfRecording { path, number }]));
            continue;
        };
        if let Some(same) = files.iter().find(|file| file.number == number) {
            let other = same.path.clone();
            return Err(RecordedLoopError::Mixed { file: path, other });
        }
        files.push(FileOfRecording { path, number });
        files.sort_by_key(|file| file.number);
    }
    Ok(found.into_iter().map(|(_, files)| files).collect())
}

/// Why a message is no tick.
#[derive(Debug, Error)]
pub enum BadTickMessage {
    /// It is no message of that type.
    #[error(transparent)]
    Cdr(#[from] cdr::DecodeError),
    /// It says what no tick says.
    #[error(transparent)]
    Tick(#[from] BadTick),
}

/// A control loop as a recording has it: what it was made of, and its ticks.
#[derive(Debug)]
pub struct RecordedLoop {
    files: Vec<PathBuf>,
    /// What it was made of.
    pub setup: LoopSetup,
    /// What else is known of it: keys and values.
    pub facts: BTreeMap<String, String>,
    /// Its files that were kept, by what they are for: name and bytes.
    pub attached: BTreeMap<String, (String, Vec<u8>)>,
    /// The policies that were installed while it ticked, by their numbers.
    pub installed: BTreeMap<u32, InstalledPolicy>,
    /// Topic of its ticks.
    pub topic: String,
    /// Whether its ticks say nothing of policies, as those of before did.
    of_one_policy: bool,
}

/// A policy that was installed in a recorded loop.
#[derive(Debug, Clone)]
pub struct InstalledPolicy {
    /// Its contract.
    pub contract: PolicyContract,
    /// Name and bytes of its file, where that was kept.
    pub file: Option<(String, Vec<u8>)>,
}

impl RecordedLoop {
    /// Of the files of one recording, in their order.
    ///
    /// # Errors
    /// Where they cannot be read, or there is no loop in them.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self, RecordedLoopError> {
        let files = files_in_order(files)?;
        let first = files.first().cloned().unwrap_or_default();
        let missing = |expected| RecordedLoopError::Missing {
            file: first.clone(),
            expected,
        };
        let reader = Reader::open(&first)?;
        let mut attached = BTreeMap::new();
        let mut setup = None;
        let mut installed = BTreeMap::new();
        for file in &files {
            read_installed(file, &mut installed)?;
        }
        for attachment in reader.attachments()? {
            let attachment = attachment?;
            if attachment.name == SETUP {
                setup = Some(attachment.data);
            } else if let Some((role, name)) = file_of(&attachment.name)
                && !role.starts_with("policy.")
            {
                attached.insert(role.to_owned(), (name.to_owned(), attachment.data));
            }
        }
        let setup = setup.ok_or_else(|| missing("what a control loop is made of (`loop_setup.yaml`)"))?;
        let setup = serde_yaml_ng::from_slice(&setup).map_err(|cause| RecordedLoopError::Setup {
            file: first.clone(),
            cause,
        })?;
        let info = reader.info();
        let facts = info.metadata(FACTS).cloned().unwrap_or_default();
        let ticks = info.channels.iter().find(|(channel, _)| channel.schema == Tick::TYPE);
        let (channel, _) = ticks.ok_or_else(|| missing("ticks of a control loop (sinew_msgs/msg/Tick)"))?;
        let topic = channel.topic.clone();
        let of_one_policy = !String::from_utf8_lossy(&channel.definition).contains("sinew_msgs/Policies");
        Ok(Self {
            files,
            setup,
            facts,
            attached,
            installed,
            topic,
            of_one_policy,
        })
    }

    /// Calls `take` with the time of the log and the record of each tick, in order.
    ///
    /// # Errors
    /// Where the recording cannot be read, with the error of `take` first.
    pub fn for_each_tick<E: From<RecordedLoopError>>(
        &self,
        mut take: impl FnMut(u64, LoopRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut number = 0;
        for file in &self.files {
            let reader = Reader::open(file).map_err(RecordedLoopError::from)?;
            let messages = reader
                .messages_of(Some(&[&self.topic]))
                .map_err(RecordedLoopError::from)?;
            for message in messages {
                let message = message.map_err(RecordedLoopError::from)?;
                let data = if self.of_one_policy {
                    Cow::Owned(with_no_policies(&message.data))
                } else {
                    Cow::Borrowed(&*message.data)
                };
                let record = tick_of(&data).map_err(|cause| RecordedLoopError::Tick {
                    file: file.clone(),
                    topic: self.topic.clone(),
                    number,
                    cause: Box::new(cause),
                })?;
                take(message.log_time_nanos, record)?;
                number += 1;
            }
        }
        Ok(())
    }
}

/// The message of a tick from before there was its last field: with that, which has nothing in it.
fn with_no_policies(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // The length of a sequence lies at a multiple of its size.
    bytes.resize(bytes.len().next_multiple_of(size_of::<u32>()) + size_of::<u32>(), 0);
    bytes
}

/// Adds the policies of one file that were installed while the loop ticked.
fn read_installed(file: &Path, installed: &mut BTreeMap<u32, InstalledPolicy>) -> Result<(), RecordedLoopError> {
    let mut files = BTreeMap::new();
    for attachment in Reader::open(file)?.attachments()? {
        let attachment = attachment?;
        if let Some(number) = contract_of(&attachment.name) {
            let contract =
                serde_yaml_ng::from_slice(&attachment.data).map_err(|cause| RecordedLoopError::Contract {
                    file: file.to_owned(),
                    attachment: attachment.name,
                    cause,
                })?;
            installed.insert(number, InstalledPolicy { contract, file: None });
        } else if let Some((role, name)) = file_of(&attachment.name) {
            files.insert(role.to_owned(), (name.to_owned(), attachment.data));
        }
    }
    for (number, policy) in installed {
        if let Some(found) = files.remove(&installed_role(*number)) {
            policy.file = Some(found);
        }
    }
    Ok(())
}

fn tick_of(bytes: &[u8]) -> Result<LoopRecord, BadTickMessage> {
    Ok(tick_message::read(&cdr::decode::<Tick>(bytes)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_of_before_there_were_several_policies_is_read_as_one_of_the_first() {
        let mut tick = Tick::default();
        tick.state.imu_orientation = [0.0, 0.0, 0.0, 1.0];
        tick.accepted_as_read = true;
        tick.read_answer = Tick::OK;
        tick.answer_joints = [-1; 3];
        for stop_action in ["", "x", "xy", "xyz"] {
            // Whatever length the text before it has.
            tick.asked_stop = stop_action.to_owned();
            let mut bytes = Vec::new();
            assert!(cdr::encode(&tick, &mut bytes).is_ok());
            let without = &bytes[..bytes.len() - 4];
            assert_eq!(cdr::decode::<Tick>(&with_no_policies(without)).ok(), Some(tick.clone()));
        }
    }
}
