//! In which worlds a robot's files can be run on this machine: simulators, and a real robot behind ros2_control.

mod gazebo;
mod installed;
mod ros2_control;
mod simulated;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sinew::declared::ParameterFiles;
use sinew::node::RosArgs;
use sinew::plan::{Plan, Robot};

use self::installed::Packages;

/// A world, and what it lacks for the robot to be in it.
#[derive(Debug, Serialize)]
pub(super) struct World {
    /// What it is.
    subject: &'static str,
    /// Whether nothing is missing.
    good: bool,
    /// How the robot is brought into it.
    command: String,
    /// What is not there, or does not fit.
    missing: Vec<String>,
    /// What would bring it.
    to_do: Vec<String>,
    /// What to know in any case.
    cautions: Vec<String>,
    /// Debian packages that would bring some of what is missing.
    #[serde(skip)]
    packages: BTreeSet<String>,
}

impl World {
    fn new(subject: &'static str, command: impl Into<String>) -> Self {
        Self {
            subject,
            good: true,
            command: command.into(),
            missing: Vec::new(),
            to_do: Vec::new(),
            cautions: Vec::new(),
            packages: BTreeSet::new(),
        }
    }

    /// Notes that something is missing.
    fn lacks(&mut self, what: impl Into<String>) {
        self.good = false;
        self.missing.push(what.into());
    }

    /// The same with what would bring it, which is said once.
    fn lacks_until(&mut self, what: impl Into<String>, to_do: impl Into<String>) {
        self.lacks(what);
        let to_do = to_do.into();
        if !self.to_do.contains(&to_do) {
            self.to_do.push(to_do);
        }
    }

    /// What is missing of which Debian packages are to be installed.
    fn lacks_packages(&mut self, what: impl Into<String>, packages: impl IntoIterator<Item = String>) {
        self.lacks(what);
        self.packages.extend(packages);
    }

    /// All of it, with the packages in one command.
    fn done(mut self) -> Self {
        if !self.packages.is_empty() {
            let packages: Vec<&str> = self.packages.iter().map(String::as_str).collect();
            self.to_do
                .insert(0, format!("sudo apt-get install {}", packages.join(" ")));
        }
        self
    }

    /// Its lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let (mark, first) = if self.good {
            ("ok  ", self.command.clone())
        } else {
            ("MISS", self.missing.join("; "))
        };
        let mut lines = vec![format!("{mark} {:<16} {first}", self.subject)];
        let further = |what: &str, text: &String| format!("     {:<16} {what}: {text}", "");
        lines.extend(self.to_do.iter().map(|text| further("to do", text)));
        if !self.good {
            lines.push(further("then", &self.command));
        }
        lines.extend(self.cautions.iter().map(|text| further("note", text)));
        lines
    }
}

/// The robot's files, and what they mean where it is behind topics.
struct Files<'a> {
    paths: &'a [PathBuf],
    on_topics: Plan,
}

impl Files<'_> {
    /// As they are written on a command line.
    fn listed(&self) -> String {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        paths.collect::<Vec<_>>().join(" ")
    }

    /// Expects what the launch file can be given.
    fn expect_one(&self, world: &mut World) {
        if self.paths.len() > 1 {
            world.lacks_until(
                "the launch file takes one parameter file",
                "write one that has `extends:` and what the others add",
            );
        }
    }
}

/// What these files mean where `robot` is played, and the simulator has the engine of that name.
fn plan(paths: &[PathBuf], robot: Robot, engine: &str) -> anyhow::Result<Plan> {
    let ros = RosArgs {
        overrides: vec![(Some("sim".to_owned()), "engine".to_owned(), engine.to_owned())],
        ..RosArgs::default()
    };
    Ok(Plan::new(&sinew::app(), ParameterFiles::read(paths)?, ros, robot)?)
}

/// Looks at every world that there is for a robot.
///
/// # Errors
/// Where the files mean no robot in any world.
pub(super) fn worlds(paths: &[PathBuf]) -> anyhow::Result<Vec<World>> {
    // A robot behind topics has no simulator, whatever its files say of one.
    let on_topics = plan(paths, Robot::OnTopics, "embedded")?;
    on_topics.check()?;
    let files = Files { paths, on_topics };
    let packages = Packages::sourced();
    let worlds = [
        simulated::embedded(&files),
        simulated::mujoco(&files),
        gazebo::with_ros2_control(&files, &packages),
        gazebo::alone(&files, &packages),
        ros2_control::by_topics(&files, &packages),
        ros2_control::as_controller(&packages),
    ];
    Ok(worlds.into_iter().map(World::done).collect())
}

/// Whose worlds these are, as a heading.
pub(super) fn heading(paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(PathBuf::as_path).map(Path::display);
    let paths = paths.map(|path| path.to_string()).collect::<Vec<_>>();
    format!("Where {} can be run:", paths.join(" "))
}
