//! Shared libraries that a program loads while it runs: where they are looked for, and whether their file is whole.

mod elf;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fmt};

pub use elf::check as check_library;

/// A shared library that `cargo xtask` fetches, an installed prefix has, or the user names.
#[derive(Debug, Clone, Copy)]
pub struct SharedLibrary {
    /// Environment variable that names the file.
    pub variable: &'static str,
    /// Name of the file, as `libmujoco.so`; one with a version behind it will do, too.
    pub file: &'static str,
    /// Folder for it in a project, as `.sinew/mujoco`.
    pub project_folder: &'static str,
}

/// Why a shared library was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// It is in none of the usual places; those of which the surroundings exist are named.
    Nowhere {
        /// Folders that were looked into.
        tried: Vec<PathBuf>,
    },
    /// The environment variable names a file that does not exist.
    NoSuchFile {
        /// What the variable holds.
        path: PathBuf,
    },
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere { tried } => {
                let tried: Vec<_> = tried.iter().map(|path| path.display().to_string()).collect();
                write!(f, "looked in {}", tried.join(", "))
            }
            Self::NoSuchFile { path } => write!(f, "`{}` does not exist", path.display()),
        }
    }
}

impl SharedLibrary {
    /// The library's file. The first of these wins:
    /// 1. the file that the environment variable names (nothing else is tried then);
    /// 2. the project's folder that the executable lies in;
    /// 3. `lib/` beside or one above the executable's folder, as in an installed prefix;
    /// 4. the project's folder in the current directory or above it.
    ///
    /// # Errors
    /// Where there is none.
    pub fn find(&self) -> Result<PathBuf, NotFound> {
        self.find_from(
            env::var_os(self.variable),
            env::current_exe().ok(),
            env::current_dir().ok(),
        )
    }

    fn find_from(
        &self,
        variable: Option<OsString>,
        executable: Option<PathBuf>,
        current_folder: Option<PathBuf>,
    ) -> Result<PathBuf, NotFound> {
        if let Some(path) = variable.filter(|value| !value.is_empty()).map(PathBuf::from) {
            return match path.canonicalize() {
                Ok(path) => Ok(path),
                Err(_) => Err(NotFound::NoSuchFile { path }),
            };
        }
        let mut tried = Vec::new();
        let executable = executable.and_then(|path| path.canonicalize().ok());
        if let Some(folder) = executable.as_deref().and_then(Path::parent) {
            tried.extend(folder.ancestors().map(|above| above.join(self.project_folder)));
            tried.extend(folder.ancestors().take(2).map(|above| above.join("lib")));
        }
        if let Some(folder) = &current_folder {
            tried.extend(folder.ancestors().map(|above| above.join(self.project_folder)));
        }
        match tried.iter().find_map(|folder| self.in_folder(folder)) {
            Some(path) => Ok(path),
            None => {
                tried.retain(|folder| folder.parent().is_some_and(Path::exists));
                tried.dedup();
                Err(NotFound::Nowhere { tried })
            }
        }
    }

    /// The library in `folder`: the plain name, else the last of the versioned ones.
    fn in_folder(&self, folder: &Path) -> Option<PathBuf> {
        let plain = folder.join(self.file);
        if plain.is_file() {
            return Some(plain);
        }
        let versioned = format!("{}.", self.file);
        let entries = std::fs::read_dir(folder).ok()?;
        let versioned = entries.flatten().map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            path.is_file() && name.is_some_and(|name| name.starts_with(&versioned))
        });
        versioned.max()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LIBRARY: SharedLibrary = SharedLibrary {
        variable: "NOBODY_SETS_THIS",
        file: "libthis.so",
        project_folder: ".sinew/this",
    };

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }

    #[test]
    fn the_variable_wins_and_must_name_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("mine.so");
        touch(&named);
        touch(&folder.path().join(".sinew/this/libthis.so"));
        let found = LIBRARY.find_from(Some(named.clone().into()), None, Some(folder.path().into()));
        assert_eq!(found.unwrap(), named.canonicalize().unwrap());
        let missing = folder.path().join("gone.so");
        let error = LIBRARY.find_from(Some(missing.clone().into()), None, Some(folder.path().into()));
        assert_eq!(error, Err(NotFound::NoSuchFile { path: missing }));
    }

    #[test]
    fn the_project_folder_is_found_from_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let executable = root.join("target/release/sinew");
        touch(&executable);
        let library = root.join(".sinew/this/libthis.so.1.31.1");
        touch(&library);
        assert_eq!(LIBRARY.find_from(None, Some(executable), None).unwrap(), library);
    }

    #[test]
    fn an_installed_prefix_is_found_from_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let executable = root.join("bin/sinew");
        touch(&executable);
        let library = root.join("lib/libthis.so");
        touch(&library);
        assert_eq!(LIBRARY.find_from(None, Some(executable), None).unwrap(), library);
    }

    #[test]
    fn a_library_that_is_nowhere_is_told_with_the_folders_that_were_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".sinew")).unwrap();
        let error = LIBRARY.find_from(None, None, Some(folder.path().into())).unwrap_err();
        assert!(error.to_string().contains(".sinew/this"), "{error}");
    }
}
