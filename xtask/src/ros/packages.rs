//! The message packages of a ROS 2 prefix, as its ament index lists them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// What Sinew's nodes exchange, and what r2r itself cannot do without.
const NEEDED: &[&str] = &[
    "action_msgs",
    "builtin_interfaces",
    "diagnostic_msgs",
    "geometry_msgs",
    "lifecycle_msgs",
    "nav_msgs",
    "rcl_interfaces",
    "rosgraph_msgs",
    "sensor_msgs",
    "service_msgs",
    "std_msgs",
    "std_srvs",
    "trajectory_msgs",
    "type_description_interfaces",
    "unique_identifier_msgs",
];

/// What they also exchange where it exists. The wheels have none of them.
const WELCOME: &[&str] = &["controller_manager_msgs", "tf2_msgs", "vision_msgs"];

const INTERFACES: &str = "rosidl_interfaces";
const DEPENDENCIES: &str = "package_run_dependencies";

/// Names the packages that bindings are to be made for: r2r takes a few seconds for each, and does not
/// look for what a package needs in turn, so this does. `own` are a user's.
///
/// # Errors
/// Names what Sinew needs and `prefixes` do not have.
pub(super) fn wanted(prefixes: &[PathBuf], distribution: &str, own: &[String]) -> Result<BTreeSet<String>> {
    // ROS 2 Humble is older than these two.
    let is_needed =
        |name: &str| distribution != "humble" || !matches!(name, "service_msgs" | "type_description_interfaces");
    let missing: Vec<_> = NEEDED
        .iter()
        .filter(|name| is_needed(name) && marker(prefixes, INTERFACES, name).is_none())
        .copied()
        .collect();
    if !missing.is_empty() {
        bail!(
            "the sourced ROS 2 lacks {0}: sudo apt-get install {1}",
            missing.join(", "),
            missing
                .iter()
                .map(|name| format!("ros-{distribution}-{}", name.replace('_', "-")))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    let mut open: Vec<String> = NEEDED.iter().chain(WELCOME).map(|&name| name.to_owned()).collect();
    open.extend_from_slice(own);
    let mut wanted = BTreeSet::new();
    while let Some(name) = open.pop() {
        if marker(prefixes, INTERFACES, &name).is_none() || wanted.contains(&name) {
            continue;
        }
        let dependencies = marker(prefixes, DEPENDENCIES, &name).unwrap_or_default();
        open.extend(dependencies.split(';').map(|name| name.trim().to_owned()));
        wanted.insert(name);
    }
    Ok(wanted)
}

/// What the ament index says of `name`.
fn marker(prefixes: &[PathBuf], kind: &str, name: &str) -> Option<String> {
    let file = Path::new("share/ament_index/resource_index").join(kind).join(name);
    prefixes
        .iter()
        .find_map(|prefix| fs::read_to_string(prefix.join(&file)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(prefix: &Path, name: &str, dependencies: &str) {
        for (kind, text) in [(INTERFACES, ""), (DEPENDENCIES, dependencies)] {
            let folder = prefix.join("share/ament_index/resource_index").join(kind);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(name), text).unwrap();
        }
    }

    fn prefix() -> tempfile::TempDir {
        let prefix = tempfile::tempdir().unwrap();
        NEEDED
            .iter()
            .for_each(|name| add(prefix.path(), name, "rosidl_default_runtime"));
        prefix
    }

    #[test]
    fn only_what_is_there_is_wanted() {
        let prefix = prefix();
        add(prefix.path(), "test_msgs", "");
        let wanted = wanted(&[prefix.path().to_owned()], "jazzy", &[]).unwrap();
        assert!(wanted.iter().eq(NEEDED.iter()), "{wanted:?}");
    }

    #[test]
    fn what_a_package_needs_is_wanted_too_wherever_it_lies() {
        let (base, overlay) = (prefix(), tempfile::tempdir().unwrap());
        add(overlay.path(), "tf2_msgs", "geometry_msgs;shape_msgs");
        add(base.path(), "shape_msgs", "mine;libthing");
        add(overlay.path(), "mine", "mine");
        let prefixes = [overlay.path().to_owned(), base.path().to_owned()];
        let wanted = wanted(&prefixes, "jazzy", &[]).unwrap();
        let more: Vec<_> = wanted.iter().filter(|name| !NEEDED.contains(&name.as_str())).collect();
        assert_eq!(more, ["mine", "shape_msgs", "tf2_msgs"]);
    }

    #[test]
    fn a_missing_package_is_named_with_the_command_that_gets_it() {
        let prefix = prefix();
        fs::remove_file(
            prefix
                .path()
                .join("share/ament_index/resource_index/rosidl_interfaces/nav_msgs"),
        )
        .unwrap();
        let error = wanted(&[prefix.path().to_owned()], "jazzy", &[])
            .unwrap_err()
            .to_string();
        assert!(error.ends_with("sudo apt-get install ros-jazzy-nav-msgs"), "{error}");
    }

    #[test]
    fn humble_does_not_need_what_came_later() {
        let prefix = prefix();
        let index = prefix.path().join("share/ament_index/resource_index/rosidl_interfaces");
        fs::remove_file(index.join("service_msgs")).unwrap();
        wanted(&[prefix.path().to_owned()], "jazzy", &[]).unwrap_err();
        assert_eq!(
            wanted(&[prefix.path().to_owned()], "humble", &[]).unwrap().len(),
            NEEDED.len() - 1
        );
    }

    #[test]
    fn the_package_manifest_names_every_needed_package_and_our_version() {
        let manifest = fs::read_to_string(crate::project::root().join("package.xml")).unwrap();
        for name in NEEDED {
            assert!(manifest.contains(&format!("<depend>{name}</depend>")), "{name}");
        }
        let version = format!("<version>{}</version>", env!("CARGO_PKG_VERSION"));
        assert!(manifest.contains(&version), "{version}");
    }
}
