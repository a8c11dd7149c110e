use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::json;
use sinew_control::tap::TapReader;
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_messages::std_msgs::msg::String as Text;
use sinew_messages::std_srvs::srv::{Trigger, TriggerRequest};
use sinew_node::bus::{Bus, Client, Input, Qos};
use sinew_node::node::{Live, Node, Setup, Shown, ShownLoop};
use sinew_node::report::{Diagnostics, Registry};
use sinew_node::worker::{Builder, Ending, Worker};
use tokio::sync::{Notify, mpsc};

use crate::commands::{Command, Judge};
use crate::envelope::{Draft, Envelope, class_of};
use crate::mqtt::{Arrived, BrokerReport, ConnectOptions, Item, SpoolReport, Uploader, UploaderSettings};
use crate::params::{CommandName, TelemetryParams};
use crate::releases::ReleasesWatch;
use crate::spool::{Class, Spool};
use crate::watch::Watch;

/// How often loops, reports and the broker are looked after. A loop's ring has far more ticks.
const LOOK: Duration = Duration::from_millis(20);
/// Messages between the node and its spool.
const ITEMS: usize = 1024;
/// Commands that wait to be judged.
const COMMANDS: usize = 16;
/// How long control may take to stop the robot.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// The last level of the topic on which commands come.
const COMMANDS_TOPIC: &str = "commands";

/// The node `telemetry`: what matters of the robot goes to an MQTT 5 broker, through a spool on disk.
#[derive(Debug)]
pub struct Telemetry {
    params: Live<TelemetryParams>,
    folder: PathBuf,
    settings: UploaderSettings,
    registry: Registry,
    shown: Shown,
    bus: Arc<dyn Bus>,
    heard: Input<DiagnosticArray>,
    reported: Input<Text>,
    diagnostics: Diagnostics,
    judge: Option<Judge>,
    recordings: Option<PathBuf>,
    worker: Option<Worker<()>>,
    watch: Watch,
    releases: ReleasesWatch,
    /// Why a report of releases does not go out, until one does.
    unfit_report: Option<String>,
    taps: Vec<(Arc<ShownLoop>, TapReader, u64)>,
    /// What `set_rate` has set.
    health_rate_hz: Option<f64>,
}

/// Where messages and commands pass.
#[derive(Debug)]
struct Link {
    items: mpsc::Sender<Item>,
    arrived: mpsc::Receiver<Arrived>,
    spool: SpoolReport,
    broker: BrokerReport,
}

impl Node for Telemetry {
    const NAME: &'static str = "telemetry";
    const DESCRIPTION: &'static str = "health, events and commands over MQTT 5, through a spool on disk";
    type Params = TelemetryParams;

    fn configure(setup: &Setup<TelemetryParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let beside = |path: &Path| setup.path(path);
        let folder = beside(&params.spool.folder);
        let envelope = Envelope {
            robot_id: params.robot_id.clone(),
            topic_prefix: params.topic_prefix.clone(),
            encoding: params.encoding,
        };
        let connect = ConnectOptions::new(&params.broker, &params.robot_id, &beside(Path::new("")))?;
        let judge = params.commands.enabled.then(|| {
            std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            let key_file = params.commands.key_file.as_deref().map(beside);
            let seen = folder.join("commands.json");
            Judge::new(
                &params.robot_id,
                &params.commands.allowed,
                key_file.as_deref(),
                &seen,
                unix_secs(),
            )
        });
        Ok(Self {
            settings: UploaderSettings {
                connect,
                max_message_bytes: params.max_message_bytes as usize,
                sync_every: Duration::from_secs_f64(params.spool.sync_secs),
                subscribes_to: params.commands.enabled.then(|| envelope.topic(COMMANDS_TOPIC)),
                envelope,
            },
            folder,
            registry: setup.registry.clone(),
            shown: setup.host.shown.clone(),
            bus: setup.bus.clone(),
            heard: setup.input("/diagnostics", Qos::default().keep_last(50))?,
            reported: setup.input("updater/report", Qos::latched())?,
            diagnostics: Diagnostics::new(setup)?,
            judge: judge.transpose()?,
            recordings: params.commands.recordings.as_deref().map(beside),
            worker: None,
            watch: Watch::default(),
            releases: ReleasesWatch::new(&params.robot_id),
            unfit_report: None,
            taps: Vec::new(),
            health_rate_hz: None,
            params: setup.params.clone(),
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut link = self.start()?;
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut health_due = Instant::now();
        self.diagnostics.begin();
        loop {
            look.tick().await;
            anyhow::ensure!(
                self.worker.as_ref().is_some_and(|worker| !worker.has_ended()),
                "the thread that sends has ended"
            );
            let reports = self.shown.reports();
            let mut told = self.watch.nodes(&reports);
            told.extend(self.read_loops());
            while let Some(array) = self.heard.try_recv() {
                told.extend(self.watch.diagnostics(&array, Instant::now()));
            }
            while let Ok(arrived) = link.arrived.try_recv() {
                told.extend(self.obey(&arrived).await);
            }
            told.extend(self.read_report(link.broker.is_connected()));
            if Instant::now() >= health_due {
                let rate = self.health_rate_hz.unwrap_or(self.params.get().health_rate_hz);
                health_due = Instant::now() + Duration::from_secs_f64(1.0 / rate);
                told.extend(self.watch.health(&reports, Instant::now()));
            }
            for draft in told {
                link.send(draft).await?;
            }
            if self.diagnostics.is_due() {
                self.diagnostics.publish()?;
            }
        }
    }

    fn deactivate(&mut self) {
        if let Some(Err(panicked)) = self.worker.take().map(Worker::end) {
            tracing::error!("{panicked}");
        }
        self.taps.clear();
    }
}

impl Telemetry {
    /// Opens the spool, and starts the thread that has it and the connection.
    fn start(&mut self) -> anyhow::Result<Link> {
        let (spool, opened) = Spool::open(&self.folder, self.params.get().spool.limits())?;
        for damage in &opened.damage {
            tracing::warn!(spool = %self.folder.display(), "{damage}");
        }
        let spool_report = SpoolReport::new(&self.registry, &self.folder.display().to_string());
        spool_report.opened(&opened);
        let broker_report = BrokerReport::new(&self.registry, &self.settings.connect.address());
        let (items, received) = mpsc::channel(ITEMS);
        let (sender, arrived) = mpsc::channel(COMMANDS);
        let reports = (spool_report.clone(), broker_report.clone());
        let uploader = Uploader::new(spool, self.settings.clone(), reports, received, sender);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let end = Arc::new(Notify::new());
        let asked = end.clone();
        let ending = Arc::new(Ending::calling(move || asked.notify_one()));
        let work = move |(): &mut (), _: &Ending| {
            if let Err(error) = runtime.block_on(uploader.run(async move { end.notified().await })) {
                tracing::error!("the spool was not closed in order: {error}");
            }
        };
        self.worker = Some(Builder::new("telemetry-link").ended_by(ending).start((), work)?);
        Ok(Link {
            items,
            arrived,
            spool: spool_report,
            broker: broker_report,
        })
    }

    /// What the loops of the process did since they were read last.
    fn read_loops(&mut self) -> Vec<Draft> {
        let loops = self.shown.loops();
        self.taps
            .retain(|(known, ..)| loops.iter().any(|shown| Arc::ptr_eq(shown, known)));
        for shown in loops {
            if !self.taps.iter().any(|(known, ..)| Arc::ptr_eq(&shown, known)) {
                let tap = shown.operator.tap();
                self.taps.push((shown, tap, 0));
            }
        }
        let mut told = Vec::new();
        for (shown, tap, lost) in &mut self.taps {
            while let Some(record) = tap.next_record() {
                told.extend(self.watch.tick(&shown.node, &shown.setup.robot, &record.tick));
            }
            self.watch.lost(&shown.node, tap.lost() - *lost);
            *lost = tap.lost();
        }
        told
    }

    /// What the updater says of the robot's releases, where it is to be told now.
    fn read_report(&mut self, is_connected: bool) -> Option<Draft> {
        while let Some(report) = self.reported.try_recv() {
            let unfit = self.releases.hear(&report.data).err();
            // What repeats itself is said once.
            if let Some(reason) = unfit.as_ref().filter(|_| unfit != self.unfit_report) {
                tracing::warn!(topic = "updater/report", "the robot's releases are not told: {reason}");
            }
            self.unfit_report = unfit;
        }
        let every = Duration::from_secs_f64(self.params.get().releases_secs);
        self.releases.tell(Instant::now(), every, is_connected)
    }

    /// Judges a command, carries it out, and answers.
    async fn obey(&mut self, arrived: &Arrived) -> Vec<Draft> {
        let Some(judge) = &mut self.judge else {
            return Vec::new();
        };
        let answer = |id: Option<&str>, command: Option<CommandName>, success: bool, message: &str| {
            let data = json!({ "id": id, "command": command, "success": success, "message": message });
            Draft::now("command_answered", id.map(str::to_owned), data)
        };
        match judge.judge(&arrived.payload, unix_secs()) {
            Ok(command) => {
                let mut told = Vec::new();
                let done = self.carry_out(&command, &mut told).await;
                let (success, message) = match done {
                    Ok(message) => (true, message),
                    Err(message) => (false, message),
                };
                tracing::warn!(id = command.id, command = ?command.command, success, "from the cloud: {message}");
                told.push(answer(Some(&command.id), Some(command.command), success, &message));
                told
            }
            Err(refusal) => {
                tracing::warn!(id = refusal.id, "a command from the cloud is refused: {refusal}");
                // Who cannot be known is not answered: it would be a way to fill the spool.
                let id = refusal.id.as_deref();
                id.map(|id| answer(Some(id), None, false, &refusal.reason))
                    .into_iter()
                    .collect()
            }
        }
    }

    async fn carry_out(&mut self, command: &Command, told: &mut Vec<Draft>) -> Result<String, String> {
        match command.command {
            CommandName::Stop => {
                let client = Client::<Trigger>::new(self.bus.clone(), "control/stop");
                let called = client.call(TriggerRequest::default(), STOP_PATIENCE).await;
                let answered = called.map_err(|error| error.to_string())?;
                let message = answered.message.clone();
                if answered.success { Ok(message) } else { Err(message) }
            }
            CommandName::SetRate => {
                let rate = command.arguments.health_rate_hz;
                let rate = rate.filter(|rate| (0.001..=1.0).contains(rate));
                let rate = rate.ok_or("`health_rate_hz`: expected a number from 0.001 to 1")?;
                self.health_rate_hz = Some(rate);
                Ok(format!("health goes out at {rate} Hz"))
            }
            CommandName::UploadSegment => {
                let name = command.arguments.segment.as_deref().unwrap_or_default();
                let folder = self
                    .recordings
                    .as_deref()
                    .ok_or("`commands.recordings` names no folder")?;
                let data = segment(folder, name)?;
                told.push(Draft::now("segment", Some(name.to_owned()), data));
                Ok(format!("{name} is on disk; whoever uploads recordings is told"))
            }
        }
    }
}

impl Link {
    /// What matters waits for its place; the state of health, of which there is more soon, does not.
    async fn send(&self, draft: Draft) -> anyhow::Result<()> {
        let item = Item {
            class: class_of(&draft.kind),
            draft,
        };
        if item.class < Class::Health {
            return self.items.send(item).await.context("the thread that sends has ended");
        }
        if self.items.try_send(item).is_err() {
            self.spool.count_overflow();
        }
        Ok(())
    }
}

/// What is on disk of a recording.
fn segment(folder: &Path, name: &str) -> Result<serde_json::Value, String> {
    let is_plain = !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != "..";
    if !is_plain {
        return Err("`segment`: expected the name of a file".to_owned());
    }
    let metadata = std::fs::symlink_metadata(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    if !metadata.is_file() {
        return Err(format!("`segment`: expected a file, {name} is none"));
    }
    Ok(json!({ "segment": name, "bytes": metadata.len() }))
}

fn unix_secs() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
