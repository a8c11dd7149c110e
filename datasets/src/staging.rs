//! A folder that is there when it is whole, and not before.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ExportError;

/// A folder beside the one that was asked for. It gets its name at the end, and is removed where there is none.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: PathBuf,
    target: PathBuf,
    is_done: bool,
}

impl Staging {
    pub(crate) fn new(target: &Path) -> Result<Self, ExportError> {
        if target.symlink_metadata().is_ok() {
            return Err(ExportError::Exists(target.to_owned()));
        }
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let folder = target.with_file_name(name);
        fs::create_dir_all(&folder).map_err(ExportError::write(&folder))?;
        Ok(Self {
            folder,
            target: target.to_owned(),
            is_done: false,
        })
    }

    /// A file in it, whose folder is there.
    pub(crate) fn file(&self, relative: &str) -> Result<PathBuf, ExportError> {
        let path = self.folder.join(relative);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(ExportError::write(folder))?;
        }
        Ok(path)
    }

    pub(crate) fn finish(mut self) -> Result<(), ExportError> {
        if self.target.symlink_metadata().is_ok() {
            return Err(ExportError::Exists(self.target.clone()));
        }
        fs::rename(&self.folder, &self.target).map_err(ExportError::write(&self.target))?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_done {
            // The error that led here is the one to tell.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
