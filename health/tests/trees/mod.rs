//! Recorded trees of machines: a line `PATH = CONTENT` for each file.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// The machines, by name.
pub(crate) const TREES: [(&str, &str); 4] = [
    ("orin_nano_jetpack_6", include_str!("orin_nano_jetpack_6.txt")),
    ("agx_orin_jetpack_7_2", include_str!("agx_orin_jetpack_7_2.txt")),
    ("agx_thor_jetpack_7", include_str!("agx_thor_jetpack_7.txt")),
    ("pc", include_str!("pc.txt")),
];

/// Its files in a folder of their own.
pub(crate) fn tree(name: &str) -> TempDir {
    let (_, recorded) = TREES.iter().find(|(known, _)| *known == name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for line in recorded.lines().filter(|line| !line.starts_with('#')) {
        let (path, content) = line.split_once(" =").unwrap();
        put(folder.path(), path, content.trim_start());
    }
    folder
}

/// Writes one file, with `\n` and `\0` for what they mean. What cannot be read is a folder.
pub(crate) fn put(root: &Path, path: &str, content: &str) {
    let file = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    if content == "<unreadable>" {
        fs::create_dir(file).unwrap();
    } else {
        let content = content.replace("\\n", "\n").replace("\\0", "\0");
        fs::write(file, content + "\n").unwrap();
    }
}
