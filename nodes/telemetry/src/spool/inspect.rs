//! What waits in a spool, for people who look into it: nothing is written, locked or removed, also where a node works
//! with it at this moment.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use super::class::Class;
use super::disk::{Disk, read_up_to};
use super::error::OpenError;
use super::format::parse_segment_name;
use super::gaps::Gap;
use super::limits::{Limits, Quota};
use super::open::LARGEST_SEGMENT;
use super::positions::{Content, FILE, Positions, SLOT};
use super::store::{ASIDE, Spool};
use crate::envelope::Draft;

/// How often a spool is looked at that changes meanwhile.
const TRIES: usize = 5;

/// What waits in a spool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// Where it is.
    pub folder: PathBuf,
    /// What its messages name it by; `None` where that is damaged.
    pub spool: Option<String>,
    /// Whether the node that had it last ended in order. Where not, one is at work, or was cut off.
    pub ended_in_order: bool,
    /// Whether it changed while it was looked at, so that what is said may not fit together.
    pub is_changing: bool,
    /// Its classes, the highest first.
    pub classes: Vec<ClassInspection>,
    /// Messages that the broker refused for good, in files of their own.
    pub aside: Aside,
    /// All files of the spool, bytes.
    pub bytes_on_disk: u64,
    /// What is damaged, each in a sentence for people.
    pub damage: Vec<String>,
}

/// What waits in one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassInspection {
    /// Which.
    pub class: Class,
    /// Messages that were not acknowledged, as far as that is on disk: they go out, some of them perhaps again.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The oldest of them.
    pub oldest: Option<Oldest>,
    /// How many gave way to a quota or a full disk, since the spool was made.
    pub dropped: u64,
    /// How many could not be read back.
    pub damaged: u64,
    /// How many the broker refused for good.
    pub refused: u64,
    /// Numbers under which nothing will come, of which the receiver has not been told for certain.
    pub gaps: Vec<Gap>,
}

/// The oldest message of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Oldest {
    /// Its number.
    pub sequence: u64,
    /// When it was made, by the robot's clock, RFC 3339; `None` where it is no message.
    pub time: Option<String>,
    /// What it says, such as `health`.
    pub kind: Option<String>,
}

/// Messages that were moved aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// How many.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Why a spool cannot be looked into.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// There is none.
    #[error(
        "{}: expected the folder of a spool (`spool.folder` of the node `telemetry`), found none of its files",
        folder.display()
    )]
    NoSpool {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// It cannot be read.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// What cannot.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be opened.
    #[error(transparent)]
    Open(OpenError),
}

impl Inspection {
    /// Of the spool in a folder.
    ///
    /// # Errors
    /// See [`InspectError`].
    pub fn of(folder: &Path) -> Result<Self, InspectError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let before = Snapshot::of(folder)?;
            let looked = look(folder, &before);
            let is_changing = Snapshot::of(folder)? != before;
            if is_changing && tries < TRIES {
                continue;
            }
            let mut inspection = looked?;
            inspection.is_changing = is_changing;
            return Ok(inspection);
        }
    }

    /// Messages that wait, of all classes.
    pub fn messages(&self) -> u64 {
        self.classes.iter().map(|class| class.messages).sum()
    }
}

/// Whether something has changed shows by this.
#[derive(PartialEq)]
struct Snapshot {
    files: Vec<(String, u64)>,
    positions: Vec<u8>,
}

impl Snapshot {
    fn of(folder: &Path) -> Result<Self, InspectError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| InspectError::Io { path, source }
        };
        let mut disk = ReadOnly(folder.to_owned());
        let mut files = disk.list().map_err(unreadable(folder))?;
        files.sort();
        let is_its = |name: &str| name == FILE || parse_segment_name(name).is_some() || name.starts_with(ASIDE);
        files.retain(|(name, _)| is_its(name));
        if files.is_empty() {
            return Err(InspectError::NoSpool {
                folder: folder.to_owned(),
            });
        }
        let positions = disk.read(FILE, 0, 2 * SLOT).map_err(unreadable(&folder.join(FILE)))?;
        Ok(Self { files, positions })
    }
}

fn look(folder: &Path, snapshot: &Snapshot) -> Result<Inspection, InspectError> {
    let (spool_id, ended_in_order) = match Positions::read(&snapshot.positions) {
        Content::Known(known, _) => (Some(format!("{:016x}", known.spool_id)), known.is_closed),
        Content::Lost | Content::OtherVersion(_) => (None, false),
    };
    let unlimited = Quota {
        bytes: u64::MAX,
        messages: u64::MAX,
    };
    let limits = Limits {
        total: unlimited,
        classes: [unlimited; Class::ALL.len()],
        segment_bytes: LARGEST_SEGMENT,
    };
    // What a node would find that opens it, on a disk that takes nothing.
    let disk = Box::new(ReadOnly(folder.to_owned()));
    let (mut spool, opened) = Spool::on(disk, limits, folder).map_err(InspectError::Open)?;
    let classes = Class::ALL.map(|class| {
        let counts = spool.counts(class);
        let gaps = spool.gaps(class);
        let oldest = spool.take_next(|other, _| other == class).map(|outgoing| {
            let draft: Option<Draft> = serde_json::from_slice(&outgoing.message).ok();
            let (time, kind) = draft.map(|draft| (draft.time, draft.kind)).unzip();
            let sequence = outgoing.sequence;
            Oldest { sequence, time, kind }
        });
        ClassInspection {
            class,
            messages: counts.messages,
            bytes: counts.bytes,
            oldest,
            dropped: counts.dropped,
            damaged: counts.damaged,
            refused: counts.refused,
            gaps,
        }
    });
    let mut aside = Aside::default();
    for (_, size) in snapshot.files.iter().filter(|(name, _)| name.starts_with(ASIDE)) {
        aside.messages += 1;
        aside.bytes += size;
    }
    Ok(Inspection {
        folder: folder.to_owned(),
        spool: spool_id,
        ended_in_order,
        is_changing: false,
        classes: classes.into(),
        aside,
        bytes_on_disk: snapshot.files.iter().map(|(_, size)| size).sum(),
        damage: opened.damage,
    })
}

/// A folder that is read, and to which nothing that is written gets.
#[derive(Debug)]
struct ReadOnly(PathBuf);

impl Disk for ReadOnly {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            match entry.metadata() {
                Ok(metadata) if metadata.is_file() => {
                    files.extend(entry.file_name().into_string().map(|name| (name, metadata.len())));
                }
                // A node that works with it removes what was delivered.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(files)
    }

    fn read(&mut self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        match File::open(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            opened => read_up_to(&opened?, offset, length),
        }
    }

    fn append(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn write_at(&mut self, _: &str, _: u64, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, _: &str, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn remove(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = files
            .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
            .collect();
        files.sort();
        files
    }

    fn filled(folder: &Path) -> Spool {
        let (mut spool, _) = Spool::open(folder, Limits::same(1 << 20, 1000, 4096)).unwrap();
        for n in 0..40 {
            let draft = Draft::now("health", None, serde_json::json!({ "n": n }));
            spool.push(Class::Health, &draft.to_bytes()).unwrap();
        }
        let draft = Draft::now("stopped", None, serde_json::json!({}));
        spool.push(Class::Safety, &draft.to_bytes()).unwrap();
        for _ in 0..3 {
            let outgoing = spool.take_next(|_, _| true).unwrap();
            spool.acknowledge(outgoing.class, outgoing.sequence);
        }
        spool.sync().unwrap();
        spool
    }

    #[test]
    fn what_waits_is_told_while_a_node_has_the_spool_and_no_byte_of_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let spool = filled(folder.path());
        let before = bytes_of(folder.path());
        let inspection = Inspection::of(folder.path()).unwrap();
        assert_eq!(bytes_of(folder.path()), before);
        assert_eq!(inspection.spool, Some(spool.id()));
        assert!(!inspection.ended_in_order && !inspection.is_changing);
        assert_eq!(inspection.damage, Vec::<String>::new());
        assert_eq!(inspection.messages(), 38);
        let health = &inspection.classes[Class::Health.index()];
        assert_eq!((health.messages, health.bytes), (38, spool.counts(Class::Health).bytes));
        let oldest = health.oldest.as_ref().unwrap();
        assert_eq!((oldest.sequence, oldest.kind.as_deref()), (3, Some("health")));
        spool.close().unwrap();
        let closed = Inspection::of(folder.path()).unwrap();
        assert!(closed.ended_in_order && closed.classes[3].gaps.is_empty(), "{closed:?}");
    }

    #[test]
    fn what_is_damaged_is_named_with_its_file_and_nothing_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).close().unwrap();
        let segment = bytes_of(folder.path())
            .into_iter()
            .find(|(name, _)| name.starts_with("health"));
        let (name, mut bytes) = segment.unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(folder.path().join(&name), &bytes).unwrap();
        let before = bytes_of(folder.path());
        let inspection = Inspection::of(folder.path()).unwrap();
        assert_eq!(bytes_of(folder.path()), before);
        assert!(
            inspection.damage.iter().any(|said| said.contains(&name)),
            "{inspection:?}"
        );
        assert_eq!(inspection.classes[3].damaged, 1);
    }

    #[test]
    fn a_folder_that_is_no_spool_and_one_that_is_not_there_are_refused_by_name_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("walk.mcap"), "x").unwrap();
        let said = Inspection::of(folder.path()).unwrap_err().to_string();
        assert!(said.contains("expected the folder of a spool") && said.contains(folder.path().to_str().unwrap()));
        let nowhere = folder.path().join("nowhere");
        let said = Inspection::of(&nowhere).unwrap_err().to_string();
        assert!(said.contains("nowhere"), "{said}");
        assert!(!nowhere.exists());
    }
}
