//! Whether every link from one document to another leads somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Checks;
use crate::{process, project};

pub(super) fn check(checks: &mut Checks) {
    checks.make("Links between documents", || {
        let lost = lost_links(&project::root())?;
        if !lost.is_empty() {
            bail!("{}", lost.join("\n"));
        }
        Ok(())
    });
}

/// Links of the repository's documents that lead to no file, or to no heading of one.
fn lost_links(root: &Path) -> Result<Vec<String>> {
    let listed = process::output(process::command("git").args(["ls-files", "*.md"]))?;
    let mut lost = Vec::new();
    for document in listed.lines().map(PathBuf::from) {
        let path = root.join(&document);
        if !path.is_file() {
            continue;
        }
        let text = read(&path)?;
        for link in links(&text) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.with_file_name("").join(file)
            };
            if !target.exists() {
                lost.push(format!("{}: no file {file}", document.display()));
            } else if !heading.is_empty() && !anchors(&read(&target)?).any(|anchor| anchor == heading) {
                lost.push(format!(
                    "{}: no heading #{heading} in {}",
                    document.display(),
                    target.display()
                ));
            }
        }
    }
    Ok(lost)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Lines outside blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Targets of links within the repository. One that is a template's, such as `@FOLDER@/README.md`, is none.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
        .filter(|link| !link.contains("://") && !link.contains('@'))
}

/// What the headings of a document are called in links: as GitHub does.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    prose(text).filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_prose_are_found_and_those_to_elsewhere_are_not() {
        let text = "[a](b.md#c), [d](https://e.org)\n```rust\nlet x = v[0](f);\n```\n[g](#h) [t](@FOLDER@/x.md)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["b.md#c", "#h"]);
    }

    #[test]
    fn a_heading_is_called_as_github_calls_it() {
        let text = "# What `a` is, and what not\n```sh\n# no heading\n```\n## A robot with a ROS driver";
        let expected = ["what-a-is-and-what-not", "a-robot-with-a-ros-driver"];
        assert_eq!(anchors(text).collect::<Vec<_>>(), expected);
    }
}
