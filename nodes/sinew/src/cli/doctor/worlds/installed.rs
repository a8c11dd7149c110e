//! Which programs and ROS 2 packages there are on this machine.

use std::env;
use std::path::PathBuf;

use super::World;

/// The ROS 2 for which the launch file and its packages are, where none is sourced.
const DISTRIBUTION: &str = "jazzy";

/// The packages of the ROS 2 installation, and of the workspaces, that are sourced.
pub(super) struct Packages {
    prefixes: Vec<PathBuf>,
    distribution: Option<String>,
}

impl Packages {
    pub(super) fn sourced() -> Self {
        let prefixes = env::var_os("AMENT_PREFIX_PATH").unwrap_or_default();
        Self {
            prefixes: env::split_paths(&prefixes)
                .filter(|prefix| !prefix.as_os_str().is_empty())
                .collect(),
            distribution: env::var("ROS_DISTRO").ok().filter(|name| !name.is_empty()),
        }
    }

    /// Whether a package is there, by ament's index.
    pub(super) fn has(&self, package: &str) -> bool {
        let marker = PathBuf::from("share/ament_index/resource_index/packages").join(package);
        self.prefixes.iter().any(|prefix| prefix.join(&marker).is_file())
    }

    /// Expects that this program speaks ROS 2, and that an installation is sourced.
    pub(super) fn expect_ros(&self, world: &mut World) {
        if !has_program("ros2") {
            world.lacks_packages("the program `ros2` is not on PATH", [self.apt("ros-base")]);
            world.to_do.push(format!("source /opt/ros/{}/setup.bash", self.name()));
        }
        if !cfg!(feature = "ros2") {
            world.lacks_until(
                "this program was built without the feature `ros2`",
                "cargo xtask install --prefix ~/sinew, then `source ~/sinew/share/sinew/local_setup.bash`",
            );
        }
        if let Some(other) = self.distribution.as_deref().filter(|name| *name != DISTRIBUTION) {
            world.cautions.push(format!(
                "{other} is sourced; the launch file and its packages are for {DISTRIBUTION}"
            ));
        }
    }

    /// Expects packages, each with what has it in ROS 2's apt repository.
    pub(super) fn expect(&self, world: &mut World, packages: &[(&str, &str)]) {
        let missing = packages.iter().filter(|(package, _)| !self.has(package));
        let (names, providers): (Vec<&str>, Vec<&str>) = missing.copied().unzip();
        if !names.is_empty() {
            world.lacks_packages(
                format!("no package {} on AMENT_PREFIX_PATH", names.join(", ")),
                providers.into_iter().map(|provider| self.apt(provider)),
            );
        }
    }

    /// Expects a program of Gazebo's, which comes with the packages of ROS 2.
    pub(super) fn expect_gazebo(&self, world: &mut World) {
        if !has_program("gz") {
            world.lacks_packages("Gazebo's program `gz` is not on PATH", [self.apt("ros-gz")]);
        }
    }

    fn name(&self) -> &str {
        self.distribution.as_deref().unwrap_or(DISTRIBUTION)
    }

    fn apt(&self, package: &str) -> String {
        format!("ros-{}-{package}", self.name())
    }
}

/// Whether there is a program of that name on PATH.
pub(super) fn has_program(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}
