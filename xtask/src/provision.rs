//! Folders under `.sinew/` that are made once. A stamp in each tells what it was made from, so that
//! a second run can leave it be.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result};

const STAMP: &str = "made-from";

/// Whether a folder had to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provisioned {
    /// It was there, made from the same recipe.
    Before,
    /// It was made now.
    Now,
}

/// Has `make` make `folder`, unless it was made from the same `recipe` before and still has the file
/// `main` in it. Several runs at once take turns.
pub(crate) fn provision(
    folder: &Path,
    recipe: &str,
    main: &str,
    make: impl FnOnce() -> Result<()>,
) -> Result<Provisioned> {
    let stamp = folder.join(STAMP);
    let is_made = || folder.join(main).is_file() && fs::read_to_string(&stamp).is_ok_and(|found| found == recipe);
    if is_made() {
        return Ok(Provisioned::Before);
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let _turn = wait_for_turn(&folder.with_extension("lock"))?;
    if is_made() {
        return Ok(Provisioned::Before);
    }
    if stamp.exists() {
        fs::remove_file(&stamp).with_context(|| format!("cannot remove {}", stamp.display()))?;
    }
    make()?;
    fs::write(&stamp, recipe).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(Provisioned::Now)
}

/// Waits until no other run has the lock. Dropping the file gives it back.
fn wait_for_turn(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("Waiting for another run that makes the same");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn made(folder: &Path, recipe: &str) -> Provisioned {
        let make = || Ok(fs::write(folder.join("main"), "")?);
        provision(folder, recipe, "main", make).unwrap()
    }

    #[test]
    fn a_folder_is_made_once_for_each_recipe() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("deep/folder");
        assert_eq!(made(&folder, "numpy==1\n"), Provisioned::Now);
        assert_eq!(made(&folder, "numpy==1\n"), Provisioned::Before);
        assert_eq!(made(&folder, "numpy==2\n"), Provisioned::Now);
    }

    #[test]
    fn a_folder_that_is_not_whole_is_made_again() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("folder");
        assert_eq!(made(&folder, "one"), Provisioned::Now);
        provision(&folder, "two", "main", || bail!("no network")).unwrap_err();
        assert_eq!(made(&folder, "one"), Provisioned::Now);
        fs::remove_file(folder.join("main")).unwrap();
        assert_eq!(made(&folder, "one"), Provisioned::Now);
    }
}
