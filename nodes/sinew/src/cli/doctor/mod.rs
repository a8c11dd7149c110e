//! `sinew doctor`

use std::process::ExitCode;
use std::thread;

use clap::Args;
use serde::Serialize;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_models::providers::{Provider, try_provider};
use sinew_models::runtime::runtime;

use super::output::write_json;

/// Says what this machine can do, what is missing, and how to get it.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Write the findings as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    subject: &'static str,
    good: bool,
    text: String,
}

impl DoctorArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut findings = vec![cores(), kernel(), governor(), onnx_runtime()];
        findings.extend(providers());
        #[cfg(feature = "camera")]
        findings.push(cameras());
        findings.push(ros());
        findings.push(mujoco());
        findings.extend(realtime());
        for finding in &findings {
            eprintln!(
                "{} {:<16} {}",
                if finding.good { "ok  " } else { "MISS" },
                finding.subject,
                finding.text
            );
        }
        if let Some(to) = &self.json {
            write_json(to, &findings)?;
        }
        Ok(ExitCode::SUCCESS)
    }
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

fn kernel() -> Finding {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default().trim().to_owned();
    let release = read("/proc/sys/kernel/osrelease");
    let realtime = read("/sys/kernel/realtime") == "1" || read("/proc/version").contains("PREEMPT_RT");
    Finding {
        subject: "kernel",
        good: realtime,
        text: if realtime {
            format!("{release}, PREEMPT_RT")
        } else {
            format!(
                "{release}, without PREEMPT_RT: ticks can come late under load; a robot wants a kernel with it \
                 (Debian: linux-image-rt-amd64, Ubuntu: `pro enable realtime-kernel`)"
            )
        },
    }
}

fn governor() -> Finding {
    let file = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    match std::fs::read_to_string(file) {
        Ok(governor) => Finding {
            subject: "cpu frequency",
            good: governor.trim() == "performance",
            text: match governor.trim() {
                "performance" => "governor performance".into(),
                other => format!("governor {other}: `cpupower frequency-set -g performance` makes ticks more regular"),
            },
        },
        Err(_) => Finding {
            subject: "cpu frequency",
            good: true,
            text: "fixed, or not for this machine to choose".into(),
        },
    }
}

fn onnx_runtime() -> Finding {
    match runtime() {
        Ok(runtime) => Finding {
            subject: "onnx runtime",
            good: true,
            text: format!(
                "{} at {}, built with {}",
                runtime.version,
                runtime.path.display(),
                runtime.providers.join(", ")
            ),
        },
        Err(error) => Finding {
            subject: "onnx runtime",
            good: false,
            text: error.to_string(),
        },
    }
}

/// Runs a tiny model on every execution provider that the library has.
fn providers() -> Vec<Finding> {
    let Ok(runtime) = runtime() else { return Vec::new() };
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
