//! Where pictures go, and that nothing else is lost by it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cli::file_name::shown;

/// The picture that each of `files` becomes in `folder`: of its name, with the ending `png`; where two would have
/// the same, that ending comes after their own.
pub(super) fn targets(folder: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let short = |file: &PathBuf| {
        folder
            .join(file.file_name().unwrap_or(file.as_os_str()))
            .with_extension("png")
    };
    let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in files {
        *counts.entry(short(file)).or_default() += 1;
    }
    let target = |file: &PathBuf| {
        let target = short(file);
        if counts[&target] == 1 {
            return target;
        }
        let mut name = file.file_name().unwrap_or(file.as_os_str()).to_owned();
        name.push(".png");
        folder.join(name)
    };
    files.iter().map(target).collect()
}

/// Whether both are one file, by whatever names.
fn is_same(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Refuses to write over what is read.
///
/// # Errors
/// Where `target` is one of the inputs.
pub(super) fn spare_inputs(option: &str, target: &Path, inputs: &[&Path]) -> Result<()> {
    match inputs.iter().find(|input| is_same(target, input)) {
        Some(input) => bail!(
            "{option}: {} is the input {}, which would be overwritten: give another place",
            shown(target),
            shown(input)
        ),
        None => Ok(()),
    }
}

/// Refuses to write over what is there: inputs and links ever, other files unless `overwrite` says so.
///
/// # Errors
/// The first target that cannot be written without a loss.
pub(super) fn spare_all(targets: &[PathBuf], inputs: &[&Path], overwrite: bool) -> Result<()> {
    for target in targets {
        spare_inputs("--out", target, inputs)?;
        match fs::symlink_metadata(target) {
            Ok(found) if found.is_symlink() => {
                bail!(
                    "--out: {} is a link to another place: remove it, or give another folder",
                    shown(target)
                )
            }
            Ok(_) if !overwrite => bail!(
                "--out: {} is there already: give another folder, or --overwrite to replace it",
                shown(target)
            ),
            _ => {}
        }
    }
    Ok(())
}
