//! Where a new crate gets Sinew from.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Sinew's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A git repository.
    Git(String),
}

impl Origin {
    /// What was asked for, or else the project that this program or the current directory lies in.
    pub(super) fn find(asked: Option<&str>) -> anyhow::Result<Self> {
        match asked {
            Some(text) if !Path::new(text).exists() && is_git(text) => Ok(Self::Git(text.to_owned())),
            Some(text) => {
                let folder = Path::new(text).canonicalize().with_context(|| {
                    format!("--sinew {text}: expected a folder that exists, or the URL of a git repository")
                })?;
                if !is_project(&folder) {
                    bail!("--sinew {text}: expected the folder of Sinew's own Cargo.toml, with nodes/sinew in it");
                }
                Ok(Self::Folder(folder))
            }
            None => {
                let program = env::current_exe().and_then(|path| path.canonicalize()).ok();
                let current = env::current_dir().ok();
                let starts = [program.as_deref().and_then(Path::parent), current.as_deref()];
                let mut above = starts.into_iter().flatten().flat_map(Path::ancestors);
                let folder = above.find(|folder| is_project(folder)).context(
                    "Sinew's source lies neither above this program nor above the current directory: say where \
                     with --sinew FOLDER or --sinew GIT_URL",
                )?;
                Ok(Self::Folder(folder.to_owned()))
            }
        }
    }

    /// A crate of Sinew as a dependency in a `Cargo.toml`, by the folder that it lies in.
    pub(super) fn dependency(&self, folder: &str) -> String {
        match self {
            Self::Folder(project) => format!("path = {}", quoted(&project.join(folder))),
            Self::Git(url) => format!("git = {}", quoted(Path::new(url))),
        }
    }

    /// What the new crate's README calls the folder of Sinew.
    pub(super) fn folder_in_text(&self) -> String {
        match self {
            Self::Folder(project) => project.display().to_string(),
            Self::Git(_) => "path/to/sinew".to_owned(),
        }
    }
}

/// As a string of TOML.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

fn is_git(text: &str) -> bool {
    text.contains("://") || text.starts_with("git@") || text.ends_with(".git")
}

fn is_project(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("nodes/sinew/Cargo.toml"));
    manifest.is_ok_and(|text| text.lines().any(|line| line == "name = \"sinew\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_git_repository_and_a_folder_has_to_be_sinews() {
        let url = "https://example.org/sinew.git";
        let origin = Origin::find(Some(url)).unwrap();
        assert_eq!(origin.dependency("nodes/framework"), format!("git = \"{url}\""));
        let other = tempfile::tempdir().unwrap();
        let refused = Origin::find(other.path().to_str()).unwrap_err().to_string();
        assert!(refused.contains("nodes/sinew in it"), "{refused}");
        let missing = Origin::find(Some("no/such/folder")).unwrap_err().to_string();
        assert!(missing.contains("a folder that exists"), "{missing}");
    }

    #[test]
    fn the_project_is_found_from_the_program() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()
            .unwrap();
        assert_eq!(Origin::find(None).unwrap(), Origin::Folder(root));
    }
}
