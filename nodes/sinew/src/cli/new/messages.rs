//! `sinew new messages`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use sinew_messages::generate::{Source, generate};

/// Largest definition that is read, bytes.
const MAX_DEFINITION: u64 = 1 << 20;
/// How the crate of a node names Sinew's own messages.
const MESSAGES: &str = "sinew_node::messages";

/// Makes Rust types from `.msg` and `.srv` files.
///
/// The types can be sent and received on every topic of a node like those that Sinew has. The file that
/// is made is a module: put it into src/, say `mod PACKAGE;`, and use `PACKAGE::msg::…`. The crate needs
/// the dependencies `serde` (with `derive`) and `sinew-node`, which `sinew new node` has put there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew new messages hand_msgs /opt/ros/jazzy/share/hand_msgs --out src/hand_msgs.rs\n  \
    sinew new messages hand_msgs Grip.msg Open.srv --out src/hand_msgs.rs\n\n\
    On ROS 2 a program knows the packages that were there when it was built. For a package of your own:\n  \
    source its setup file, so that AMENT_PREFIX_PATH has it;\n  \
    add its name and those of the packages it uses to IDL_PACKAGE_FILTER, where that is set;\n  \
    build again. In one process (`--bus local`) nothing of this is needed.")]
pub(super) struct MessagesArgs {
    /// ROS 2 package of the types.
    package: String,
    /// Its `.msg` and `.srv` files, or folders: all that lie in one, in its msg/ and in its srv/.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Packages that these types use, made by this command into modules beside this one.
    #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
    beside: Vec<String>,
    /// File to write; standard output by default.
    #[arg(long, value_name = "FILE.rs")]
    out: Option<PathBuf>,
}

impl MessagesArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let files = definitions(&self.files)?;
        let texts = files.iter().map(|file| {
            let text = sinew_files::read_text(file, MAX_DEFINITION)
                .with_context(|| format!("{}: cannot be read", file.display()))?;
            Ok((file.display().to_string(), text))
        });
        let texts = texts.collect::<anyhow::Result<Vec<_>>>()?;
        let sources: Vec<_> = texts.iter().map(|(file, text)| Source { file, text }).collect();
        let siblings: Vec<_> = self.beside.iter().map(String::as_str).collect();
        let code = generate(&self.package, &sources, &siblings, MESSAGES)?;
        match &self.out {
            None => print!("{code}"),
            Some(out) => {
                fs::write(out, code).with_context(|| format!("{}: cannot be written", out.display()))?;
                let (package, made) = (&self.package, files.len());
                eprintln!(
                    "{}: {made} definitions of {package}; say `mod {package};` beside it",
                    out.display()
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The files that are named, and those in the folders that are.
fn definitions(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for folder in [path.clone(), path.join("msg"), path.join("srv")] {
            let mut found: Vec<_> = entries(&folder).filter(|path| is_definition(path)).collect();
            found.sort();
            files.append(&mut found);
        }
        if files.len() == before {
            bail!(
                "{}: expected .msg or .srv files, there or in msg/ and srv/, found none",
                path.display()
            );
        }
    }
    Ok(files)
}

/// What lies in a folder; nothing where there is none.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
}

fn is_definition(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "msg" || ending == "srv")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(package: &str, files: &[&Path], out: &Path) -> anyhow::Result<String> {
        let args = MessagesArgs {
            package: package.to_owned(),
            files: files.iter().map(|file| file.to_path_buf()).collect(),
            beside: Vec::new(),
            out: Some(out.to_owned()),
        };
        args.run()?;
        Ok(fs::read_to_string(out)?)
    }

    #[test]
    fn a_folder_stands_for_the_definitions_in_it() {
        let package = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("msg/Grip.msg", "float64 force\n"),
            ("srv/Open.srv", "---\nbool done\n"),
            ("msg/x.idl", ""),
        ] {
            let file = package.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let code = run("hand_msgs", &[package.path()], &package.path().join("hand_msgs.rs")).unwrap();
        assert!(
            code.contains("pub struct Grip {")
                && code.contains("pub struct Open;")
                && code.contains("\"float64 force\\n\""),
            "{code}"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out.rs");
        let empty = run("hand_msgs", &[folder.path()], &out).unwrap_err().to_string();
        assert!(empty.contains("found none"), "{empty}");
        let missing = folder.path().join("Gone.msg");
        let gone = run("hand_msgs", &[&missing], &out).unwrap_err().to_string();
        assert!(gone.contains("Gone.msg: cannot be read"), "{gone}");
        let bad = folder.path().join("Bad.msg");
        fs::write(&bad, "float65 x\n").unwrap();
        let bad = run("hand_msgs", &[&bad], &out).unwrap_err().to_string();
        assert!(bad.contains("Bad.msg:1: expected"), "{bad}");
        assert!(!out.exists(), "nothing is written of what is wrong");
    }
}
