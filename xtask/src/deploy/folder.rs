//! Folders that become archives: the same bytes whenever they are made.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// All files of a folder and of those in it, sorted; links are left out.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read {}", folder.display()))?
            .path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Gives all that lies in a folder the rights that it has on every machine: what was executable for its owner is for all.
pub(super) fn settle_rights(folder: &Path) -> Result<()> {
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .with_context(|| format!("cannot set the rights of {}", path.display()))
    };
    set(folder, 0o755)?;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            settle_rights(&path)?;
        } else {
            let executable = fs::metadata(&path)?.permissions().mode() & 0o100 != 0;
            set(&path, if executable { 0o755 } else { 0o644 })?;
        }
    }
    Ok(())
}
