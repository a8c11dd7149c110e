//! `sinew doctor`

mod cuda_library;
mod hardware;
mod runtime;
#[cfg(feature = "control")]
mod worlds;

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::ensure;
use clap::Args;
use serde::Serialize;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_health::{Platform, Tree};
use sinew_models::providers::{Provider, try_provider};
use sinew_models::runtime::runtime as loaded_runtime;

use super::output::write_json;

/// Says what this machine can do, what is missing, and how to get it; of a robot, too, in which worlds it can be run here:
/// the simulator with either engine, Gazebo, a real robot behind ros2_control.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// ROS 2 parameter files of a robot, for example launch/robots/strider.yaml; they add up, and later ones win.
    #[cfg(feature = "control")]
    #[arg(value_name = "FILE")]
    robot: Vec<PathBuf>,
    /// Write the findings as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
    /// Look at a recorded tree of a machine instead, which has `sys`, `proc` and `etc` in it: at its hardware, and which ONNX
    /// Runtime it needs.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The power mode of a Jetson in which the robot was tuned, by name or number: the parameter `power_mode` of the node
    /// `health`.
    #[arg(long, value_name = "MODE")]
    power_mode: Option<String>,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    subject: &'static str,
    good: bool,
    text: String,
}

impl Finding {
    fn new(subject: &'static str, good: bool, text: String) -> Self {
        Self { subject, good, text }
    }

    fn good(subject: &'static str, text: String) -> Self {
        Self::new(subject, true, text)
    }

    fn miss(subject: &'static str, text: String) -> Self {
        Self::new(subject, false, text)
    }
}

impl DoctorArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let findings = match &self.root {
            Some(root) => {
                let has_machine = ["sys", "proc", "etc"].iter().any(|folder| root.join(folder).is_dir());
                ensure!(
                    has_machine,
                    "--root: {}: expected a folder with `sys`, `proc` or `etc` of a machine in it",
                    root.display()
                );
                let tree = Tree::new(root);
                let platform = Platform::read(&tree);
                let mut findings = hardware::findings(&tree, &platform, self.power_mode.as_deref());
                findings.extend(runtime::fitting(&platform));
                findings
            }
            None => self.of_this_machine(),
        };
        for finding in &findings {
            eprintln!(
                "{} {:<16} {}",
                if finding.good { "ok  " } else { "MISS" },
                finding.subject,
                finding.text
            );
        }
        self.finish(&findings)
    }

    /// Goes on with the worlds of the robot, where one is given, and writes all of it as JSON.
    #[cfg(feature = "control")]
    fn finish(&self, findings: &[Finding]) -> anyhow::Result<ExitCode> {
        let mut worlds = Vec::new();
        if !self.robot.is_empty() {
            worlds = worlds::worlds(&self.robot)?;
            eprintln!("{}", worlds::heading(&self.robot));
        }
        for line in worlds.iter().flat_map(worlds::World::lines) {
            eprintln!("{line}");
        }
        if let Some(to) = &self.json {
            let all = findings
                .iter()
                .map(Found::Machine)
                .chain(worlds.iter().map(Found::World));
            write_json(to, &all.collect::<Vec<_>>())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    #[cfg(not(feature = "control"))]
    fn finish(&self, findings: &[Finding]) -> anyhow::Result<ExitCode> {
        if let Some(to) = &self.json {
            write_json(to, &findings)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn of_this_machine(&self) -> Vec<Finding> {
        let tree = Tree::new("/");
        let platform = Platform::read(&tree);
        let mut findings = vec![cores()];
        findings.extend(hardware::findings(&tree, &platform, self.power_mode.as_deref()));
        findings.extend(runtime::findings(&platform));
        findings.extend(providers());
        #[cfg(feature = "camera")]
        findings.push(cameras());
        findings.push(ros());
        findings.push(mujoco());
        findings.extend(realtime());
        findings
    }
}

/// What a finding in JSON is about.
#[cfg(feature = "control")]
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found<'a> {
    Machine(&'a Finding),
    World(&'a worlds::World),
}

fn cores() -> Finding {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Finding {
        subject: "cores",
        good: cores >= 2,
        text: format!("{cores}; the control loop wants one for itself"),
    }
}

#[cfg(feature = "camera")]
fn cameras() -> Finding {
    let found = sinew::camera::found();
    let named = found
        .iter()
        .map(|(device, name)| format!("{} ({name})", device.display()));
    Finding {
        subject: "cameras",
        good: true,
        text: if found.is_empty() {
            "none; the node `camera` can show files and folders".into()
        } else {
            named.collect::<Vec<_>>().join(", ")
        },
    }
}

#[cfg(feature = "mujoco")]
fn mujoco() -> Finding {
    let found = sinew_sim::mujoco::mujoco();
    Finding {
        subject: "MuJoCo",
        good: found.is_ok(),
        text: match found {
            Ok(mujoco) => format!("{} at {}", mujoco.version, mujoco.path.display()),
            Err(error) => error.to_string(),
        },
    }
}

#[cfg(not(feature = "mujoco"))]
fn mujoco() -> Finding {
    Finding {
        subject: "MuJoCo",
        good: false,
        text: "not part of this program, which runs without; `cargo xtask mujoco` gets it and builds with it".into(),
    }
}

fn ros() -> Finding {
    let distribution = std::env::var("ROS_DISTRO").ok().filter(|name| !name.is_empty());
    Finding {
        subject: "ROS 2",
        good: cfg!(feature = "ros2"),
        text: match (cfg!(feature = "ros2"), distribution) {
            (true, Some(name)) => format!("part of this program; {name} is sourced"),
            (true, None) => {
                "part of this program; no installation is sourced, so messages go out as the program was built".into()
            }
            (false, Some(name)) => {
                format!("not part of this program, which runs without; {name} is sourced: build with `--features ros2`")
            }
            (false, None) => "not part of this program, which runs without; `cargo xtask ros build` builds it with \
                              ROS 2 Jazzy, source an installation for another"
                .into(),
        },
    }
}

/// Runs a tiny model on every execution provider that the library has.
fn providers() -> Vec<Finding> {
    let Ok(runtime) = loaded_runtime() else {
        return Vec::new();
    };
    let has = |provider: &Provider| runtime.providers.iter().any(|name| name == provider.runtime_name());
    let tried = |provider: Provider| match try_provider(provider) {
        Ok(()) => Finding {
            subject: "provider",
            good: true,
            text: format!("{provider} runs a model"),
        },
        Err(failure) => Finding {
            subject: "provider",
            good: false,
            text: failure.to_string(),
        },
    };
    Provider::ALL.into_iter().filter(has).map(tried).collect()
}

/// Asks for each right in a thread of its own, so that the doctor keeps none of them.
fn realtime() -> Vec<Finding> {
    let ask = |subject, granted: &str, params: RealtimeParams| {
        let asking = thread::Builder::new().spawn(move || enter_realtime(&params));
        let refused = match asking {
            Ok(thread) => thread.join().unwrap_or_default(),
            Err(error) => vec![format!("no thread can be made to ask in: {error}")],
        };
        Finding {
            subject,
            good: refused.is_empty(),
            text: refused.into_iter().next().unwrap_or_else(|| granted.to_owned()),
        }
    };
    let nothing = RealtimeParams {
        priority: 0,
        lock_memory: false,
        low_latency: false,
        cores: Vec::new(),
    };
    let priority = RealtimeParams::default().priority;
    vec![
        ask(
            "SCHED_FIFO",
            "granted",
            RealtimeParams {
                priority,
                ..nothing.clone()
            },
        ),
        ask(
            "mlockall",
            "granted",
            RealtimeParams {
                lock_memory: true,
                ..nothing.clone()
            },
        ),
        ask(
            "sleep states",
            "can be forbidden",
            RealtimeParams {
                low_latency: true,
                ..nothing.clone()
            },
        ),
        ask(
            "core affinity",
            "granted",
            RealtimeParams {
                cores: vec![0],
                ..nothing
            },
        ),
    ]
}
