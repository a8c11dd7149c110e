//! What the PyPI wheels of ROS 2 lack for programs that are not Python, put into their environment.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process;

/// Names the contents of this module in the recipe of the environment: to be counted up when they change.
pub(super) const RECIPE: &str = "overlay 1\n";

/// Libraries with this ending need Python's own symbols. ROS 2's core libraries ask for them without
/// using them, so that a program outside Python cannot start.
const PYTHON_LIBRARY: &str = "__rosidl_generator_py.so";
const EMPTY: &str = "empty.so";

/// Adds to the environment in `prefix` what a program needs to link and run. Can be repeated.
pub(super) fn complete(prefix: &Path) -> Result<()> {
    // The wheels' libraries name the one middleware there is; r2r links the library that chooses one.
    link(
        "librmw_fastrtps_cpp.so".as_ref(),
        &prefix.join("lib/librmw_implementation.so"),
    )?;
    // In a folder of their own, which Python is not told of: it needs the real ones.
    let folder = stand_ins(prefix);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if !folder.join(EMPTY).is_file() {
        make_empty_library(&folder.join(EMPTY))?;
    }
    for name in python_libraries(&prefix.join("lib"))? {
        link(EMPTY.as_ref(), &folder.join(name))?;
    }
    Ok(())
}

/// The folder of the empty libraries, which has to be searched before `lib`.
pub(super) fn stand_ins(prefix: &Path) -> PathBuf {
    prefix.join("lib/stand_ins")
}

fn make_empty_library(path: &Path) -> Result<()> {
    process::output(
        process::command("cc")
            .args(["-shared", "-nostdlib", "-x", "c", "/dev/null", "-o"])
            .arg(path),
    )
    .context("a C compiler is needed: sudo apt-get install gcc libc6-dev")
    .map(drop)
}

fn python_libraries(folder: &Path) -> Result<Vec<OsString>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let names = entries.flatten().map(|entry| entry.file_name());
    Ok(names
        .filter(|name| name.to_str().is_some_and(|name| name.ends_with(PYTHON_LIBRARY)))
        .collect())
}

fn link(to: &Path, path: &Path) -> Result<()> {
    if path.is_symlink() {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    symlink(to, path).with_context(|| format!("cannot link {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_completed_once_or_twice_with_the_same_result() {
        let scratch = tempfile::tempdir().unwrap();
        let lib = scratch.path().join("lib");
        fs::create_dir_all(&lib).unwrap();
        for name in [
            "librmw_fastrtps_cpp.so",
            "libstd_msgs__rosidl_generator_py.so",
            "libstd_msgs__rosidl_generator_c.so",
        ] {
            fs::write(lib.join(name), "").unwrap();
        }
        for _ in 0..2 {
            complete(scratch.path()).unwrap();
            let mut found: Vec<_> = fs::read_dir(stand_ins(scratch.path()))
                .unwrap()
                .flatten()
                .map(|entry| entry.file_name())
                .collect();
            found.sort();
            assert_eq!(found, ["empty.so", "libstd_msgs__rosidl_generator_py.so"]);
            assert!(lib.join("librmw_implementation.so").is_file());
        }
    }
}
