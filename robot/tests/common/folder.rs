//! A folder that holds a robot for as long as a test takes.

use std::path::{Path, PathBuf};

/// A folder with one robot in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Where it is.
    #[allow(dead_code, reason = "not every test writes into it by itself")]
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into the folder, below which its name may have folders of its own.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }
}
