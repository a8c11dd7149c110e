//! libclang, with which r2r's bindings to ROS 2's C headers are generated.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::apt;

/// Makes sure that there is one on this machine where the generator looks for it.
pub(super) fn require() -> Result<()> {
    if env::var_os("LIBCLANG_PATH").is_some() || is_in(&usual_folders()) {
        return Ok(());
    }
    apt::install("libclang-dev", "building on ROS 2")
}

fn usual_folders() -> Vec<PathBuf> {
    let arch = env::consts::ARCH;
    let mut folders: Vec<PathBuf> = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from).into();
    folders.push(format!("/usr/lib/{arch}-linux-gnu").into());
    // Debian keeps each version in a folder of its own.
    let versions = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.extend(versions.filter_map(|entry| {
        let is_llvm = entry.file_name().to_str().is_some_and(|name| name.starts_with("llvm"));
        is_llvm.then(|| entry.path().join("lib"))
    }));
    folders
}

fn is_in(folders: &[PathBuf]) -> bool {
    folders.iter().any(|folder| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).any(|path| is_libclang(&path))
    })
}

/// Whether it is `libclang.so`, with or without versions; `libclang-cpp.so` is another library.
fn is_libclang(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((stem, _)) = name.split_once(".so") else {
        return false;
    };
    let version = stem.strip_prefix("libclang");
    version.is_some_and(|version| version.chars().all(|char| matches!(char, '-' | '.' | '0'..='9')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_library_with_the_c_interface_counts() {
        for name in [
            "libclang.so",
            "libclang.so.1",
            "libclang-14.so.1",
            "libclang-18.so.18.1.1",
        ] {
            assert!(is_libclang(Path::new(name)), "{name}");
        }
        for name in ["libclang-cpp.so.14", "libclangBasic.a", "libc.so.6", "clang.so", ""] {
            assert!(!is_libclang(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_folder_with_it_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let folders = ["/nowhere".into(), folder.path().to_owned()];
        assert!(!is_in(&folders));
        std::fs::write(folder.path().join("libclang-16.so.1"), "").unwrap();
        assert!(is_in(&folders));
    }
}
