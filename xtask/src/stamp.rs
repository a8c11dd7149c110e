//! A stamp in a provisioned folder tells what it was made from, so that a second run can leave it be.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const FILE: &str = "made-from";

/// Whether `folder` was made, to the end, from just this `recipe`.
pub(crate) fn matches(folder: &Path, recipe: &str) -> bool {
    fs::read_to_string(folder.join(FILE)).is_ok_and(|found| found == recipe)
}

/// Says that `folder` is complete and was made from `recipe`. The last step of making it.
pub(crate) fn write(folder: &Path, recipe: &str) -> Result<()> {
    let path = folder.join(FILE);
    fs::write(&path, recipe).with_context(|| format!("cannot write {}", path.display()))
}

/// Says that `folder` is not complete, if it is there at all. The first step of changing it.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    let path = folder.join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_recipe_in_a_finished_folder_matches() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = "numpy==1\n";
        assert!(!matches(folder.path(), recipe));
        write(folder.path(), recipe).unwrap();
        assert!(matches(folder.path(), recipe));
        assert!(!matches(folder.path(), "numpy==2\n"));
        clear(folder.path()).unwrap();
        assert!(!matches(folder.path(), recipe));
        clear(folder.path()).unwrap();
    }
}
