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

/// `src/ros/list.rs`: macros that do something with each type, from the sources of all packages.
pub(crate) fn type_list(sources: &[String]) -> String {
    let (mut messages, mut parts) = (String::new(), String::new());
    for line in sources.iter().flat_map(|source| source.lines()) {
        let Some(name) = type_name(line) else { continue };
        let is_part = name.ends_with("_Request") || name.ends_with("_Response");
        let Some((package, rest)) = name.split_once('/').filter(|_| is_part || !name.contains("/srv/")) else {
            continue;
        };
        let path = rest.replace('/', "::").replace('_', "");
        let list = if is_part { &mut parts } else { &mut messages };
        *list += &format!("        $action!($crate::{package}::{path});\n");
    }
    let list = |name, types, items: String| {
        format!(
            "\n/// Calls the macro `action` with each shipped type of {types}.\n\
             #[macro_export]\n\
             macro_rules! {name} {{\n    ($action:ident) => {{\n{items}    }};\n}}\n"
        )
    };
    String::from("//! Every shipped type, listed by `examples/regenerate.rs`.\n")
        + &list("for_each_message", "message", messages)
        + &list("for_each_request_and_response", "request and response", parts)
}

/// `package/msg/Name` where a line says that a type has that name.
fn type_name(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix("const TYPE: &'static str = \"")?
        .strip_suffix("\";")
}
