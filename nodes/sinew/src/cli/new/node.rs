//! `sinew new node`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::name::Name;
use super::origin::{Origin, quoted};

/// What the node of the templates is called.
const NAME: &str = "my_node";
const TYPE: &str = "MyNode";
const RUNTIME: &str = ".sinew/onnxruntime/libonnxruntime.so";

/// Where each template goes.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../../scaffold/Cargo.toml.in")),
    ("README.md", include_str!("../../../scaffold/README.md")),
    ("build.rs", include_str!("../../../scaffold/build.rs")),
    ("src/lib.rs", include_str!("../../../scaffold/src/lib.rs")),
    ("src/main.rs", include_str!("../../../scaffold/src/main.rs")),
    ("tests/my_node.rs", include_str!("../../../scaffold/tests/my_node.rs")),
    ("my_node.yaml", include_str!("../../../scaffold/my_node.yaml")),
    ("package.xml", include_str!("../../../scaffold/package.xml")),
    ("CMakeLists.txt", include_str!("../../../scaffold/CMakeLists.txt")),
    (".gitignore", include_str!("../../../scaffold/gitignore")),
];
/// Only where Sinew's folder is known.
const CARGO_CONFIG: (&str, &str) = (
    ".cargo/config.toml",
    include_str!("../../../scaffold/cargo-config.toml"),
);

/// Makes a crate with a node that compiles, is tested, and runs.
///
/// Alone it is a ROS 2 node; built with the feature `robot` it runs in one process with a simulated robot
/// (`--nodes control,sim,NAME`). It comes with parameters, an input and an output: change it into yours.
/// nodes/framework/README.md is the guide.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew new node go_to_goal                    makes ./go_to_goal on this checkout of Sinew\n  \
    sinew new node go_to_goal --in ~/ws/src      makes it in a ROS 2 workspace\n  \
    sinew new node go_to_goal --sinew https://…  makes it on a git repository of Sinew")]
pub(super) struct NodeArgs {
    /// What the node, its crate and its ROS 2 package are called, as in `go_to_goal`.
    name: Name,
    /// Folder to make it in.
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Sinew's folder or git repository; by default the one that this program was built in.
    #[arg(long, value_name = "FOLDER_OR_GIT_URL")]
    sinew: Option<String>,
}

impl NodeArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let origin = Origin::find(self.sinew.as_deref())?;
        let crate_folder = self.folder.join(self.name.as_str());
        make(&self.name, &origin, &crate_folder)?;
        eprintln!("{}", introduction(&self.name, &origin, &crate_folder));
        Ok(ExitCode::SUCCESS)
    }
}

fn make(name: &Name, origin: &Origin, crate_folder: &Path) -> anyhow::Result<()> {
    if crate_folder.exists() {
        bail!(
            "{}: expected a name that is free, found a file or folder of that name",
            crate_folder.display()
        );
    }
    for (path, template) in FILES {
        write(
            &crate_folder.join(path.replace(NAME, name.as_str())),
            &filled(template, name, origin),
        )?;
    }
    if let Origin::Folder(project) = origin {
        let (path, template) = CARGO_CONFIG;
        let config = template.replace("@RUNTIME@", &quoted(&project.join(RUNTIME)));
        write(&crate_folder.join(path), &config)?;
        // The versions that Sinew was tested with.
        let lock = fs::read_to_string(project.join("Cargo.lock"));
        if let Ok(lock) = lock {
            write(&crate_folder.join("Cargo.lock"), &lock)?;
        }
    }
    Ok(())
}

fn filled(template: &str, name: &Name, origin: &Origin) -> String {
    template
        .replace(NAME, name.as_str())
        .replace(TYPE, &name.type_name())
        .replace("@SINEW_NODE@", &origin.dependency("nodes/framework"))
        .replace("@SINEW@", &origin.dependency("nodes/sinew"))
        .replace("@SINEW_FOLDER@", &origin.folder_in_text())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}

fn introduction(name: &Name, origin: &Origin, crate_folder: &Path) -> String {
    let (name, sinew) = (name.as_str(), origin.folder_in_text());
    let no_runtime = match origin {
        Origin::Folder(project) => !project.join(RUNTIME).is_file(),
        Origin::Git(_) => false,
    };
    let mut text = format!(
        "{folder} is a node that walks 2 m and stands. src/lib.rs is yours to change; then\n  \
         cd {folder}\n  \
         cargo test --release\n  \
         cargo run --release --features robot -- {sinew}/launch/robots/strider.yaml --nodes control,sim,{name}\n\
         README.md says how it runs on ROS 2, {sinew}/nodes/framework/README.md how a node is written.",
        folder = crate_folder.display(),
    );
    if no_runtime {
        text += &format!("\nONNX Runtime is not there yet: `cargo xtask setup` in {sinew} gets it.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        "go_to_goal".parse().unwrap()
    }

    #[test]
    fn nothing_of_the_template_is_left_in_what_is_made() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("go_to_goal");
        make(&name(), &Origin::Git("https://example.org/sinew.git".into()), &folder).unwrap();
        for (path, _) in FILES {
            let text = fs::read_to_string(folder.join(path.replace(NAME, "go_to_goal"))).unwrap();
            for left in [NAME, TYPE, "@"] {
                let is_mail = |line: &&str| line.contains("maintainer email");
                let found = text
                    .lines()
                    .filter(|line| !is_mail(line))
                    .any(|line| line.contains(left));
                assert!(!found, "{path}: {left}");
            }
        }
        assert!(!folder.join(".cargo").exists(), "Sinew's folder is not known");
    }

    #[test]
    fn what_exists_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("go_to_goal");
        fs::write(&folder, "mine").unwrap();
        let error = make(&name(), &Origin::Git("x.git".into()), &folder)
            .unwrap_err()
            .to_string();
        assert!(error.contains("go_to_goal: expected a name that is free"), "{error}");
        assert_eq!(fs::read_to_string(&folder).unwrap(), "mine");
    }

    #[test]
    fn a_new_crate_asks_for_the_versions_that_sinew_has() {
        let workspace = include_str!("../../../../../Cargo.toml");
        let (template, _) = FILES[0].1.split_once("[profile.release]").unwrap();
        let version = |text: &str, dependency: &str| {
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("{dependency} = ")))
                .unwrap();
            line.split('"').nth(1).unwrap().to_owned()
        };
        for dependency in ["anyhow", "schemars", "serde", "tokio", "tracing"] {
            assert_eq!(
                version(template, dependency),
                version(workspace, dependency),
                "{dependency}"
            );
        }
    }

    /// Those of its examples that are not compiled by themselves.
    #[test]
    fn the_guide_quotes_what_is_made() {
        let guide = include_str!("../../../../framework/README.md");
        let with_r2r = include_str!("../../../../framework/examples/with_r2r.rs");
        let sources: Vec<_> = FILES.iter().map(|(_, text)| *text).chain([with_r2r]).collect();
        let quoted = ["```rust,ignore\n", "```yaml\n"].map(|fence| guide.split(fence).skip(1));
        let quotations: Vec<_> = quoted.into_iter().flatten().collect();
        assert!(quotations.len() >= 6, "{}", quotations.len());
        for quotation in quotations {
            let text = quotation.split("```").next().unwrap();
            assert!(sources.iter().any(|source| source.contains(text)), "not there: {text}");
        }
    }
}
