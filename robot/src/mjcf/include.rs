//! `<include file="…"/>`: replaces the element by the content of another file.

use std::path::{Path, PathBuf};

use crate::error::DescriptionError;
use crate::xml::Element;

/// Deepest chain of files that include each other.
const MAX_DEPTH: usize = 16;
/// Most inclusions in one description.
const MAX_INCLUSIONS: usize = 256;

/// Replaces all inclusions below `root`.
pub(super) fn expand(root: &mut Element) -> Result<(), DescriptionError> {
    let main_folder = folder(&root.file);
    let mut stack = vec![canonical(&root.file)];
    let mut inclusions = 0;
    expand_children(root, &main_folder, &mut stack, &mut inclusions)?;
    root.check_size()
}

fn expand_children(
    parent: &mut Element,
    main_folder: &Path,
    stack: &mut Vec<PathBuf>,
    inclusions: &mut usize,
) -> Result<(), DescriptionError> {
    let mut expanded = Vec::with_capacity(parent.children.len());
    for mut child in std::mem::take(&mut parent.children) {
        if child.tag != "include" {
            expand_children(&mut child, main_folder, stack, inclusions)?;
            expanded.push(child);
            continue;
        }
        let name = child
            .attribute("file")
            .filter(|name| !name.is_empty())
            .ok_or_else(|| child.attribute_error("file", "the name of a file", None))?;
        let file = locate(name, &folder(&child.file), main_folder);
        let identity = canonical(&file);
        if stack.contains(&identity) {
            return Err(child.error(format!("\"{name}\" includes itself")));
        }
        *inclusions += 1;
        if stack.len() >= MAX_DEPTH || *inclusions > MAX_INCLUSIONS {
            return Err(child.error(format!(
                "more than {MAX_INCLUSIONS} inclusions, or nested deeper than {MAX_DEPTH}"
            )));
        }
        let mut included = Element::read(&file)?;
        if included.tag != "mujoco" && included.tag != "mujocoinclude" {
            return Err(included.error("an included file must hold <mujoco> or <mujocoinclude>"));
        }
        stack.push(identity);
        expand_children(&mut included, main_folder, stack, inclusions)?;
        stack.pop();
        included.check_size()?;
        expanded.append(&mut included.children);
    }
    parent.children = expanded;
    Ok(())
}

/// A file named in a description: relative to the file that names it, else to the main file.
pub(super) fn locate(name: &str, naming_folder: &Path, main_folder: &Path) -> PathBuf {
    let near = naming_folder.join(name);
    if near.exists() { near } else { main_folder.join(name) }
}

/// The folder that a file lies in.
pub(super) fn folder(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

fn canonical(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}
