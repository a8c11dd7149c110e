//! `cargo xtask install`: Sinew as an ament package in a folder of the user's.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::wheel::Wheel;
use crate::{mujoco, onnxruntime, process, project, ros};

/// Parameter files lie beside the folders that they name, here and in the project: this is how the paths
/// inside them change.
const MOVED: &[(&str, &str)] = &[("../../sim/robots/", "../robots/"), ("../../models/", "../models/")];

/// The package's own set-up, for ROS 2's (`.dsv`, which needs no shell) and for shells.
const SETUPS: &[(&str, &str)] = &[
    (
        "local_setup.dsv",
        "prepend-non-duplicate;AMENT_PREFIX_PATH;\nprepend-non-duplicate;PATH;bin\n",
    ),
    (
        "local_setup.sh",
        r#"# Sourced by a ROS 2 workspace, which says where this lies. By hand: local_setup.bash or local_setup.zsh.
_sinew_prefix="${AMENT_CURRENT_PREFIX:-$COLCON_CURRENT_PREFIX}"
case ":$AMENT_PREFIX_PATH:" in
  *":$_sinew_prefix:"*) ;;
  *) export AMENT_PREFIX_PATH="$_sinew_prefix${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}" ;;
esac
case ":$PATH:" in
  *":$_sinew_prefix/bin:"*) ;;
  *) export PATH="$_sinew_prefix/bin:$PATH" ;;
esac
unset _sinew_prefix
"#,
    ),
    (
        "local_setup.bash",
        r#"AMENT_CURRENT_PREFIX="$(builtin cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
. "$AMENT_CURRENT_PREFIX/share/sinew/local_setup.sh"
unset AMENT_CURRENT_PREFIX
"#,
    ),
    (
        "local_setup.zsh",
        r#"AMENT_CURRENT_PREFIX="$(builtin cd -q "$(dirname "${(%):-%N}")/../.." && pwd)"
. "$AMENT_CURRENT_PREFIX/share/sinew/local_setup.sh"
unset AMENT_CURRENT_PREFIX
"#,
    ),
];

/// Builds `sinew`, on ROS 2 unless `plain` and with MuJoCo if asked to, and installs it into `prefix`.
pub(crate) fn run(prefix: &Path, plain: bool, with_mujoco: bool) -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    let mut features = Vec::new();
    let mut libraries = vec![onnxruntime::WHEEL];
    if with_mujoco {
        eprintln!("{}", mujoco::WHEEL.set_up()?);
        features.push(mujoco::FEATURE);
        libraries.push(mujoco::WHEEL);
    } else {
        eprintln!("MuJoCo is left out of the installation: `--mujoco` carries it");
    }
    if plain {
        process::hand_over(&mut process::sinew_build(&features))?;
    } else {
        let environment = ros::environment()?;
        eprintln!("{}", environment.description());
        ros::build(&environment, &features)?;
    }
    install_programs(prefix)?;
    for library in &libraries {
        install_library(prefix, library)?;
    }
    // `sinew` is the node by whose name it is called.
    for node in nodes()? {
        link("sinew", &prefix.join("lib/sinew").join(node))?;
    }
    install_shared(prefix)?;
    println!(
        "Sinew is in {0}: source {0}/share/sinew/local_setup.bash",
        prefix.display()
    );
    Ok(())
}

/// Installs the program that was built.
pub(crate) fn install_programs(prefix: &Path) -> Result<()> {
    let folder = prefix.join("lib/sinew");
    copy(&project::sinew(), &folder.join("sinew"))?;
    link("../lib/sinew/sinew", &prefix.join("bin/sinew"))?;
    Ok(())
}

/// Puts a library where the program looks for it, unless its variable names another: that one is used wherever the
/// variable is set.
pub(crate) fn install_library(prefix: &Path, wheel: &Wheel) -> Result<()> {
    let Some(folder) = wheel.folder() else {
        eprintln!(
            "{} stays where {} names it: set that wherever it is run",
            wheel.title, wheel.variable
        );
        return Ok(());
    };
    let library = prefix.join("lib/sinew/lib").join(wheel.library);
    copy(&folder.join(wheel.library), &library)?;
    // `ros2 run` takes whatever is executable for a program.
    fs::set_permissions(&library, fs::Permissions::from_mode(0o644))?;
    for text in wheel.licences() {
        let licence = prefix.join("share/sinew").join(wheel.folder).join(text);
        copy(&folder.join(text), &licence)?;
    }
    Ok(())
}

/// The names of the nodes that the program has which was built.
fn nodes() -> Result<Vec<String>> {
    let listed = process::output(Command::new(project::sinew()).arg("nodes"))?;
    // A name is the first word of its line.
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}

/// Installs all that is the same on every machine, as an ament package.
fn install_shared(prefix: &Path) -> Result<()> {
    let root = project::root();
    let share = prefix.join("share/sinew");
    write(&prefix.join("share/ament_index/resource_index/packages/sinew"), "")?;
    for (name, text) in SETUPS {
        write(&share.join(name), text)?;
    }
    copy(&root.join("package.xml"), &share.join("package.xml"))?;
    let launch = "launch/strider.launch.py";
    copy(&root.join(launch), &share.join(launch))?;
    copy_folder(&root.join("launch/worlds"), &share.join("worlds"), &["sdf"])?;
    install_robots(prefix)
}

/// Installs robots, models and parameter files.
pub(crate) fn install_robots(prefix: &Path) -> Result<()> {
    let root = project::root();
    let share = prefix.join("share/sinew");
    copy(&root.join("launch/camera.yaml"), &share.join("config/camera.yaml"))?;
    copy_folder(
        &root.join("launch/monitoring"),
        &share.join("monitoring"),
        &["yml", "json"],
    )?;
    copy_folder(&root.join("launch/fastdds"), &share.join("fastdds"), &["xml"])?;
    copy_folder(
        &root.join("sim/robots"),
        &share.join("robots"),
        &["xml", "urdf", "stl", "obj"],
    )?;
    copy_folder(&root.join("models"), &share.join("models"), &["onnx"])?;
    for file in entries(&root.join("launch/robots"))? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        write(
            &share.join("config").join(file.file_name().unwrap_or_default()),
            &moved(&text),
        )?;
    }
    Ok(())
}

/// A parameter file with the paths that hold where it is installed.
fn moved(text: &str) -> String {
    MOVED
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Copies what ends in one of `endings` from `from` and all folders in it. Empty folders are left out.
fn copy_folder(from: &Path, to: &Path, endings: &[&str]) -> Result<()> {
    for path in entries(from)? {
        let to = to.join(path.file_name().unwrap_or_default());
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_dir() {
            copy_folder(&path, &to, endings)?;
        } else if endings.contains(&ending) {
            copy(&path, &to)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

/// In one step, so that a program that runs already goes on with its own file.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let incoming = to.with_extension("incoming");
    make_folder_of(to)?;
    fs::copy(from, &incoming)
        .and_then(|_| fs::rename(&incoming, to))
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    make_folder_of(path)?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn link(to: &str, path: &Path) -> Result<()> {
    make_folder_of(path)?;
    if path.is_symlink() {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    symlink(to, path).with_context(|| format!("cannot link {}", path.display()))
}

fn make_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands after `key:` in a YAML file.
    fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
        let start = format!("{key}: ");
        text.lines()
            .filter_map(|line| line.trim().strip_prefix(&start))
            .collect()
    }

    #[test]
    fn the_paths_in_an_installed_parameter_file_lead_somewhere() {
        let prefix = tempfile::tempdir().unwrap();
        install_shared(prefix.path()).unwrap();
        let config = prefix.path().join("share/sinew/config");
        let mut seen = 0;
        for file in entries(&config).unwrap() {
            let text = fs::read_to_string(&file).unwrap();
            for key in ["robot_description", "path", "model", "extends"] {
                for path in values(&text, key) {
                    assert!(config.join(path).is_file(), "{}: {key}: {path}", file.display());
                    seen += 1;
                }
            }
        }
        assert!(seen >= 4, "found {seen} paths");
    }

    #[test]
    fn a_prefix_can_be_sourced_twice_and_is_found_first() {
        let prefix = tempfile::tempdir().unwrap();
        install_shared(prefix.path()).unwrap();
        let script = r#"source "$0/share/sinew/local_setup.bash"; source "$0/share/sinew/local_setup.bash"
            echo "$AMENT_PREFIX_PATH|${PATH%%:/*}|${AMENT_CURRENT_PREFIX-unset}""#;
        let mut bash = process::command("bash");
        bash.args(["-c", script])
            .arg(prefix.path())
            .env("AMENT_PREFIX_PATH", "/opt/ros");
        let at = prefix.path().display();
        let expected = format!("{at}:/opt/ros|{at}/bin|unset\n");
        assert_eq!(process::output(&mut bash).unwrap(), expected);
    }

    #[test]
    fn what_is_installed_again_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("deep/to"));
        for text in ["one", "two"] {
            fs::write(&from, text).unwrap();
            copy(&from, &to).unwrap();
            link("to", &folder.path().join("deep/link")).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join("deep/link")).unwrap(), text);
        }
        assert_eq!(entries(&folder.path().join("deep")).unwrap().len(), 2);
    }
}
