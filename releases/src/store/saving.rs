//! The state on the disk: two copies, each whole or not there, and what is done where one is not what was written.

use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;

use super::disk::Lock;
use super::error::{StoreError, disk};
use super::event::Event;
use super::file::{MOST_BYTES, Saved, Unreadable, decode, encode};
use super::release::StoredRelease;
use super::state::{Slot, State};
use super::{INCOMING, Status, Store, history};

const LOCK: &str = "lock";
const STATE: [&str; 2] = ["state.json", "state.copy.json"];
const FACTORY: &str = "factory.json";
const RESERVE: &str = "reserve";
/// As large as two states of a robot that has refused hundreds of versions.
const RESERVE_BYTES: usize = 256 << 10;

/// What one file says.
enum Copy<T> {
    Missing,
    Damaged(String),
    Says(T),
}

impl Store {
    /// Makes what is missing, mends what is damaged, and clears away what was left half done. Where the disk has no room for
    /// that, it is said, and what is there is used as it is.
    pub(super) fn begin(&self) -> Result<Status, StoreError> {
        for name in [INCOMING, Slot::Factory.name(), Slot::A.name(), Slot::B.name()] {
            let folder = self.folder.join(name);
            self.disk.create_folder(&folder).map_err(disk(&folder))?;
        }
        let _lock = self.lock()?;
        let mut status = self.read_state()?;
        let copies = STATE.map(|name| self.disk.read(&self.folder.join(name), MOST_BYTES).ok());
        // Missing, damaged, or written by a process that was ended between the two.
        if copies[0].is_none() || copies[0] != copies[1] || !status.complaints.is_empty() {
            match self.save(&status.saved()) {
                Err(error) if status.state.factory().is_some() => {
                    status.complaints.push(format!("the state cannot be mended: {error}"));
                }
                saved => saved?,
            }
        }
        self.sweep(&status.state);
        self.make_reserve();
        Ok(status)
    }

    pub(super) fn has_state(&self) -> bool {
        let has = |name: &&str| !matches!(self.read_copy::<Saved>(name), Ok(Copy::Missing));
        STATE.iter().any(has)
    }

    pub(super) fn lock(&self) -> Result<Lock, StoreError> {
        let path = self.folder.join(LOCK);
        self.disk.lock(&path).map_err(disk(&path))
    }

    /// Makes an event happen, by the state as it is on the disk.
    pub(super) fn change(&self, event: &Event) -> Result<Status, StoreError> {
        let _lock = self.lock()?;
        let status = self.read_state()?;
        let after = status.state.after(event)?;
        self.save_after(&status, event, after)
    }

    /// The same, where nothing has changed since a revision; otherwise what there is now. `None` where it cannot be
    /// written.
    pub(super) fn change_if(&self, revision: u64, event: &Event) -> Option<Status> {
        let _lock = self.lock().ok()?;
        let status = self.read_state().ok()?;
        if status.revision != revision {
            return Some(status);
        }
        let after = status.state.after(event).ok()?;
        self.save_after(&status, event, after).ok()
    }

    /// Writes the state after an event; the lock is kept.
    pub(super) fn save_after(&self, status: &Status, event: &Event, after: State) -> Result<Status, StoreError> {
        if after == status.state {
            return Ok(status.clone());
        }
        let mut history = status.history.clone();
        history::add(&mut history, now_secs(), event, &status.state, &after);
        let changed = Status {
            revision: status.revision + 1,
            state: after,
            history,
            complaints: Vec::new(),
        };
        self.save(&changed.saved())?;
        Ok(changed)
    }

    /// Reads both copies, and gives the newer one that is what was written.
    pub(super) fn read_state(&self) -> Result<Status, StoreError> {
        let mut complaints = Vec::new();
        let mut newest: Option<Saved> = None;
        let mut missing = 0;
        for name in STATE {
            let path = self.folder.join(name);
            match self.read_copy::<Saved>(name)? {
                Copy::Missing => missing += 1,
                Copy::Damaged(reason) => complaints.push(format!("{}: {reason}", path.display())),
                Copy::Says(saved) => {
                    if let Some(fault) = saved.state.fault() {
                        complaints.push(format!("{}: {fault}", path.display()));
                    } else if newest.as_ref().is_none_or(|newest| newest.revision < saved.revision) {
                        newest = Some(saved);
                    }
                }
            }
        }
        match newest {
            Some(saved) => {
                if missing > 0 {
                    complaints.push("one of the two copies of the state is missing".to_owned());
                }
                Ok(Status {
                    revision: saved.revision,
                    state: saved.state,
                    history: saved.history,
                    complaints,
                })
            }
            None => self.without_state(complaints),
        }
    }

    /// What is known without a state: the factory's release.
    fn without_state(&self, mut complaints: Vec<String>) -> Result<Status, StoreError> {
        let path = self.folder.join(FACTORY);
        let factory = match self.read_copy::<StoredRelease>(FACTORY)? {
            Copy::Says(release) if release.fault().is_none() => Some(release),
            Copy::Missing => None,
            Copy::Says(_) => {
                complaints.push(format!("{}: not a release", path.display()));
                None
            }
            Copy::Damaged(reason) => {
                complaints.push(format!("{}: {reason}", path.display()));
                None
            }
        };
        if factory.is_some() || !complaints.is_empty() {
            complaints.push(
                "the state of the store is lost: the factory release is in charge, and what was refused, rolled \
                 back or pinned before is forgotten: `sinew release pin` holds a version again"
                    .to_owned(),
            );
        }
        Ok(Status {
            revision: 0,
            state: State {
                factory,
                ..State::default()
            },
            history: Vec::new(),
            complaints,
        })
    }

    fn read_copy<T: DeserializeOwned>(&self, name: &str) -> Result<Copy<T>, StoreError> {
        let path = self.folder.join(name);
        let bytes = match self.disk.read(&path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Copy::Missing),
            Err(error) => return Ok(Copy::Damaged(error.to_string())),
        };
        match decode(&bytes) {
            Ok(value) => Ok(Copy::Says(value)),
            Err(Unreadable::Damaged(reason)) => Ok(Copy::Damaged(reason)),
            Err(Unreadable::Newer) => Err(StoreError::Newer { file: path }),
        }
    }

    fn save(&self, saved: &Saved) -> Result<(), StoreError> {
        let bytes = encode(saved).map_err(|error| StoreError::Release {
            reason: format!("the state cannot be written as JSON: {error}"),
        })?;
        let mut written = self.write_files(&STATE, &bytes);
        // What makes a robot safe has to be kept on a full disk, too: what is being downloaded gives way to it, then the
        // reserve, and at last the state is written over the one before.
        if is_full(&written) {
            self.clear_incoming();
            written = self.write_files(&STATE, &bytes);
        }
        if is_full(&written) {
            let reserve = self.folder.join(RESERVE);
            self.disk.remove(&reserve).map_err(disk(&reserve))?;
            written = self.write_files(&STATE, &bytes);
            self.make_reserve();
        }
        if is_full(&written) && self.has_both_copies() {
            written = self.overwrite_state(&bytes);
        }
        written
    }

    /// Removes what is being downloaded. It is emptied first, since who writes it now keeps it from giving back its room.
    pub fn clear_incoming(&self) {
        let incoming = self.incoming();
        for name in self.disk.list(&incoming).unwrap_or_default() {
            let path = incoming.join(name);
            if !self.disk.is_folder(&path) {
                // Where it fails it goes all the same.
                let _ = self.disk.write(&path, &[]);
            }
            let _ = self.disk.remove(&path);
        }
    }

    fn has_both_copies(&self) -> bool {
        STATE
            .iter()
            .all(|name| matches!(self.read_copy::<Saved>(name), Ok(Copy::Says(_))))
    }

    /// Writes one copy over itself, then the other: at each moment one of them is whole.
    fn overwrite_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        for name in STATE.iter().rev() {
            let path = self.folder.join(name);
            self.disk.overwrite(&path, bytes).map_err(disk(&path))?;
            self.disk.sync_file(&path).map_err(disk(&path))?;
        }
        Ok(())
    }

    /// Writes what is in the factory's slot, should the state be lost.
    pub(super) fn save_factory(&self, release: &StoredRelease) -> Result<(), StoreError> {
        if let Copy::Says(found) = self.read_copy::<StoredRelease>(FACTORY)?
            && found == *release
        {
            return Ok(());
        }
        let bytes = encode(release).map_err(|error| StoreError::Release {
            reason: format!("the release cannot be written as JSON: {error}"),
        })?;
        self.write_files(&[FACTORY], &bytes)
    }

    /// Writes files so that each is the old one or the new one after a power cut. All are written before the first
    /// takes its place: a disk that is full leaves all as they were.
    fn write_files(&self, names: &[&str], bytes: &[u8]) -> Result<(), StoreError> {
        let beside = |name: &str| self.folder.join(format!("{name}.new"));
        for name in names {
            let path = beside(name);
            let written = self.disk.write(&path, bytes);
            if let Err(error) = written.and_then(|()| self.disk.sync_file(&path)) {
                // What is there of them would take up the room that others need.
                for name in names {
                    let _ = self.disk.remove(&beside(name));
                }
                return Err(disk(&path)(error));
            }
        }
        for name in names {
            let path = self.folder.join(name);
            self.disk.rename(&beside(name), &path).map_err(disk(&path))?;
        }
        self.disk.sync_folder(&self.folder).map_err(disk(&self.folder))
    }

    /// As large as there is room for it.
    fn make_reserve(&self) {
        let path: PathBuf = self.folder.join(RESERVE);
        let is_there =
            (self.disk.read(&path, 2 * RESERVE_BYTES as u64)).is_ok_and(|found| found.len() == RESERVE_BYTES);
        if !is_there {
            let made = self.disk.write(&path, &vec![0; RESERVE_BYTES]);
            let _ = made.and_then(|()| self.disk.sync_file(&path));
        }
    }
}

impl Status {
    fn saved(&self) -> Saved {
        Saved {
            revision: self.revision.max(1),
            state: self.state.clone(),
            history: self.history.clone(),
        }
    }
}

fn is_full(written: &Result<(), StoreError>) -> bool {
    let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    matches!(written, Err(StoreError::Disk { cause, .. }) if kinds.contains(&cause.kind()))
}

fn now_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
