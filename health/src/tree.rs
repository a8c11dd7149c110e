//! A machine's files below a root.

use std::path::{Path, PathBuf};

/// A file of `/sys`, `/proc` or `/etc` that is read here is no longer than this.
const MAX_BYTES: u64 = 64 * 1024;
/// Entries of one folder that are looked at.
const MAX_ENTRIES: usize = 4096;

/// Where the files of a machine lie: `/` for this one, or the folder of a recorded tree.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Below `root`, which has `sys`, `proc` and `etc` in it.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file lies that the machine has at `path`.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The text of a file, without the white space and the zero bytes around it.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.long_text(path, MAX_BYTES)
    }

    /// The same of a file of at most `max` bytes.
    pub(crate) fn long_text(&self, path: &str, max: u64) -> Option<String> {
        // The device tree has zero bytes in its texts, and a vendor's name may be in any encoding.
        let bytes = sinew_files::read(&self.path(path), max).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The number in a file.
    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        self.text(path)?.parse::<f64>().ok().filter(|number| number.is_finite())
    }

    /// The count in a file.
    pub(crate) fn count(&self, path: &str) -> Option<u64> {
        self.text(path)?.parse().ok()
    }

    /// The entries of a folder whose names are `prefix` and what follows it, by the numbers in their names.
    pub(crate) fn entries(&self, folder: &str, prefix: &str) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.path(folder))
            .into_iter()
            .flatten()
            .take(MAX_ENTRIES)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .collect();
        names.sort_by(|a, b| by_number(a, prefix).cmp(&by_number(b, prefix)).then_with(|| a.cmp(b)));
        names
    }

    /// The entries of a folder whose names are `prefix` and a number.
    pub(crate) fn numbered(&self, folder: &str, prefix: &str) -> Vec<(u32, String)> {
        let numbered = |name: String| Some((by_number(&name, prefix)?, format!("{folder}/{name}")));
        self.entries(folder, prefix).into_iter().filter_map(numbered).collect()
    }
}

/// The number after the prefix.
fn by_number(name: &str, prefix: &str) -> Option<u32> {
    name.strip_prefix(prefix)?.parse().ok()
}

/// Numbers as Linux lists them, such as `0-3,6`; nothing of what is no such list.
pub(crate) fn listed(text: &str) -> Vec<u32> {
    /// More cores than Linux knows.
    const MAX: u32 = 8192;
    let mut numbers = Vec::new();
    for part in text.trim().split(',').take(MAX as usize) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
            numbers.extend(first..last.min(MAX).saturating_add(1));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cores_are_read_as_linux_writes_them() {
        assert_eq!(listed("0-3,6"), [0, 1, 2, 3, 6]);
        assert_eq!(listed("5\n"), [5]);
        assert_eq!(listed(""), [0u32; 0]);
        assert_eq!(listed("managed_irq,2-3"), [2, 3]);
        assert!(listed("0-4294967295").len() < 10_000);
    }
}
