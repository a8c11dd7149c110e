//! `cargo xtask demo update`: Strider walks, and other versions of its policy come to it over the air: one takes charge, one is
//! caught in shadow, one is taken back when it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{onnxruntime, process, project};

const POLICY: &str = "models/strider/walk.onnx";
const ROBOT: &str = "launch/robots/strider.yaml";
const SCENE: &str = "sim/robots/strider/scene.xml";
const RELEASE: &str = "strider_walk";
/// Where versions are tried that not every robot gets: nothing is asked of them there, so that the robot has to see to itself.
const CHANNELS: &str = "channels:\n  stable: {min_episodes: 8, min_survival: 0.9, max_velocity_error_mps: 0.3, nominal: true}\n  \
                        testing: {min_episodes: 1, min_survival: 0.0, max_velocity_error_mps: 100.0}\n";
/// The robot is pushed once, at this time, s.
const PUSHED_SECS: u64 = 90;
/// How long before that the version is published which hardly feels how the base turns, s: it has to be in charge by then, and
/// on probation. The push finds it out at the latest.
const BEFORE_PUSH_SECS: u64 = 18;
const RUN_SECS: u64 = 105;

/// Runs it. An error is a step that did not end as it should.
pub(super) fn run() -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    let folder = project::target().join("update");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let cloud = Cloud::new(folder.canonicalize()?)?;
    let [second, third, fourth] = cloud.versions()?;
    cloud.try_on_stable(&third)?;

    let params = cloud.folder.join("update.yaml");
    fs::write(&params, cloud.parameters())?;
    eprintln!("Strider walks for {RUN_SECS} s, and asks every second whether there is another version");
    let robot = sinew()
        .args(["up", ROBOT])
        .arg(&params)
        .args(["--seconds", &RUN_SECS.to_string()])
        .spawn()
        .context("sinew up does not start")?;
    let mut watch = Watch {
        store: cloud.folder.join("store"),
        robot,
        began: Instant::now(),
        told: 0,
    };
    watch.until(|_| false, Duration::from_secs(5), "")?;
    cloud.publish(&second, 2)?;
    watch.until(is("settled", 2), Duration::from_secs(45), "version 2 did not settle")?;
    cloud.publish(&third, 3)?;
    watch.until(is("refused", 3), Duration::from_secs(30), "version 3 was not refused")?;
    let wait = Duration::from_secs(PUSHED_SECS - BEFORE_PUSH_SECS);
    watch.until(|_| false, wait.saturating_sub(watch.began.elapsed()), "")?;
    cloud.publish(&fourth, 4)?;
    watch.until(
        is("promoted", 4),
        Duration::from_secs(BEFORE_PUSH_SECS),
        "version 4 did not take charge before the push",
    )?;
    watch.until(
        is("rolled_back", 4),
        Duration::from_secs(30),
        "version 4 was not rolled back",
    )?;
    watch.until(|_| false, Duration::from_secs(RUN_SECS + 30), "")?;
    ensure!(watch.robot.wait()?.success(), "sinew up failed");
    judge(&cloud.folder)
}

fn sinew() -> Command {
    process::command(project::sinew())
}

/// Whether something happened to a version of the release.
fn is(what: &'static str, version: u32) -> impl Fn(&Value) -> bool {
    let version = format!("{RELEASE}-{version}");
    move |happened| happened["what"] == what && happened["version"] == version.as_str()
}

/// The side of whoever trains and publishes.
struct Cloud {
    folder: PathBuf,
}

impl Cloud {
    fn new(folder: PathBuf) -> Result<Self> {
        let cloud = Self { folder };
        let mut init = cloud.release("init");
        process::quietly("making a repository and its keys", &mut init)?;
        let channels = cloud.folder.join("channels.yaml");
        fs::write(&channels, CHANNELS)?;
        let mut set = cloud.release("channels");
        set.arg("--set").arg(&channels);
        process::quietly("saying what a version must reach", &mut set)?;
        Ok(cloud)
    }

    fn release(&self, what: &str) -> Command {
        let mut command = sinew();
        command.args(["release", what]);
        command.arg("--repo").arg(self.folder.join("repository"));
        command.arg("--keys").arg(self.folder.join("keys"));
        command
    }

    /// Three versions, each with the report of its evaluation: a good one, one that was trained badly, and one that was
    /// never pushed.
    fn versions(&self) -> Result<[PathBuf; 3]> {
        let mut build = process::cargo();
        build.args([
            "build",
            "--release",
            "--locked",
            "-p",
            "sinew",
            "--example",
            "other_weights",
        ]);
        process::hand_over(&mut build)?;
        let mut made = Vec::new();
        for (name, evaluation) in [
            ("fine", &["--episodes", "12"][..]),
            ("reversed", &["--episodes", "8"]),
            ("unpushed", &["--episodes", "12", "--no-pushes"]),
        ] {
            let model = self.folder.join(format!("{name}.onnx"));
            let mut make = process::command(project::target().join("release/examples/other_weights"));
            make.args([POLICY, SCENE, name]).arg(&model);
            process::output(&mut make)?;
            let params = self.folder.join(format!("{name}.yaml"));
            let path = model.display();
            fs::write(
                &params,
                format!("control: {{ros__parameters: {{policy: {{path: {path}}}}}}}\n"),
            )?;
            let mut eval = sinew();
            eval.args(["eval", ROBOT]).arg(&params).args(evaluation);
            eval.arg("--json").arg(report(&model));
            process::quietly(&format!("evaluating the version «{name}»"), &mut eval)?;
            made.push(model);
        }
        made.try_into().map_err(|_| anyhow::anyhow!("expected three versions"))
    }

    /// What was trained badly does not get onto the channel of all robots.
    fn try_on_stable(&self, model: &Path) -> Result<()> {
        let mut publish = self.publication(model, 3);
        publish.args(["--channel", "stable"]);
        match process::output(&mut publish) {
            Ok(_) => bail!("a policy that falls was published for all robots"),
            Err(refusal) => {
                let refusal = format!("{refusal:#}");
                println!(
                    "publishing version 3 for all robots is refused: {}",
                    last_line(&refusal)
                );
                Ok(())
            }
        }
    }

    fn publication(&self, model: &Path, version: u32) -> Command {
        let mut publish = self.release("publish");
        publish
            .arg(model)
            .args(["--name", RELEASE, "--version", &version.to_string()]);
        publish.arg("--report").arg(report(model));
        publish
    }

    fn publish(&self, model: &Path, version: u32) -> Result<()> {
        let mut publish = self.publication(model, version);
        publish.args(["--channel", "testing"]);
        let said = process::output(&mut publish)?;
        for line in said.lines() {
            println!("published: {line}");
        }
        Ok(())
    }

    /// What the robot does beside walking.
    fn parameters(&self) -> String {
        let repository = self.folder.join("repository");
        format!(
            "control:\n  ros__parameters:\n    policy:\n      updates:\n        store: store\n        shadow_secs: 6.0\n        \
             max_inference_us: 4000.0\n        promote: rule\n        when: running\n        probation_secs: 20.0\n\
             updater:\n  ros__parameters:\n    url: {}\n    root: keys/root.json\n    store: store\n    release: {RELEASE}\n    \
             channel: testing\n    robot: strider-demo\n    poll_secs: 1.0\n\
             recorder:\n  ros__parameters: {{folder: recordings}}\n\
             course:\n  ros__parameters: {{at_secs: [0.0, 2.0], lin_vel_x: [0.0, 0.5], lin_vel_y: [0.0, 0.0], \
             ang_vel_z: [0.0, 0.0]}}\n\
             sim:\n  ros__parameters: {{push_speed_m_s: 0.5, push_period_secs: {PUSHED_SECS}.0}}\n",
            repository.display()
        )
    }
}

/// The report of a model's evaluation.
fn report(model: &Path) -> PathBuf {
    model.with_extension("json")
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(text)
}

/// The robot, and what becomes of its releases.
struct Watch {
    store: PathBuf,
    robot: Child,
    began: Instant,
    /// How much of the history was printed.
    told: usize,
}

impl Watch {
    /// Prints what happens to releases until it is `end`, the robot ends, or `patience` does: then `otherwise` is the error,
    /// where it says something.
    fn until(&mut self, end: impl Fn(&Value) -> bool, patience: Duration, otherwise: &str) -> Result<()> {
        let began = Instant::now();
        loop {
            if self.tell()?.iter().any(&end) {
                return Ok(());
            }
            let has_ended = self.robot.try_wait()?.is_some();
            if has_ended || began.elapsed() >= patience {
                ensure!(otherwise.is_empty(), "{otherwise}");
                return Ok(());
            }
            sleep(Duration::from_millis(250));
        }
    }

    /// Prints, and gives, what has happened since the last call.
    fn tell(&mut self) -> Result<Vec<Value>> {
        let mut status = sinew();
        status.args(["release", "status", "--json", "--store"]).arg(&self.store);
        // There is none until the robot has made it.
        let Ok(status) = process::output(&mut status) else {
            return Ok(Vec::new());
        };
        let status: Value = serde_json::from_str(&status)?;
        let history = status["history"].as_array().cloned().unwrap_or_default();
        let new = history.get(self.told..).unwrap_or_default().to_vec();
        self.told = history.len();
        for happened in &new {
            let text = |key: &str| happened[key].as_str().unwrap_or("").to_owned();
            let why = match text("why") {
                why if why.is_empty() => why,
                why => format!(": {why}"),
            };
            let secs = self.began.elapsed().as_secs_f64();
            println!(
                "{secs:>6.1} s  {} {}{why}",
                text("version"),
                text("what").replace('_', " ")
            );
        }
        Ok(new)
    }
}

/// Reads in the recording whether Strider walked through all of it.
fn judge(folder: &Path) -> Result<()> {
    let mut recordings: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder.join("recordings"))? {
        let path = entry?.path();
        let is_event = path
            .file_stem()
            .is_some_and(|stem| stem.to_string_lossy().contains("event"));
        if path.extension().is_some_and(|extension| extension == "mcap") && !is_event {
            recordings.push(path);
        }
    }
    ensure!(!recordings.is_empty(), "nothing was recorded");
    let file = folder.join("inspect.json");
    let mut inspect = sinew();
    inspect.arg("inspect").args(&recordings).arg("--json").arg(&file);
    inspect.arg("--html").arg(folder.join("run.html"));
    process::quietly("reading the recording", &mut inspect)?;
    let inspected: Value = serde_json::from_slice(&fs::read(&file)?)?;
    let control = &inspected["control"];
    let list = |key: &str| control[key].as_array().cloned().unwrap_or_default();
    let policies = list("policies");
    for change in &policies {
        println!(
            "{:>6.1} s of the loop: policy {} takes charge, {} deadlines missed in the second after it",
            change["secs"].as_f64().unwrap_or(f64::NAN),
            change["number"],
            change["missed_deadlines"]
        );
    }
    let mut replay = sinew();
    replay.arg("replay").args(&recordings);
    process::quietly("running every tick again", &mut replay)?;
    println!("every tick is the same to the bit when it runs again, with the policies that were in charge");
    println!("page of the run: {}", folder.join("run.html").display());
    // Version 2, version 4, and back to 2.
    ensure!(
        policies.len() == 3,
        "expected three changes of the policy in charge, found {}",
        policies.len()
    );
    // It ends with the stop that `sinew up` asks for.
    let reasons = list("modes");
    let mut reasons = reasons.iter().filter_map(|change| change["reason"].as_str());
    let stop = reasons.find(|reason| !reason.starts_with("operator_stop"));
    ensure!(stop.is_none(), "Strider stopped: {}", stop.unwrap_or_default());
    println!("Strider walked through all of it");
    Ok(())
}
