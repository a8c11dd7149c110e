//! A disk in memory that is full at some size, and loses what was not synced.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use rand::{Rng, RngExt};
use sinew_node::sync::lock;

use super::disk::Disk;

#[derive(Debug, Clone, Default)]
struct Stored {
    bytes: Vec<u8>,
    /// What a power cut leaves.
    synced: Vec<u8>,
    /// Whether its name outlives a power cut.
    is_named: bool,
}

#[derive(Debug, Default)]
struct Contents {
    files: BTreeMap<String, Stored>,
    /// Files that were removed since names were last synced.
    removed: BTreeMap<String, Stored>,
    capacity: Option<usize>,
}

/// Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryDisk(Arc<Mutex<Contents>>);

impl MemoryDisk {
    /// From now on all files together take at most so many bytes more than they have.
    pub(super) fn set_room(&self, room: Option<usize>) {
        let mut contents = lock(&self.0);
        let used: usize = contents.files.values().map(|file| file.bytes.len()).sum();
        contents.capacity = room.map(|room| used + room);
    }

    /// What was not synced is there, is there in part, or is gone, at random.
    pub(super) fn power_cut(&self, random: &mut impl Rng) {
        let mut contents = lock(&self.0);
        for (name, file) in std::mem::take(&mut contents.removed) {
            if file.is_named && random.random_bool(0.5) && !contents.files.contains_key(&name) {
                contents.files.insert(name, file);
            }
        }
        contents
            .files
            .retain(|_, file| file.is_named || random.random_bool(0.5));
        for file in contents.files.values_mut() {
            let kept = random.random_range(0..=file.bytes.len());
            let mut left = file.synced.clone();
            let from = file.synced.len().min(file.bytes.len());
            if file.bytes[..from] != file.synced[..from] {
                // Written in place: each page, or a part of it, is old or new.
                for (at, byte) in file.bytes.iter().enumerate().take(kept.min(from)) {
                    left[at] = *byte;
                }
            } else if kept > from {
                left.extend(&file.bytes[from..kept]);
                if random.random_bool(0.3) {
                    left.resize(file.bytes.len(), 0);
                }
            }
            file.bytes = left.clone();
            file.synced = left;
            file.is_named = true;
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        lock(&self.0).files.keys().cloned().collect()
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        lock(&self.0).files[name].bytes.clone()
    }

    pub(super) fn set_bytes(&self, name: &str, bytes: Vec<u8>) {
        if let Some(file) = lock(&self.0).files.get_mut(name) {
            file.bytes = bytes;
        }
    }

    /// A disk of its own with the same files.
    pub(super) fn copy(&self) -> Self {
        let contents = Contents {
            files: lock(&self.0).files.clone(),
            ..Contents::default()
        };
        Self(Arc::new(Mutex::new(contents)))
    }
}

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let contents = lock(&self.0);
        Ok((contents.files.iter())
            .map(|(name, file)| (name.clone(), file.bytes.len() as u64))
            .collect())
    }

    fn read(&mut self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let contents = lock(&self.0);
        let file = contents.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        let from = (offset as usize).min(file.bytes.len());
        Ok(file.bytes[from..(from + length).min(file.bytes.len())].to_vec())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut contents = lock(&self.0);
        let used: usize = contents.files.values().map(|file| file.bytes.len()).sum();
        let room = contents
            .capacity
            .map_or(usize::MAX, |capacity| capacity.saturating_sub(used));
        let file = contents.files.entry(name.to_owned()).or_default();
        file.bytes.extend(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut contents = lock(&self.0);
        let file = contents.files.entry(name.to_owned()).or_default();
        let end = offset as usize + bytes.len();
        if file.bytes.len() < end {
            file.bytes.resize(end, 0);
        }
        file.bytes[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        let mut contents = lock(&self.0);
        let file = contents.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        file.bytes.truncate(length as usize);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut contents = lock(&self.0);
        let file = contents.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        file.synced = file.bytes.clone();
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        let mut contents = lock(&self.0);
        contents.removed.clear();
        contents.files.values_mut().for_each(|file| file.is_named = true);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut contents = lock(&self.0);
        let file = contents.files.remove(name).ok_or(io::ErrorKind::NotFound)?;
        contents.removed.insert(name.to_owned(), file);
        Ok(())
    }
}
