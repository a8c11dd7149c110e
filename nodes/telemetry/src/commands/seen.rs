//! Which commands were taken, over restarts.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How many commands are remembered that have not expired.
const MOST: usize = 4096;
/// Largest file, bytes.
const MOST_BYTES: u64 = 2 << 20;

/// Who else is on the machine need not know who asked what of the robot.
const MODE: u32 = 0o600;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// A command that expires at this time or before is not taken any more, whatever the clock says: its name may have
    /// been forgotten. s since 1970.
    floor: u64,
    /// Names of commands, and when they expire.
    taken: BTreeMap<String, u64>,
}

/// The names of commands that were taken, in a file.
#[derive(Debug)]
pub(super) struct Seen {
    file: PathBuf,
    content: Content,
}

impl Seen {
    /// From its file. Of one that cannot be read nothing is known: then no command is taken that one of before could
    /// be, which expire by `latest`.
    pub(super) fn open(file: &Path, latest: u64) -> Self {
        let content = match sinew_files::read(file, MOST_BYTES) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Content::default()),
            Err(_) => None,
        };
        if content.is_none() {
            tracing::error!(
                "{}: cannot be read: commands that may be old ones are refused",
                file.display()
            );
        }
        Self {
            file: file.to_owned(),
            content: content.unwrap_or(Content {
                floor: latest,
                taken: BTreeMap::new(),
            }),
        }
    }

    /// Whether a command is new.
    pub(super) fn is_new(&self, id: &str, expires: u64) -> bool {
        expires > self.content.floor && !self.content.taken.contains_key(id)
    }

    /// Remembers a command, on disk, before it is carried out.
    ///
    /// # Errors
    /// Where that cannot be: then it must not be carried out.
    pub(super) fn take(&mut self, id: &str, expires: u64, now: u64) -> io::Result<()> {
        let floor = &mut self.content.floor;
        self.content.taken.retain(|_, expired| {
            let is_kept = *expired >= now;
            if !is_kept {
                *floor = (*floor).max(*expired);
            }
            is_kept
        });
        if self.content.taken.len() >= MOST {
            return Err(io::Error::other(format!("{MOST} commands have not expired yet")));
        }
        self.content.taken.insert(id.to_owned(), expires);
        let result = self.write();
        if result.is_err() {
            self.content.taken.remove(id);
        }
        result
    }

    fn write(&self) -> io::Result<()> {
        let beside = self.file.with_extension("new");
        // One that a crash has left may have another mode.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(&beside)?;
        file.write_all(&serde_json::to_vec(&self.content)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.file)?;
        match self.file.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn its_file_is_its_owners_alone_whatever_a_crash_has_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("commands.json");
        fs::write(folder.path().join("commands.new"), "half").unwrap();
        let mut seen = Seen::open(&file, 0);
        seen.take("a", 20, 10).unwrap();
        seen.take("b", 20, 10).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, MODE);
        let again = Seen::open(&file, 0);
        assert!(!again.is_new("a", 20) && !again.is_new("b", 20) && again.is_new("c", 20));
    }
}
