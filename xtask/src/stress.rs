//! `cargo xtask stress`: Strider's nodes while other programs fight over the machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::bench::STRIDER;
use crate::{apt, onnxruntime, process, project};

const SAMPLED_EVERY: Duration = Duration::from_secs(1);
/// What a process may still take once it has begun to walk: its heap and its threads are there by then.
const SETTLED_AFTER: Duration = Duration::from_secs(30);
/// Growth from then on that is no leak, KiB: pages of code and stacks that are touched late.
const MAY_GROW_KIB: u64 = 4 << 10;
/// The user without rights on every Debian.
const NOBODY: &str = "65534";

/// What became of the nodes under one user.
#[derive(Debug, Default)]
struct Outcome {
    /// Why the safety gate stopped the robot, each time.
    stops: Vec<String>,
    lives: usize,
    /// The largest growth of a life after it had settled, KiB, and its largest size.
    grown_kib: u64,
    largest_kib: u64,
    /// What must not be.
    faults: Vec<String>,
}

/// Runs the nodes for `minutes`, as this user and, where we are root, as one without rights at the same
/// time. A robot that the gate has stopped is started anew.
pub(crate) fn run(minutes: f64) -> Result<()> {
    if !(0.1..=600.0).contains(&minutes) {
        bail!("--minutes: expected 0.1 to 600, found {minutes}");
    }
    eprintln!("{}", onnxruntime::set_up()?);
    if process::output(process::command("stress-ng").arg("--version")).is_err() {
        apt::install("stress-ng", "the stress run")?;
    }
    process::build_sinew()?;
    let time = Duration::from_secs_f64(minutes * 60.0);
    let _stress = Stress::start(time)?;
    let users: &[bool] = if apt::is_root() { &[true, false] } else { &[false] };
    let outcomes = process::spinning(&format!("Strider under stress for {minutes} min"), || {
        std::thread::scope(|scope| {
            let lives: Vec<_> = (users.iter())
                .map(|&as_root| scope.spawn(move || keep_walking(as_root, time)))
                .collect();
            let joined = lives.into_iter().map(|life| life.join());
            joined.collect::<Vec<_>>()
        })
    })?;
    let mut faults = 0;
    for (&as_root, outcome) in users.iter().zip(outcomes) {
        let outcome = outcome.map_err(|_| anyhow::anyhow!("a watching thread has panicked"))??;
        faults += outcome.faults.len();
        tell(as_root, &outcome);
    }
    if faults > 0 {
        bail!("{faults} faults");
    }
    Ok(())
}

fn tell(as_root: bool, outcome: &Outcome) {
    println!(
        "{}: {} started, {} stopped by the gate; at most {} MiB, grew by {} KiB once settled",
        if as_root { "root" } else { "a user without rights" },
        outcome.lives,
        outcome.stops.len(),
        outcome.largest_kib >> 10,
        outcome.grown_kib
    );
    for reason in &outcome.stops {
        println!("  {reason}");
    }
    for fault in &outcome.faults {
        println!("  FAULT: {fault}");
    }
}

/// Other programs: busy ones, ones that switch and yield all the time, and ones that move memory.
struct Stress(Child);

impl Stress {
    fn start(time: Duration) -> Result<Self> {
        let mut command = process::command("stress-ng");
        command.args(["--quiet", "--cpu", "2", "--switch", "2", "--yield", "2", "--vm", "1"]);
        command.args(["--vm-bytes", "256M", "--timeout", &format!("{}s", time.as_secs() + 60)]);
        Ok(Self(command.spawn().context("cannot start stress-ng")?))
    }
}

impl Drop for Stress {
    fn drop(&mut self) {
        interrupt(&mut self.0);
    }
}

/// SIGINT, and the end.
fn interrupt(child: &mut Child) {
    let told = process::command("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    if !told.is_ok_and(|status| status.success()) {
        let _ = child.kill();
    }
    let _ = child.wait();
}

fn keep_walking(as_root: bool, time: Duration) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let began = Instant::now();
    while began.elapsed() < time {
        let log = log_file(as_root, outcome.lives);
        let mut child = start(as_root, &log)?;
        outcome.lives += 1;
        let stop = watch(&mut child, &log, began + time, &mut outcome)?;
        let ended = child.try_wait()?;
        interrupt(&mut child);
        if let Some(status) = ended {
            outcome
                .faults
                .push(format!("ended by itself, {status}: {}", log.display()));
            break;
        }
        if fs::read_to_string(&log)?.contains("panicked") {
            outcome.faults.push(format!("a panic: {}", log.display()));
        }
        outcome.stops.extend(stop);
    }
    if outcome.grown_kib > MAY_GROW_KIB {
        outcome
            .faults
            .push(format!("grew by {} KiB once settled", outcome.grown_kib));
    }
    Ok(outcome)
}

fn log_file(as_root: bool, life: usize) -> PathBuf {
    let user = if as_root { "root" } else { "user" };
    project::target().join(format!("stress-{user}-{life}.log"))
}

fn start(as_root: bool, log: &Path) -> Result<Child> {
    let mut command = if as_root || !apt::is_root() {
        process::command(project::sinew())
    } else {
        let mut command = process::command("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
        command.arg(project::sinew()).env("HOME", "/nonexistent");
        command
    };
    let said = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command
        .args(["up", STRIDER])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .context("cannot start sinew (a user without rights must be able to read this checkout)")
}

/// Watches until the gate stops the robot, whose reason it gives, or until `end`.
fn watch(child: &mut Child, log: &Path, end: Instant, outcome: &mut Outcome) -> Result<Option<String>> {
    let began = Instant::now();
    let mut settled_kib = None;
    while Instant::now() < end && child.try_wait()?.is_none() {
        std::thread::sleep(SAMPLED_EVERY);
        if let Some(kib) = resident_kib(child.id()) {
            outcome.largest_kib = outcome.largest_kib.max(kib);
            if began.elapsed() >= SETTLED_AFTER {
                let growth = kib.saturating_sub(*settled_kib.get_or_insert(kib));
                outcome.grown_kib = outcome.grown_kib.max(growth);
            }
        }
        let said = fs::read_to_string(log)?;
        if let Some(at) = said.find("stopped: ") {
            return Ok(said[at..].lines().next().map(str::to_owned));
        }
    }
    Ok(None)
}

/// Memory of a process that is in RAM, KiB.
fn resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
