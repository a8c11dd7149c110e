//! The node around [`Updates`]: a thread of its own, and what it reports.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::bus::Qos;
use sinew_node::node::{Live, Node, Setup};
use sinew_node::report::{Counter, Diagnostics, Gauge, Part, Text, Unit};
use sinew_node::sync::lock;
use sinew_node::worker::{Builder, Worker};
use sinew_releases::store::{Happened, Status, Store, StoreError};

use crate::hawkbit::Hawkbit;
use crate::offers::Offers;
use crate::opening::Opening;
use crate::params::UpdaterParams;
use crate::report::Reporter;
use crate::repository::Repository;
use crate::schedule::Schedule;
use crate::updates::{Step, Updates};

const WATCH_PERIOD: Duration = Duration::from_millis(100);
/// How often the store is looked into for what others have done to it.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// How long the end of the node waits for a download: what is there of it is kept.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(5);
/// What is worth a warning for as long as nothing newer has happened.
const BAD: [&str; 3] = ["refused", "rolled_back", "damaged"];

/// The node.
#[derive(Debug)]
pub struct UpdaterNode {
    params: Live<UpdaterParams>,
    robot: String,
    store: Store,
    updates: Option<Updates>,
    worker: Option<Worker<Updates>>,
    counts: Arc<Counts>,
    diagnostics: Diagnostics,
    looked: Option<Instant>,
    reporter: Reporter,
}

/// What is reported.
#[derive(Debug)]
struct Counts {
    part: Part,
    asked: Counter,
    failures: Counter,
    staged: Counter,
    received_bytes: Counter,
    in_charge: Text,
    stage: Text,
    slot: Text,
    candidate: Text,
    candidate_stage: Text,
    pinned: Text,
    last: Text,
    last_error: Text,
    barred: Gauge,
    revision: Gauge,
    /// Why the last try failed, until one goes well.
    failing: Mutex<Option<String>>,
    /// Why the last release that was left was so, which is said once.
    left: Mutex<Option<String>>,
    /// What the store says.
    standing: Mutex<(u8, String)>,
    told: Mutex<Option<Happened>>,
}

impl Node for UpdaterNode {
    const NAME: &'static str = "updater";
    const DESCRIPTION: &'static str = "brings signed releases of models to the robot";
    type Params = UpdaterParams;

    fn configure(setup: &Setup<UpdaterParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        ensure!(
            (!params.url.is_empty() || params.hawkbit.is_set()) && !params.release.is_empty(),
            "`url` and `release`: expected the repository (or `hawkbit.url`) and the name of a release, found none"
        );
        let robot = params
            .robot_name()
            .context("`robot`: the computer's name cannot be read; say it")?;
        let folder = setup.path(&params.store);
        let (store, status) = Store::open(&folder)?;
        for complaint in &status.complaints {
            tracing::warn!("{complaint}");
        }
        let params = params.with_files(|path| setup.path(path));
        let url = if params.hawkbit.is_set() {
            &params.hawkbit.url
        } else {
            &params.url
        };
        tracing::info!(folder = %folder.display(), url, "releases of {} come from {url}", params.release);
        let counts = Counts::new(setup.registry.part("releases", url));
        counts.stand(&store.status());
        let store_folder = folder;
        let folder = params.report_folder.as_deref().map(|folder| setup.path(folder));
        let topic = setup.output("~/report", Qos::latched())?;
        let subscriber = params.subscriber(&robot);
        let opening = {
            let (robot, files) = (robot.clone(), setup.path(Path::new("")));
            Opening::new(Box::new(move || open(&params, &robot, &store_folder, &files)))
        };
        Ok(Self {
            params: setup.params.clone(),
            updates: Some(Updates::new(store.clone(), Box::new(opening))),
            store,
            worker: None,
            counts: Arc::new(counts),
            diagnostics: Diagnostics::new(setup)?,
            looked: None,
            reporter: Reporter::new(topic, folder, subscriber),
            robot,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let updates = self.updates.take().context("the updating thread has ended before")?;
        self.worker = Some(self.start(updates)?);
        let mut watch = tokio::time::interval(WATCH_PERIOD);
        self.diagnostics.begin();
        loop {
            watch.tick().await;
            if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_PERIOD) {
                let status = self.store.status();
                self.counts.stand(&status);
                if let Ok(status) = &status {
                    self.reporter.tell(status, self.counts.trouble(status));
                }
                self.looked = Some(Instant::now());
            }
            let has_ended = self.worker.as_ref().is_none_or(Worker::has_ended);
            if has_ended || self.diagnostics.is_due() {
                self.counts.judge();
                self.diagnostics.publish()?;
            }
            if has_ended {
                bail!("the updating thread has ended");
            }
        }
    }

    fn deactivate(&mut self) {
        let Some(worker) = self.worker.take() else { return };
        // Where a download takes longer, the thread is left to end by itself.
        self.updates = worker.give_back_within(PATIENCE);
    }
}

/// The place that the parameters name, whose files are in the folder `files` where they say no whole path.
fn open(params: &UpdaterParams, robot: &str, store: &Path, files: &Path) -> anyhow::Result<Box<dyn Offers>> {
    let resolved = |path: &Path| files.join(path);
    if params.hawkbit.is_set() {
        return Ok(Box::new(Hawkbit::open(params, robot, store, resolved)?));
    }
    let trust = params.signer.trust(resolved)?;
    let repository = Repository::open(params, robot, store, &resolved(&params.root))?;
    Ok(Box::new(repository.signed_by(trust)))
}

impl UpdaterNode {
    fn start(&self, updates: Updates) -> std::io::Result<Worker<Updates>> {
        let (counts, params) = (self.counts.clone(), self.params.clone());
        let mut schedule = Schedule::new(&self.robot, params.get().poll_secs);
        // `deactivate` has waited for it before.
        let builder = Builder::new("updater").left_after(LOOK);
        builder.start(updates, move |updates, ending| {
            let mut pause = schedule.first();
            while !ending.wait(pause) {
                updates.limit(params.get().limit());
                let step = updates.step();
                schedule.follow(updates.pauses());
                pause = schedule.next(matches!(step, Step::Failed(_)));
                counts.tell(&step);
            }
        })
    }
}

impl Counts {
    fn new(part: Part) -> Self {
        Self {
            asked: part.counter("asked", Unit::None, "How often the repository was asked."),
            failures: part.counter("failures", Unit::None, "How often that failed; it is tried again."),
            staged: part.counter("staged", Unit::None, "Releases that were brought and verified."),
            received_bytes: part.counter(
                "received_bytes",
                Unit::None,
                "Bytes of releases that came over the network.",
            ),
            in_charge: part.text("in_charge", "The version in charge."),
            slot: part.text("slot", "Its slot."),
            stage: part.text("stage", "How far it has come: probation, or settled."),
            candidate: part.text("candidate", "The version that may follow."),
            candidate_stage: part.text("candidate_stage", "How far that has come."),
            pinned: part.text("pinned", "The version that an operator holds."),
            last: part.text("last", "What happened last to a release."),
            last_error: part.text("last_error", "Why the last try that failed did so."),
            barred: part.gauge(
                "barred",
                Unit::None,
                0,
                "Versions that are not tried again by themselves.",
            ),
            revision: part.gauge("revision", Unit::None, 0, "How often the store has changed."),
            failing: Mutex::new(None),
            left: Mutex::new(None),
            standing: Mutex::new((DiagnosticStatus::OK, String::new())),
            told: Mutex::new(None),
            part,
        }
    }

    /// What is wrong, for whoever looks after many robots.
    fn trouble(&self, status: &Status) -> Option<String> {
        status
            .complaints
            .first()
            .cloned()
            .or_else(|| lock(&self.failing).clone())
    }

    /// Takes what the store says.
    fn stand(&self, status: &Result<Status, StoreError>) {
        let status = match status {
            Ok(status) => status,
            Err(error) => {
                *lock(&self.standing) = (DiagnosticStatus::ERROR, error.to_string());
                return;
            }
        };
        let state = &status.state;
        let version = state.release_in_charge().map_or("", |release| &release.version);
        let stage = state
            .held(state.in_charge())
            .map_or("settled", |held| held.stage.name());
        self.in_charge.set(version.to_owned());
        self.slot.set(state.in_charge().name().to_owned());
        self.stage.set(stage.to_owned());
        let candidate = state.candidate().map(|(_, held)| held);
        self.candidate
            .set(candidate.map_or_else(String::new, |held| held.release.version.clone()));
        self.candidate_stage
            .set(candidate.map_or("", |held| held.stage.name()).to_owned());
        self.pinned.set(state.pinned().unwrap_or_default().to_owned());
        self.barred.set(state.barred().len() as f64);
        self.revision.set(status.revision as f64);
        let last = status.history.last();
        let said = last.map_or_else(String::new, in_words);
        self.last.set(said.clone());
        let bad = status.history.iter().rev().find(|happened| happened.what != "pinned");
        let standing = match (version, status.complaints.first(), bad) {
            ("", ..) => (
                DiagnosticStatus::WARN,
                "no release is installed; sinew release factory installs the first".to_owned(),
            ),
            (_, Some(complaint), _) => (DiagnosticStatus::ERROR, complaint.clone()),
            (_, None, Some(happened)) if BAD.contains(&happened.what.as_str()) => (
                DiagnosticStatus::WARN,
                format!("{version} is in charge; {}", in_words(happened)),
            ),
            _ => (DiagnosticStatus::OK, format!("{version} is in charge, {stage}")),
        };
        *lock(&self.standing) = standing;
        let mut told = lock(&self.told);
        if told.as_ref() != last {
            match last {
                Some(happened) if BAD.contains(&happened.what.as_str()) => tracing::warn!("{said}"),
                Some(_) => tracing::info!("{said}"),
                None => {}
            }
            *told = last.cloned();
        }
    }

    fn tell(&self, step: &Step) {
        self.asked.add(1);
        let mut failing = lock(&self.failing);
        match step {
            Step::Failed(error) => {
                self.failures.add(1);
                // What repeats itself is said once.
                if failing.as_ref() != Some(error) {
                    tracing::warn!("{error}");
                }
                self.last_error.set(error.clone());
                *failing = Some(error.clone());
                return;
            }
            Step::Staged { bytes, .. } => {
                self.staged.add(1);
                self.received_bytes.add(*bytes);
            }
            Step::Left { why, .. } => {
                let why = why.to_string();
                let mut left = lock(&self.left);
                if left.as_ref() != Some(&why) {
                    tracing::warn!("{why}");
                }
                self.last_error.set(why.clone());
                *left = Some(why);
            }
            Step::UpToDate | Step::TakenBack { .. } | Step::Older { .. } | Step::Withdrawn { .. } => {}
        }
        *failing = None;
    }

    fn judge(&self) {
        let (level, message) = lock(&self.standing).clone();
        match &*lock(&self.failing) {
            // A robot without a network works as before, and says what it lacks.
            Some(error) if level == DiagnosticStatus::OK => {
                self.part.judge(DiagnosticStatus::WARN, format!("{message}; {error}"));
            }
            _ => self.part.judge(level, message),
        }
    }
}

fn in_words(happened: &Happened) -> String {
    let Happened { version, what, why, .. } = happened;
    if why.is_empty() {
        format!("{version}: {what}")
    } else {
        format!("{version}: {what} ({why})")
    }
}
