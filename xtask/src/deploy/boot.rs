//! The package on a machine of its own: a Debian without a kernel, made by mmdebstrap and booted by systemd-nspawn.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::provision::provision;
use crate::{apt, install, process, project};

/// How long it may take until something is so: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(200);
/// Strider, whose simulator is a robot to the latch: what was stopped stays stopped.
const ROBOT: &str = "\
control:
  ros__parameters:
    latch_file: /var/lib/sinew/strider/latch.json
    safety: {deadman_secs: 0.0, overrun_secs: 10.0, stale_secs: 2.0, frozen_secs: 5.0}
metrics:
  ros__parameters:
    address: 127.0.0.1:9464
";
const FILES: &str = "SINEW_FILES=/usr/share/sinew/config/strider.yaml /etc/sinew/strider.yaml\n";

/// A machine that runs, until it is dropped.
struct Machine {
    nspawn: Child,
    /// The process in this machine's names that is its first.
    first: u32,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.run(&["systemctl", "poweroff"]);
        let began = Instant::now();
        while matches!(self.nspawn.try_wait(), Ok(None)) && began.elapsed() < Duration::from_secs(20) {
            sleep(LOOK);
        }
        let _ = self.nspawn.kill();
        let _ = self.nspawn.wait();
    }
}

impl Machine {
    fn boot(root: &Path) -> Result<Self> {
        let log = fs::File::create(root.with_extension("log"))?;
        let nspawn = Command::new("systemd-nspawn")
            .args([
                "--quiet",
                "--register=no",
                "--keep-unit",
                "--private-network",
                "--directory",
            ])
            .arg(root)
            .args([
                "--bind=/dev/cpu_dma_latency",
                "--capability=CAP_SYS_NICE,CAP_IPC_LOCK",
                "--boot",
            ])
            .arg("systemd.unified_cgroup_hierarchy=0")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start systemd-nspawn")?;
        let began = Instant::now();
        let mut machine = Self { nspawn, first: 0 };
        while machine.first == 0 {
            ensure!(
                began.elapsed() < PATIENCE,
                "the machine does not boot: {}",
                root.with_extension("log").display()
            );
            sleep(LOOK);
            machine.first = child_of(machine.nspawn.id()).unwrap_or(0);
        }
        machine.until("the machine is up", |machine| {
            let state = machine.run(&["systemctl", "is-system-running"]).unwrap_or_default();
            matches!(state.trim(), "running" | "degraded")
        })?;
        Ok(machine)
    }

    /// Runs a program there; gives what it says, whatever its exit code.
    fn run(&self, command: &[&str]) -> Result<String> {
        let output = Command::new("nsenter")
            .args([
                "--target",
                &self.first.to_string(),
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--",
            ])
            .args(command)
            .stdin(Stdio::null())
            .output()
            .context("cannot start nsenter")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<()> {
        let began = Instant::now();
        while !is_so(self) {
            if began.elapsed() > PATIENCE {
                let log = self.run(&[
                    "journalctl",
                    "-u",
                    "sinew@strider",
                    "-n",
                    "30",
                    "--no-pager",
                    "-o",
                    "cat",
                ])?;
                bail!(
                    "expected within {} s that {what}; its log ends:\n{log}",
                    PATIENCE.as_secs()
                );
            }
            sleep(LOOK);
        }
        Ok(())
    }

    fn property(&self, name: &str) -> String {
        let shown = self.run(&["systemctl", "show", "sinew@strider", "--value", "--property", name]);
        shown.unwrap_or_default().trim().to_owned()
    }

    /// What the node `metrics` says of the robot.
    fn readiness(&self) -> String {
        let asked = self.run(&["curl", "-s", "http://127.0.0.1:9464/readyz"]);
        asked.unwrap_or_default().trim().to_owned()
    }
}

/// Installs `package` on a machine, boots it, and sees what its unit does. Says what was seen, line by line.
pub(crate) fn check(package: &Path) -> Result<Vec<String>> {
    let root = machine(package)?;
    let mut said = Vec::new();
    let machine = Machine::boot(&root)?;
    for unit in ["sinew@strider.service", "sinew-node@control.service"] {
        // A key that is misspelt is a warning, and no more, unless errors are asked for.
        let verify = format!("systemd-analyze verify --man=no --recursive-errors=yes {unit} 2>&1 || echo refused");
        let complaints = machine.run(&["sh", "-c", &verify])?;
        ensure!(
            complaints.trim().is_empty(),
            "systemd-analyze verify {unit}:\n{complaints}"
        );
    }
    said.push("systemd-analyze verify: nothing to say of the units".to_owned());
    machine.run(&["systemctl", "start", "--no-block", "sinew@strider"])?;
    machine.until("the unit is active", |machine| {
        machine.property("ActiveState") == "active"
    })?;
    machine.until("the robot is ready", |machine| machine.readiness() == "ready")?;
    let first = machine.property("MainPID");
    said.push(format!(
        "active, and ready only then (Type=notify); {}",
        machine.property("StatusText")
    ));
    let threads = machine.run(&[
        "sh",
        "-c",
        &format!("grep -h '^policy' /proc/{first}/task/*/sched | sort | uniq -c"),
    ])?;
    let classes = machine.run(&["ps", "-L", "-o", "class=,rtprio=,user=,comm=", "-p", &first])?;
    let fifo = classes
        .lines()
        .filter(|line| line.trim_start().starts_with("FF"))
        .count();
    ensure!(fifo > 0, "no thread of the robot has SCHED_FIFO:\n{classes}{threads}");
    let user = classes
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(2))
        .unwrap_or("?")
        .to_owned();
    ensure!(user != "root", "the robot's process is root's");
    said.push(format!("{fifo} threads with SCHED_FIFO, as the dynamic user {user}"));

    machine.run(&["systemctl", "kill", "--signal=KILL", "sinew@strider"])?;
    machine.until("it is started again", |machine| {
        machine.property("NRestarts") == "1" && machine.property("ActiveState") == "active"
    })?;
    machine.until("it waits in its stop", |machine| {
        machine.readiness().contains("is stopped")
    })?;
    said.push(format!(
        "killed: started again, and does not move: {}",
        machine.readiness()
    ));

    // A process whose loop does not tick any more is frozen, as far as the watchdog is concerned.
    let second = machine.property("MainPID");
    machine.run(&["kill", "-STOP", &second])?;
    machine.until("the watchdog has it started again", |machine| {
        machine.property("NRestarts") == "2" && machine.property("ActiveState") == "active"
    })?;
    said.push("frozen: the watchdog ended it, and it was started again".to_owned());

    machine.run(&["systemctl", "stop", "sinew@strider"])?;
    let (state, result) = (machine.property("ActiveState"), machine.property("Result"));
    ensure!(
        (state.as_str(), result.as_str()) == ("inactive", "success"),
        "a stop of the unit ended as {state}, {result}"
    );
    said.push("stopped by systemctl: safe action first, then a good end".to_owned());
    Ok(said)
}

/// A folder that is a machine with the package.
fn machine(package: &Path) -> Result<PathBuf> {
    for (program, name) in [
        ("mmdebstrap", "mmdebstrap"),
        ("systemd-nspawn", "systemd-container"),
        ("nsenter", "util-linux"),
    ] {
        if !apt::has(program) {
            apt::install(name, "a machine for the package")?;
        }
    }
    let release = process::output(process::command("sh").args(["-c", ". /etc/os-release; echo $VERSION_CODENAME"]))?;
    let release = release.trim();
    let packages = "systemd,systemd-sysv,dbus,udev,procps,curl,libgcc-s1,libstdc++6";
    let base = project::provisioned().join("machine");
    provision(&base, &format!("{release} {packages}"), "root.tar", || {
        fs::create_dir_all(&base)?;
        let mut make = process::command("mmdebstrap");
        make.args(["--variant=minbase", &format!("--include={packages}"), release]);
        process::quietly("Making a Debian machine", make.arg(base.join("root.tar"))).map(drop)
    })?;
    let root = project::target().join("package/machine");
    if root.exists() {
        fs::remove_dir_all(&root).with_context(|| format!("cannot remove {}", root.display()))?;
    }
    fs::create_dir_all(&root)?;
    let mut unpack = process::command("tar");
    unpack.arg("-C").arg(&root).arg("-xpf").arg(base.join("root.tar"));
    process::quietly("Unpacking it", &mut unpack)?;
    let mut put = process::command("dpkg");
    put.arg(format!("--root={}", root.display()))
        .arg("--install")
        .arg(package);
    process::quietly("Installing the package there", &mut put)?;
    install::write(&root.join("etc/sinew/strider.yaml"), ROBOT)?;
    install::write(&root.join("etc/sinew/strider.env"), FILES)?;
    Ok(root)
}

/// A process whose parent is `parent`.
fn child_of(parent: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}
