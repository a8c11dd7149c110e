//! The machine and this process, as Linux tells of them. What cannot be read is left away.

mod process;
mod sensors;

use std::path::{Path, PathBuf};

use crate::exposition::{Families, Labels};

/// A file of `/sys` or `/proc` is no longer than this.
const MAX_BYTES: u64 = 64 * 1024;

/// Where Linux tells of the machine and of this process.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    root: PathBuf,
}

impl Default for Machine {
    fn default() -> Self {
        Self::below("/")
    }
}

impl Machine {
    /// Of a tree that has `sys` and `proc` in it.
    pub(crate) fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Adds temperatures, power, this process and what it was built from.
    pub(crate) fn add(&self, families: &mut Families) {
        sensors::add(families, &self.root.join("sys/class"));
        process::add(families, &self.root.join("proc"));
        families.gauge(
            "sinew_build_info",
            "What runs.",
            Labels::default()
                .with("version", env!("CARGO_PKG_VERSION"))
                .with("arch", std::env::consts::ARCH),
            1.0,
        );
    }
}

/// The text of a file without the white space around it.
fn text(path: &Path) -> Option<String> {
    let text = sinew_files::read_text(path, MAX_BYTES).ok()?;
    Some(text.trim().to_owned())
}

/// The number in a file.
fn number(path: &Path) -> Option<f64> {
    text(path)?.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// The folders below `folder` whose names begin with `prefix`, in their order by name.
fn folders(folder: &Path, prefix: &str) -> Vec<(String, PathBuf)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.to_owned(), entry.path())))
        .filter(|(name, _)| name.starts_with(prefix))
        .collect();
    found.sort();
    found
}
