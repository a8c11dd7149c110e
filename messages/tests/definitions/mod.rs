//! The definitions that the shipped packages are made from.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use sinew_messages::generate::{Source, generate};

/// The packages of `tests/sample`.
pub(crate) const SAMPLES: [&str; 2] = ["arm_msgs", "hand_msgs"];

/// The Rust source of a shipped package, from the definitions of a ROS environment, or from `definitions`
/// beside this crate's sources for the packages that no environment made of wheels has.
pub(crate) fn shipped(environment: &Path, package: &str) -> Result<String, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions").join(package);
    let folder = if here.is_dir() {
        here
    } else {
        environment.join("share").join(package)
    };
    generated(&folder, package, &[])
}

/// The Rust source of a package of `tests/sample`.
pub(crate) fn sample(package: &str) -> Result<String, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample").join(package);
    generated(&folder, package, &SAMPLES)
}

fn generated(folder: &Path, package: &str, siblings: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut files = Vec::new();
    for kind in ["msg", "srv"] {
        if folder.join(kind).is_dir() {
            files.extend(definitions(&folder.join(kind), kind)?);
        }
    }
    if files.is_empty() {
        return Err(format!(
            "no definitions in {}: expected msg or srv files there",
            folder.display()
        )
        .into());
    }
    let sources: Vec<Source<'_>> = files.iter().map(|(file, text)| Source { file, text }).collect();
    Ok(generate(package, &sources, siblings, "sinew_messages")?)
}

fn definitions(folder: &Path, kind: &str) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == kind));
    files.sort();
    let read = |file: PathBuf| Ok((file.display().to_string(), fs::read_to_string(&file)?));
    files.into_iter().map(read).collect()
}

/// A macro that does something with each message type, from the sources of all packages.
pub(crate) fn type_list(sources: &[String]) -> String {
    let mut out = String::from(
        "//! Every shipped message, listed by `examples/regenerate.rs`.\n\n\
         /// Calls a macro with each type.\n\
         macro_rules! for_each_message {\n    ($action:ident) => {\n",
    );
    for line in sources.iter().flat_map(|source| source.lines()) {
        if let Some((package, rest)) = message_type(line).and_then(|name| name.split_once('/')) {
            let path = rest.replace('/', "::").replace('_', "");
            out += &format!("        $action!(sinew_messages::{package}::{path});\n");
        }
    }
    out + "    };\n}\n"
}

/// `package/msg/Name` where a line says that a message is of that type.
fn message_type(line: &str) -> Option<&str> {
    let name = line
        .trim()
        .strip_prefix("const TYPE: &'static str = \"")?
        .strip_suffix("\";")?;
    let is_service = name.contains("/srv/") && !name.ends_with("_Request") && !name.ends_with("_Response");
    (!is_service).then_some(name)
}
