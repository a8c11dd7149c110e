//! `cargo xtask demo evidence`: a run is recorded, told to a broker that fails meanwhile, uploaded, replayed and verified;
//! in the end a table says what was lost.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{apt, onnxruntime, process, project};

/// How long the robot runs, s.
const RUN_SECS: u64 = 60;
/// When the broker is killed, and when it comes back, s.
const BROKER_KILLED_SECS: u64 = 20;
const BROKER_BACK_SECS: u64 = 35;
const ROBOT: &str = "strider-demo";

/// Runs it. An error is something lost, or a step that failed.
pub(super) fn run() -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    let folder = project::target().join("evidence");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let identity = folder.join("identity");
    process::quietly(
        "making the robot's identity",
        sinew().args(["identity", "new", "--dir"]).arg(&identity),
    )?;

    let broker = Broker::new(&folder);
    if let Err(reason) = &broker {
        eprintln!("Telemetry is left out: {reason:#}");
    }
    let port = broker.as_ref().ok().map(|broker| broker.port);
    let params = folder.join("evidence.yaml");
    fs::write(&params, parameters(port, &folder.join("cloud")))?;
    eprintln!("Strider looks for the ball for {RUN_SECS} s, recorded: its images, its ticks, what its nodes say");
    let mut robot = sinew()
        .args(["up", "launch/robots/strider_ball.yaml"])
        .arg(&params)
        .args(["--seconds", &RUN_SECS.to_string()])
        .spawn()
        .context("sinew up does not start")?;
    let told = match broker {
        Ok(mut broker) => Some(broker.fails_and_comes_back(&mut robot)?),
        Err(_) => None,
    };
    ensure!(robot.wait()?.success(), "sinew up failed");

    let recordings = files(&folder.join("recordings"), "mcap")?;
    let continuous: Vec<PathBuf> = (recordings.iter()).filter(|file| !is_event(file)).cloned().collect();
    ensure!(!continuous.is_empty(), "nothing was recorded");
    let replay = folder.join("replay.json");
    let replayed = {
        let mut command = sinew();
        command.arg("replay").args(&continuous).arg("--json").arg(&replay);
        process::quietly("replaying every tick", &mut command)?;
        json(&replay)?
    };
    let mut verify = sinew();
    verify
        .args(["record", "verify"])
        .args(&continuous)
        .arg("--key")
        .arg(identity.join("identity.pub.pem"));
    process::quietly("verifying the signatures", &mut verify)?;
    let page = folder.join("run.html");
    let mut inspect = sinew();
    inspect
        .arg("inspect")
        .args(&continuous)
        .arg("--html")
        .arg(&page)
        .arg("--json")
        .arg(folder.join("inspect.json"));
    process::quietly("drawing the page", &mut inspect)?;
    let inspected = json(&folder.join("inspect.json"))?;
    let mut upload = sinew();
    upload
        .arg("upload")
        .args(&continuous)
        .arg("--to")
        .arg(folder.join("cloud"));
    process::quietly("uploading what is left", &mut upload)?;

    let mut table = Table::default();
    let number = |value: &Value, key: &str| value[key].as_u64().unwrap_or(0);
    table.add(
        "ticks recorded",
        number(&replayed, "ticks"),
        number(&replayed, "missing"),
    );
    table.add(
        "ticks that are the same to the bit when they run again",
        number(&replayed, "same"),
        number(&replayed, "ticks") - number(&replayed, "same"),
    );
    for topic in inspected["topics"].as_array().into_iter().flatten() {
        if topic["topic"]
            .as_str()
            .is_some_and(|topic| topic.ends_with("image_raw"))
        {
            table.add("images recorded", number(topic, "messages"), 0);
        }
    }
    let uploaded = uploaded(&folder.join("cloud"), &continuous)?;
    table.add(
        "recordings uploaded, the same to the byte",
        uploaded,
        continuous.len() as u64 - uploaded,
    );
    match told {
        Some(told) => {
            for (class, (received, missing)) in told {
                table.add(&format!("telemetry messages of the class {class}"), received, missing);
            }
        }
        None => eprintln!("No telemetry, since there is no broker."),
    }
    println!("{}", table.text());
    println!("page of the run: {}", page.display());
    ensure!(table.lost == 0, "{} were lost", table.lost);
    println!("lost: nothing");
    Ok(())
}

fn sinew() -> Command {
    process::command(project::sinew())
}

/// What is recorded and told, beside what the robot does.
fn parameters(port: Option<u16>, cloud: &Path) -> String {
    let telemetry = port.map_or(String::new(), |port| {
        format!(
            "telemetry:\n  ros__parameters:\n    robot_id: {ROBOT}\n    topic_prefix: sinew\n    health_rate_hz: 1.0\n    \
             spool: {{folder: spool}}\n    broker: {{host: 127.0.0.1, port: {port}, tls: false, max_pause_secs: 2.0}}\n"
        )
    });
    format!(
        "recorder:\n  ros__parameters:\n    folder: recordings\n    identity: identity\n    must_sign: true\n    topics:\n      \
         - joint_states sensor_msgs/msg/JointState\n      - cmd_vel geometry_msgs/msg/Twist\n      \
         - camera/image_raw sensor_msgs/msg/Image\n      - camera/detections vision_msgs/msg/Detection2DArray\n\
         uploader:\n  ros__parameters:\n    folder: recordings\n    url: {}\n    robot: {ROBOT}\n{telemetry}",
        cloud.display()
    )
}

/// A mosquitto, and who listens to everything that the robot says.
struct Broker {
    port: u16,
    config: PathBuf,
    heard: PathBuf,
    mosquitto: Child,
    listener: Child,
}

impl Broker {
    fn new(folder: &Path) -> Result<Self> {
        for (program, package) in [("mosquitto", "mosquitto"), ("mosquitto_sub", "mosquitto-clients")] {
            if !apt::has(program) {
                apt::install(package, "the demo's broker")?;
            }
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.join("mosquitto.conf");
        // What is acknowledged is on the disk, so that a killed broker has it when it comes back.
        let store = folder.join("broker");
        fs::create_dir_all(&store)?;
        let user = if apt::is_root() { "user root\n" } else { "" };
        fs::write(
            &config,
            format!(
                "{user}listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\n\
                 autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n",
                store.display()
            ),
        )?;
        let heard = folder.join("heard.jsonl");
        let mosquitto = start(&config)?;
        let listener = process::command("mosquitto_sub")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-V",
                "mqttv5",
                "-q",
                "1",
                "-i",
                "listener",
            ])
            .args(["-c", "-x", "3600", "-t", "sinew/#"])
            .stdout(fs::File::create(&heard)?)
            .stderr(Stdio::null())
            .spawn()
            .context("mosquitto_sub does not start")?;
        Ok(Self {
            port,
            config,
            heard,
            mosquitto,
            listener,
        })
    }

    /// Kills the broker in the middle of the run and starts it again; counts in the end, by class, what came and what did
    /// not.
    fn fails_and_comes_back(&mut self, robot: &mut Child) -> Result<BTreeMap<String, (u64, u64)>> {
        let began = Instant::now();
        let until = |secs: u64| sleep(Duration::from_secs(secs).saturating_sub(began.elapsed()));
        until(BROKER_KILLED_SECS);
        eprintln!("{BROKER_KILLED_SECS} s: the broker is killed");
        self.mosquitto.kill()?;
        self.mosquitto.wait()?;
        until(BROKER_BACK_SECS);
        eprintln!("{BROKER_BACK_SECS} s: it is back");
        self.mosquitto = start(&self.config)?;
        while robot.try_wait()?.is_none() {
            ensure!(
                began.elapsed() < Duration::from_secs(RUN_SECS + 60),
                "sinew up does not end"
            );
            sleep(Duration::from_millis(200));
        }
        // What the listener is still to get.
        sleep(Duration::from_secs(2));
        count(&self.heard)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        for child in [&mut self.listener, &mut self.mosquitto] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start(config: &Path) -> Result<Child> {
    // Debian has it where only root looks.
    let paths = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
    let child = process::command("mosquitto")
        .env("PATH", paths)
        .arg("-c")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("mosquitto does not start")?;
    sleep(Duration::from_millis(500));
    Ok(child)
}

/// Of each class: how many numbers came, and how many between the first and the last neither came nor were announced.
fn count(heard: &Path) -> Result<BTreeMap<String, (u64, u64)>> {
    let mut came: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut announced: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for line in fs::read_to_string(heard)?.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let (Some(class), Some(sequence)) = (event["class"].as_str(), event["sequence"].as_str()) else {
            continue;
        };
        came.entry(class.to_owned())
            .or_default()
            .insert(sequence.trim().parse()?);
        for gap in event["gaps"]
            .as_str()
            .unwrap_or("")
            .split(", ")
            .filter(|gap| !gap.is_empty())
        {
            let range = gap.split(' ').next().unwrap_or("");
            if let Some((from, to)) = range.split_once('-') {
                announced
                    .entry(class.to_owned())
                    .or_default()
                    .extend(from.parse::<u64>()?..=to.parse()?);
            }
        }
    }
    if came.is_empty() {
        bail!("{}: nothing came from the robot", heard.display());
    }
    let none = BTreeSet::new();
    let of_class = came.into_iter().map(|(class, came)| {
        let announced = announced.get(&class).unwrap_or(&none);
        let last = came.last().copied().unwrap_or(0);
        let missing = (1..=last)
            .filter(|n| !came.contains(n) && !announced.contains(n))
            .count();
        (class, (came.len() as u64, missing as u64))
    });
    Ok(of_class.collect())
}

fn is_event(file: &Path) -> bool {
    file.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("event_"))
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn json(file: &Path) -> Result<Value> {
    let text = fs::read(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{}: no JSON", file.display()))
}

/// How many of the recordings lie in the folder, the same to the byte, with a manifest beside them.
fn uploaded(cloud: &Path, recordings: &[PathBuf]) -> Result<u64> {
    let mut there = 0;
    for recording in recordings {
        let name = recording.file_name().unwrap_or_default();
        let folder = cloud.join(recording.file_stem().unwrap_or_default());
        let same = fs::read(folder.join(name)).is_ok_and(|bytes| fs::read(recording).is_ok_and(|own| own == bytes));
        there += u64::from(same && folder.join("manifest.json").is_file());
    }
    Ok(there)
}

/// What there was of each kind, and what of it was lost.
#[derive(Default)]
struct Table {
    rows: Vec<(String, u64, u64)>,
    lost: u64,
}

impl Table {
    fn add(&mut self, what: &str, there: u64, lost: u64) {
        self.rows.push((what.to_owned(), there, lost));
        self.lost += lost;
    }

    fn text(&self) -> String {
        let width = self
            .rows
            .iter()
            .map(|(what, ..)| what.chars().count())
            .max()
            .unwrap_or(0);
        let mut text = format!("{:<width$}  {:>8}  {:>6}\n", "", "there", "lost");
        for (what, there, lost) in &self.rows {
            text += &format!("{what:<width$}  {there:>8}  {lost:>6}\n");
        }
        text
    }
}
