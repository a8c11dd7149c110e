//! The releases on a robot's disk, and how far each has come.
//!
//! A store is a folder. Several processes act on it at once: the node `updater` brings releases in, the node that runs
//! the model moves them through their stages, `sinew release` acts for an operator. Each change is one [`Event`], made
//! under a lock that is free when its process dies, checked against the state as it is on the disk, and written so
//! that a power cut leaves the state before or the state after. Whoever reads takes no lock.
//!
//! ```text
//! lock                 taken for each change
//! state.json           what is in which slot, and how far it has come; form, checksum, JSON
//! state.copy.json      the same once more, against flipped bits
//! factory.json         what is in the factory's slot, should both be lost
//! factory/DIGEST/...   the release that the robot came with; never overwritten
//! a/DIGEST/...         the two slots of updates
//! b/DIGEST/...
//! incoming/            what is still being downloaded
//! reserve              room for one more state when the disk is full, after what is in incoming/
//! ```
//!
//! A release's folder has the name of its digest, and counts only once the state names it: the rename of the state
//! file is what switches.
//!
//! [`Store::in_charge`] gives a model whose bytes were hashed as they were read. Where they are not what was signed,
//! it goes back to the release before, then to the factory's, and says why.

mod changes;
mod disk;
mod error;
mod event;
mod file;
mod history;
#[cfg(test)]
mod memory_disk;
mod model;
mod read_only;
mod release;
mod saving;
mod slots;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod told;
mod transition;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::Unpacked;
use disk::{Disk, FileSystem};
pub use error::StoreError;
pub use event::{By, CRASH_LOOP, Event, Refusal, ShadowResult};
pub use history::Happened;
pub use model::ReleasedModel;
use read_only::ReadOnly;
pub use release::StoredRelease;
use slots::Fault;
pub use state::{Barred, Held, Process, Slot, Stage, State};
pub use steps::{Look, ReleaseSteps};
pub use told::Told;

use error::disk;

const INCOMING: &str = "incoming";

/// The releases of a robot.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    not_written: Option<String>,
}

/// What a store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Another number after each change.
    pub revision: u64,
    /// What is in which slot.
    pub state: State,
    /// What happened last, the oldest first.
    pub history: Vec<Happened>,
    /// What was found wrong with the files of the state.
    pub complaints: Vec<String>,
}

/// A release whose bytes are those that were signed.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The slot that it was read from.
    pub slot: Slot,
    /// The release.
    pub release: StoredRelease,
    /// How far it has come; none for the factory's.
    pub stage: Option<Stage>,
    /// Its folder, for messages: what runs is made of the bytes in `files`.
    pub folder: PathBuf,
    /// The bytes that were hashed, by their paths within the release.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Why slots before this one were passed over.
    pub passed_over: Vec<String>,
}

impl Store {
    /// Opens a store, and makes it where there is none. What a process left half done is cleared away. A store with a
    /// release that cannot be written is opened to be read: [`not_written`](Self::not_written) says why.
    ///
    /// # Errors
    /// Where the folder cannot be made, or has no release and cannot be written, or a newer program has written it.
    pub fn open(folder: &Path) -> Result<(Self, Status), StoreError> {
        Self::on(Arc::new(FileSystem), folder)
    }

    fn on(disk: Arc<dyn Disk>, folder: &Path) -> Result<(Self, Status), StoreError> {
        let store = Self {
            folder: folder.to_owned(),
            disk,
            not_written: None,
        };
        match store.begin() {
            Err(error @ StoreError::Disk { .. }) => store.to_be_read(&error).ok_or(error),
            begun => begun.map(|status| (store, status)),
        }
    }

    /// A store that is there already; nothing is made or written.
    ///
    /// # Errors
    /// Where there is none.
    pub fn existing(folder: &Path) -> Result<Self, StoreError> {
        Self::found_on(Arc::new(FileSystem), folder, None)
    }

    /// The same for who only looks: every change of it is refused, and what is damaged is passed over and left as it is.
    ///
    /// # Errors
    /// Where there is none.
    pub fn read_only(folder: &Path) -> Result<Self, StoreError> {
        let why = "this store was opened to be read".to_owned();
        let disk = ReadOnly::new(Arc::new(FileSystem), why.clone());
        Self::found_on(Arc::new(disk), folder, Some(why))
    }

    fn found_on(disk: Arc<dyn Disk>, folder: &Path, not_written: Option<String>) -> Result<Self, StoreError> {
        let store = Self {
            folder: folder.to_owned(),
            disk,
            not_written,
        };
        if store.has_state() {
            Ok(store)
        } else {
            Err(StoreError::Missing {
                folder: folder.to_owned(),
            })
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the store knows now.
    ///
    /// # Errors
    /// Where a newer program has written it, or the system refuses to read it.
    pub fn status(&self) -> Result<Status, StoreError> {
        self.read_state()
    }

    /// Copies the release that a robot comes with into the factory's slot. Where the same one is there, nothing
    /// changes, unless its bytes are damaged: then they are written anew.
    ///
    /// # Errors
    /// Where another is there, or the bytes in `from` are not those of the release.
    pub fn install_factory(&self, release: &StoredRelease, from: &Path) -> Result<Status, StoreError> {
        refuse_fault(release)?;
        let event = Event::FactoryInstalled(release.clone());
        self.status()?.state.after(&event)?;
        let slot = self.slot_folder(Slot::Factory);
        let place = slots::place(&slot, release);
        if slots::load(&*self.disk, &place, release).is_err() {
            // The lock is kept meanwhile: this is done once in a robot's life.
            let _lock = self.lock()?;
            self.read_state()?.state.after(&event)?;
            self.disk.remove(&place).map_err(disk(&place))?;
            self.disk.create_folder(&place).map_err(disk(&place))?;
            slots::copy(&*self.disk, from, &place, release)?;
            self.disk.sync_folder(&slot).map_err(disk(&slot))?;
        }
        self.save_factory(release)?;
        self.change(&event)
    }

    /// The folder for what is being downloaded, on the same file system as the slots. It is whoever downloads that
    /// keeps order in it; all of it goes once a release is staged.
    pub fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// Checks the files of a release in a folder within [`incoming`](Self::incoming), and moves them into the free
    /// slot. A release that is the candidate already stays as it is.
    ///
    /// # Errors
    /// Where a file is missing, or is not the one that was signed (it is removed, so that it is brought again), or the
    /// release may not be staged now.
    pub fn stage(&self, release: &StoredRelease, from: &Path) -> Result<Status, StoreError> {
        // Without the lock, for it takes as long as the release is large. What is loaded is hashed again.
        self.take_in(release, from, || slots::verify(&*self.disk, from, release))
    }

    /// The same for a release that was verified when it was unpacked there.
    ///
    /// # Errors
    /// As [`stage`](Self::stage).
    pub fn stage_unpacked(&self, unpacked: &Unpacked) -> Result<Status, StoreError> {
        let release = StoredRelease::of(unpacked.manifest()).map_err(|error| StoreError::Release {
            reason: error.to_string(),
        })?;
        self.take_in(&release, unpacked.folder(), || Ok(()))
    }

    fn take_in(
        &self,
        release: &StoredRelease,
        from: &Path,
        verify: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<Status, StoreError> {
        refuse_fault(release)?;
        let event = Event::Staged(release.clone());
        let status = self.status()?;
        status.state.may_stage(&release.version)?;
        let is_there = |status: &Status| {
            status
                .state
                .candidate()
                .is_some_and(|(_, held)| held.release == *release)
        };
        if is_there(&status) {
            return Ok(status);
        }
        verify()?;
        let incoming = self.incoming();
        self.disk.sync_folder(&incoming).map_err(disk(&incoming))?;
        let _lock = self.lock()?;
        let status = self.read_state()?;
        let after = status.state.after(&event)?;
        let Some((slot, _)) = after.candidate().filter(|_| !is_there(&status)) else {
            return Ok(status);
        };
        // Where the slot holds this release as the one before, its bytes stay.
        if status.state.release(slot) != Some(release) {
            let slot = self.slot_folder(slot);
            let to = slots::place(&slot, release);
            // Left by a process that was ended between the rename and the state.
            self.disk.remove(&to).map_err(disk(&to))?;
            self.disk.rename(from, &to).map_err(disk(from))?;
            self.disk.sync_folder(&slot).map_err(disk(&slot))?;
        }
        let status = self.save_after(&status, &event, after)?;
        self.sweep(&status.state);
        slots::sweep(&*self.disk, &incoming, &[]);
        Ok(status)
    }

    /// The release that is to run: the one in charge, or the next before it whose bytes are what was signed. What is
    /// damaged is noted, so that it is brought again.
    ///
    /// # Errors
    /// Where no release of the store can be verified.
    pub fn in_charge(&self) -> Result<Loaded, StoreError> {
        let mut reasons = Vec::new();
        let mut status = self.status()?;
        reasons.append(&mut status.complaints);
        loop {
            let slot = status.state.in_charge();
            let Some(release) = status.state.release_in_charge().cloned() else {
                reasons.push("the factory's slot is empty".to_owned());
                return Err(StoreError::NothingVerified { reasons });
            };
            match self.load(&status.state, slot, release) {
                Ok(loaded) => {
                    return Ok(Loaded {
                        passed_over: reasons,
                        ..loaded
                    });
                }
                Err(fault) => {
                    // Another process may have put something else in charge while this one read.
                    let now = self.status()?;
                    if now.revision != status.revision {
                        status = now;
                        continue;
                    }
                    reasons.push(format!("slot {slot}: {}", fault.reason()));
                    if slot == Slot::Factory {
                        return Err(StoreError::NothingVerified { reasons });
                    }
                    status = self.without(status, slot, &fault);
                }
            }
        }
    }

    /// The release that may follow the one in charge, with its bytes.
    ///
    /// # Errors
    /// Where its bytes are not what was signed: it is then gone from its slot, to be brought again.
    pub fn candidate(&self) -> Result<Option<Loaded>, StoreError> {
        let status = self.status()?;
        let Some((slot, held)) = status.state.candidate() else {
            return Ok(None);
        };
        let release = held.release.clone();
        let folder = slots::place(&self.slot_folder(slot), &release);
        self.load(&status.state, slot, release).map(Some).map_err(|fault| {
            let reason = fault.reason().to_owned();
            self.without(status.clone(), slot, &fault);
            StoreError::File { file: folder, reason }
        })
    }

    /// The release that takes charge when the one in charge is taken back, with its bytes.
    ///
    /// # Errors
    /// Where there is none, or its bytes are not what was signed. Nothing is changed by that.
    pub fn fallback(&self) -> Result<Loaded, StoreError> {
        let state = self.status()?.state;
        let slot = state.fallback();
        let release = state.release(slot).cloned().ok_or(Refusal::NoFactory)?;
        let folder = slots::place(&self.slot_folder(slot), &release);
        self.load(&state, slot, release).map_err(|fault| StoreError::File {
            file: folder,
            reason: fault.reason().to_owned(),
        })
    }

    /// Reads a slot and hashes it; an empty one is as it should be.
    ///
    /// # Errors
    /// Where its bytes are not what was signed. Nothing is changed by that.
    pub fn verify(&self, slot: Slot) -> Result<(), StoreError> {
        let state = self.status()?.state;
        let Some(release) = state.release(slot).cloned() else {
            return Ok(());
        };
        let folder = slots::place(&self.slot_folder(slot), &release);
        let loaded = self.load(&state, slot, release);
        loaded.map(drop).map_err(|fault| StoreError::File {
            file: folder,
            reason: fault.reason().to_owned(),
        })
    }

    fn load(&self, state: &State, slot: Slot, release: StoredRelease) -> Result<Loaded, Fault> {
        let folder = slots::place(&self.slot_folder(slot), &release);
        Ok(Loaded {
            slot,
            files: slots::load(&*self.disk, &folder, &release)?,
            release,
            stage: state.held(slot).map(|held| held.stage),
            folder,
            passed_over: Vec::new(),
        })
    }

    /// The status without what a slot holds. The disk is told where the bytes are wrong, and where it can be told: a
    /// robot with a disk that cannot be written has to start all the same.
    fn without(&self, status: Status, slot: Slot, fault: &Fault) -> Status {
        let event = Event::Damaged(slot);
        let told = match fault {
            Fault::Wrong(_) => self.change_if(status.revision, &event),
            Fault::Unreadable(_) => None,
        };
        told.unwrap_or_else(|| Status {
            state: status.state.after(&event).unwrap_or_default(),
            ..status
        })
    }

    fn slot_folder(&self, slot: Slot) -> PathBuf {
        self.folder.join(slot.name())
    }

    fn sweep(&self, state: &State) {
        for slot in [Slot::A, Slot::B] {
            let keep: Vec<String> = (state.release(slot).map(|release| release.digest().to_string()))
                .into_iter()
                .collect();
            slots::sweep(&*self.disk, &self.slot_folder(slot), &keep);
        }
    }
}

fn refuse_fault(release: &StoredRelease) -> Result<(), StoreError> {
    match release.fault() {
        Some(reason) => Err(StoreError::Release { reason }),
        None => Ok(()),
    }
}
