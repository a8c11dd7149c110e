//! A disk in memory that breaks at a given operation, is full at some size, and loses what was not synced.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rand::{Rng, RngExt};

use super::disk::{Disk, Lock};
use super::release::entry;
use crate::bundle::FileEntry;

/// The bytes of a file, and those that a power cut leaves.
#[derive(Debug, Clone, Default)]
struct Inode {
    bytes: Vec<u8>,
    synced: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone)]
enum Change {
    File(PathBuf, usize),
    Folder(PathBuf),
    Rename(PathBuf, PathBuf),
    /// With the files that went: what came to their names later stays.
    Remove(PathBuf, Vec<usize>),
}

#[derive(Debug, Clone, Default)]
struct Contents {
    inodes: Vec<Inode>,
    names: Names,
    /// The names that a power cut leaves.
    synced: Names,
    pending: Vec<Change>,
    /// Operations until the power is cut.
    left: Option<usize>,
    /// Operations until one fails, alone.
    fails: Option<usize>,
    /// Most bytes of all files.
    room: Option<usize>,
    count: usize,
    ignores_syncs: bool,
}

/// Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryDisk(Arc<Mutex<Contents>>);

impl Names {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::File(path, inode) => {
                self.files.insert(path.clone(), *inode);
            }
            Change::Folder(path) => {
                self.folders.insert(path.clone());
            }
            Change::Rename(from, to) => self.rename(from, to),
            Change::Remove(path, inodes) => {
                self.files
                    .retain(|file, inode| !(file.starts_with(path) && inodes.contains(inode)));
                let kept: Vec<PathBuf> = self.files.keys().cloned().collect();
                let is_empty = |folder: &PathBuf| !kept.iter().any(|file| file.starts_with(folder));
                self.folders
                    .retain(|folder| !(folder.starts_with(path) && is_empty(folder)));
            }
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let moved = |path: &PathBuf| Some(to.join(path.strip_prefix(from).ok()?));
        let name = |path: &PathBuf| moved(path).map(|path| path.components().collect::<PathBuf>());
        let files: Vec<_> = (self.files.iter())
            .filter_map(|(path, inode)| Some((path.clone(), name(path)?, *inode)))
            .collect();
        for (old, new, inode) in files {
            self.files.remove(&old);
            self.files.insert(new, inode);
        }
        let folders: Vec<_> = (self.folders.iter())
            .filter_map(|path| Some((path.clone(), name(path)?)))
            .collect();
        for (old, new) in folders {
            self.folders.remove(&old);
            self.folders.insert(new);
        }
    }
}

impl Change {
    fn is_in(&self, folder: &Path) -> bool {
        match self {
            Self::File(path, _) | Self::Folder(path) | Self::Remove(path, _) | Self::Rename(_, path) => {
                path.parent() == Some(folder)
            }
        }
    }
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Contents {
    /// Counts an operation; fails once the power is off.
    fn work(&mut self) -> io::Result<()> {
        self.count += 1;
        match &mut self.fails {
            Some(0) => {
                self.fails = None;
                return Err(io::Error::other("the disk has failed"));
            }
            Some(fails) => *fails -= 1,
            None => {}
        }
        match &mut self.left {
            Some(0) => Err(power_is_off()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn is_off(&self) -> bool {
        self.left == Some(0)
    }

    fn used(&self) -> usize {
        let inodes = self.names.files.values();
        inodes.map(|inode| self.inodes[*inode].bytes.len()).sum()
    }

    fn lacks_room(&self, more: usize) -> bool {
        self.room.is_some_and(|room| self.used() + more > room)
    }

    fn change(&mut self, change: Change) {
        self.names.apply(&change);
        self.pending.push(change);
    }

    fn inode(&self, path: &Path) -> io::Result<usize> {
        if self.names.folders.contains(path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.names.files.get(path).copied().ok_or_else(not_found)
    }
}

impl MemoryDisk {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap()
    }

    /// A disk of its own with the same contents.
    pub(super) fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.contents().clone())))
    }

    /// The power is cut after so many more operations; where it is cut, or will be before, it stays so.
    pub(super) fn cut_after(&self, operations: usize) {
        let mut contents = self.contents();
        contents.left = Some(contents.left.map_or(operations, |left| left.min(operations)));
    }

    /// One operation fails after so many more, and those that follow succeed.
    pub(super) fn fail_after(&self, operations: usize) {
        self.contents().fails = Some(operations);
    }

    /// From now on all files together take at most so many bytes more than they have.
    pub(super) fn set_room(&self, room: Option<usize>) {
        let mut contents = self.contents();
        let used = contents.used();
        contents.room = room.map(|room| used + room);
    }

    /// From now on what is to be synced is not.
    pub(super) fn ignore_syncs(&self) {
        self.contents().ignores_syncs = true;
    }

    /// How many operations there were that change something.
    pub(super) fn operations(&self) -> usize {
        self.contents().count
    }

    /// The power is cut and comes back: of what was not synced some is there and some is not, at random.
    pub(super) fn power_cut(&self, random: &mut impl Rng) {
        let mut contents = self.contents();
        let contents = &mut *contents;
        for change in std::mem::take(&mut contents.pending) {
            if random.random_bool(0.5) {
                contents.synced.apply(&change);
            }
        }
        contents.names = contents.synced.clone();
        for inode in &mut contents.inodes {
            if inode.bytes != inode.synced {
                let kept = random.random_range(0..=inode.bytes.len());
                let zeros = random.random_bool(0.3);
                match random.random_range(0..3) {
                    0 => {}
                    1 => inode.synced = inode.bytes[..kept].to_vec(),
                    _ => inode.synced = inode.bytes.clone(),
                }
                if zeros {
                    inode.synced.resize(inode.bytes.len(), 0);
                }
            }
            inode.bytes = inode.synced.clone();
        }
        (contents.left, contents.fails) = (None, None);
    }

    /// The files that are there.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.contents().names.files.keys().cloned().collect()
    }

    pub(super) fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let contents = self.contents();
        Some(contents.inodes[contents.inode(path).ok()?].bytes.clone())
    }

    /// Puts other bytes into a file, on the disk itself.
    pub(super) fn damage(&self, path: &Path, bytes: Vec<u8>) {
        let mut contents = self.contents();
        let inode = contents.inode(path).unwrap();
        contents.inodes[inode].synced = bytes.clone();
        contents.inodes[inode].bytes = bytes;
    }
}

impl Disk for MemoryDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut contents = self.contents();
        let above: Vec<PathBuf> = path.ancestors().map(Path::to_owned).collect();
        for folder in above.into_iter().rev() {
            if !contents.names.folders.contains(&folder) {
                contents.work()?;
                contents.change(Change::Folder(folder));
            }
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let contents = self.contents();
        if !contents.names.folders.contains(path) {
            return Err(not_found());
        }
        let all = contents.names.files.keys().chain(&contents.names.folders);
        let inside = all.filter(|name| name.parent() == Some(path));
        Ok(inside
            .map(|name| name.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.contents().names.folders.contains(path)
    }

    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        let contents = self.contents();
        if contents.is_off() {
            return Err(power_is_off());
        }
        let bytes = &contents.inodes[contents.inode(path)?].bytes;
        if bytes.len() as u64 > most {
            return Err(io::Error::other("too large"));
        }
        Ok(bytes.clone())
    }

    fn digest(&self, path: &Path, most: u64) -> io::Result<FileEntry> {
        Ok(entry(&self.read(path, most)?))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut contents = self.contents();
        let outcome = contents.work();
        if outcome.is_err() && !contents.is_off() {
            return outcome;
        }
        if !path
            .parent()
            .is_some_and(|folder| contents.names.folders.contains(folder))
        {
            return Err(not_found());
        }
        let inode = match contents.inode(path) {
            Ok(inode) => {
                contents.inodes[inode].bytes.clear();
                inode
            }
            Err(_) => {
                contents.inodes.push(Inode::default());
                let inode = contents.inodes.len() - 1;
                contents.change(Change::File(path.to_owned(), inode));
                inode
            }
        };
        // The power is cut in the middle of it.
        if outcome.is_err() {
            contents.inodes[inode].bytes = bytes[..bytes.len() / 2].to_vec();
            return outcome;
        }
        if contents.lacks_room(bytes.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        contents.inodes[inode].bytes = bytes.to_vec();
        Ok(())
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut contents = self.contents();
        let outcome = contents.work();
        if outcome.is_err() && !contents.is_off() {
            return outcome;
        }
        let inode = contents.inode(path)?;
        let more = bytes.len().saturating_sub(contents.inodes[inode].bytes.len());
        let is_done = outcome.is_ok() && (more == 0 || !contents.lacks_room(more));
        let old = &mut contents.inodes[inode].bytes;
        if is_done {
            *old = bytes.to_vec();
            return Ok(());
        }
        // Cut off in the middle of it: some of the new bytes, then the old ones.
        let half = (bytes.len() / 2).min(old.len());
        old[..half].copy_from_slice(&bytes[..half]);
        outcome.and(Err(io::ErrorKind::StorageFull.into()))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let mut contents = self.contents();
        contents.work()?;
        let inode = contents.inode(path)?;
        if contents.ignores_syncs {
            return Ok(());
        }
        contents.inodes[inode].synced = contents.inodes[inode].bytes.clone();
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut contents = self.contents();
        contents.work()?;
        if contents.ignores_syncs {
            return Ok(());
        }
        let pending = std::mem::take(&mut contents.pending);
        for change in pending {
            if change.is_in(path) {
                contents.synced.apply(&change);
            } else {
                contents.pending.push(change);
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut contents = self.contents();
        contents.work()?;
        if !contents.names.files.contains_key(from) && !contents.names.folders.contains(from) {
            return Err(not_found());
        }
        let is_full = contents.names.folders.contains(to);
        if is_full {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        contents.change(Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut contents = self.contents();
        contents.work()?;
        let inside = contents.names.files.iter().filter(|(file, _)| file.starts_with(path));
        let inodes = inside.map(|(_, inode)| *inode).collect();
        contents.change(Change::Remove(path.to_owned(), inodes));
        Ok(())
    }

    fn lock(&self, _path: &Path) -> io::Result<Lock> {
        if self.contents().is_off() {
            return Err(power_is_off());
        }
        Ok(Box::new(()))
    }
}
