//! The file of a latch: where it is, how it is read and written.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::latch::LatchState;

/// `latch_file` that stands for no file.
pub(super) const NO_LATCH_FILE: &str = "none";
/// More than any such file has.
const MOST_BYTES: u64 = 64 << 10;

/// The file of the node `full_name`: what the parameter says, or the usual place.
///
/// # Errors
/// Where there is no usual place.
pub(super) fn file_of(
    parameter: Option<&Path>,
    full_name: &str,
    simulated: bool,
    variable: impl Fn(&str) -> Option<OsString>,
) -> anyhow::Result<Option<PathBuf>> {
    match parameter {
        Some(path) if path == Path::new(NO_LATCH_FILE) => return Ok(None),
        Some(path) => return Ok(Some(path.to_owned())),
        // Nothing real can have moved.
        None if simulated => return Ok(None),
        None => {}
    }
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    let Some(state) = state else {
        bail!(
            "latch_file: expected a path, found none, and neither XDG_STATE_HOME nor HOME is set: a stop would be \
             forgotten when the process ends; give a path, or `none` if that is right for this robot"
        );
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '.' };
    let name: String = full_name.trim_start_matches('/').chars().map(plain).collect();
    Ok(Some(state.join("sinew").join(name + ".latch.json")))
}

/// What the file says: nothing, where there is none.
pub(super) fn read(file: &Path) -> anyhow::Result<LatchState> {
    let bytes = match sinew_files::read(file, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(LatchState::Nothing),
        Err(error) => return Err(error).with_context(|| format!("latch_file: {}: cannot be read", file.display())),
    };
    serde_json::from_slice(&bytes).with_context(|| format!("latch_file: {}: not what Sinew writes", file.display()))
}

/// Where it is written before it takes its place: a file of nobody else's.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// What is there already has to be a plain file, for another would be replaced by one.
fn must_be_plain(file: &Path) -> std::io::Result<()> {
    match sinew_files::open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

/// Writes what is kept: without anything to keep there is no file.
pub(super) fn write(file: &Path, kept: LatchState) -> anyhow::Result<()> {
    if kept == LatchState::Nothing {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    let beside = beside(file);
    let written = std::fs::File::create(&beside)?;
    serde_json::to_writer(&written, &kept)?;
    // On the disk before it has its name: a loss of power leaves the old file or the new one.
    written.sync_all()?;
    Ok(std::fs::rename(&beside, file)?)
}

/// Whether the file can be written.
pub(super) fn try_writing(file: &Path) -> anyhow::Result<()> {
    let tried = || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        if file.exists() {
            must_be_plain(file)?;
        }
        let beside = beside(file);
        std::fs::File::create(&beside)?;
        std::fs::remove_file(beside)
    };
    tried().with_context(|| {
        format!(
            "latch_file: {}: cannot be written, so that a stop would be forgotten when the process ends; give a path \
             that can be, or `none` if that is right for this robot",
            file.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_place_is_the_users_state_folder() {
        let home = |name: &str| (name == "HOME").then(|| "/home/me".into());
        let file = file_of(None, "/left/control", false, home).unwrap().unwrap();
        assert_eq!(file, Path::new("/home/me/.local/state/sinew/left.control.latch.json"));
        let xdg = |name: &str| (name == "XDG_STATE_HOME").then(|| "/state".into());
        let file = file_of(None, "/../control", false, xdg).unwrap().unwrap();
        assert_eq!(file, Path::new("/state/sinew/...control.latch.json"));
        assert!(file_of(None, "/control", false, |_| None).is_err());
        assert_eq!(file_of(None, "/control", true, home).unwrap(), None);
        let none = Some(Path::new("none"));
        assert_eq!(file_of(none, "/control", false, home).unwrap(), None);
        let given = Some(Path::new("/var/lib/robot.json"));
        assert_eq!(file_of(given, "/control", true, home).unwrap().as_deref(), given);
    }
}
