//! What robots report to an MQTT broker.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use sinew::log::printable;
use sinew::telemetry::mqtt::{Arrived, ConnectOptions, Heard, Listener};
use sinew::telemetry::{BrokerParams, RELEASES, Received};
use sinew_releases::fleet::{Collection, MessageNumber, NotKept, RobotReport};

/// The last level of the topics on which robots tell what they have.
const CLASS: &str = "events";
/// How long the broker is listened to at a time. What came until then is put on disk.
const SLICE: Duration = Duration::from_secs(1);
/// Most different refusals that are said: a stranger must not fill a terminal.
const MOST_REFUSALS: usize = 100;

/// How a broker is reached. The words are those of the parameters `telemetry.broker`.
#[derive(Debug, Clone, Args)]
pub(super) struct BrokerArgs {
    /// The MQTT 5 broker that the robots' telemetry goes to: mqtts://HOST or mqtts://HOST:PORT; mqtt:// without TLS for one
    /// on this computer.
    #[arg(long, value_name = "URL")]
    pub(super) broker: Option<String>,
    /// What topics begin with: `topic_prefix` of the robots.
    #[arg(long, value_name = "PREFIX", default_value = "sinew")]
    topic_prefix: String,
    /// Certificates (PEM) of who may sign the broker's; the system's when left out.
    #[arg(long, value_name = "FILE", requires = "broker")]
    ca_file: Option<PathBuf>,
    /// A certificate (PEM) to show, with --key-file.
    #[arg(long, value_name = "FILE", requires = "key_file")]
    certificate_file: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate_file")]
    key_file: Option<PathBuf>,
    /// Name of a user, with --password-file.
    #[arg(long, value_name = "NAME", requires = "password_file")]
    user: Option<String>,
    /// A file with the user's password in its first line.
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Go without TLS over a network, where everybody on the way can read along.
    #[arg(long, requires = "broker")]
    allow_plaintext: bool,
}

/// Who listens to the robots.
#[derive(Debug)]
pub(super) struct RobotListener {
    listener: Listener,
    topic_prefix: String,
    address: String,
    /// Why nothing is heard now; nothing while it is.
    silence: Option<String>,
    refusals: BTreeSet<String>,
}

impl RobotListener {
    pub(super) fn new(args: &BrokerArgs) -> anyhow::Result<Self> {
        let url = args.broker.as_deref().context("expected --broker")?;
        let at = |reason: String| anyhow!("--broker: {reason}");
        let params = BrokerParams {
            allow_plaintext: args.allow_plaintext,
            ca_file: args.ca_file.clone(),
            certificate_file: args.certificate_file.clone(),
            key_file: args.key_file.clone(),
            user: args.user.clone(),
            password_file: args.password_file.clone(),
            max_pause_secs: 10.0,
            ..BrokerParams::at(url).map_err(at)?
        };
        params.validate().map_err(at)?;
        let prefix = args.topic_prefix.trim_end_matches('/');
        ensure!(
            !prefix.is_empty() && !prefix.contains(['+', '#']) && prefix.split('/').count() <= 5,
            "--topic-prefix: expected 1 to 5 levels without `+` and `#`, found `{}`",
            printable(prefix)
        );
        // Two that listen under one name would take turns at throwing each other out.
        let name = format!("sinew-fleet-{:016x}", RandomState::new().hash_one(0));
        let connect = ConnectOptions::new(&params, &name, Path::new("")).context("--broker")?;
        let address = connect.address();
        Ok(Self {
            listener: Listener::new(connect, &format!("{prefix}/+/{CLASS}"))?,
            topic_prefix: prefix.to_owned(),
            silence: Some("it was not reached yet".to_owned()),
            address,
            refusals: BTreeSet::new(),
        })
    }

    /// Why the robots are not heard now.
    pub(super) fn silence(&self) -> Option<String> {
        let reason = self.silence.as_ref()?;
        Some(format!("{} is not heard: {reason}", self.address))
    }

    /// What was not taken, in words.
    pub(super) fn refusals(&self) -> Vec<String> {
        self.refusals.iter().cloned().collect()
    }

    /// Listens for a time, and keeps what robots say.
    pub(super) fn listen(&mut self, collection: &mut Collection, time: Duration) -> anyhow::Result<()> {
        let ends_at = Instant::now() + time;
        loop {
            let left = ends_at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let slice_ends = Instant::now() + left.min(SLICE);
            // By the clock, too: where messages come without end, there is always a next one.
            while Instant::now() < slice_ends {
                let patience = slice_ends.saturating_duration_since(Instant::now());
                let Some(heard) = self.listener.next(patience) else {
                    break;
                };
                self.take(heard, collection);
            }
            collection.save().context("--reports: a report cannot be written")?;
        }
    }

    /// The same, and shows on a terminal how it goes.
    pub(super) fn listen_first(&mut self, collection: &mut Collection, time: Duration) -> anyhow::Result<()> {
        let ends_at = Instant::now() + time;
        let is_terminal = stderr().is_terminal();
        eprintln!("listens to {} for {} s", self.address, time.as_secs());
        while Instant::now() < ends_at {
            let left = ends_at.saturating_duration_since(Instant::now());
            self.listen(collection, left.min(SLICE))?;
            if is_terminal {
                let left = ends_at.saturating_duration_since(Instant::now());
                let (robots, left) = (collection.reports().len(), left.as_secs());
                // Progress that cannot be shown stops nothing.
                let _ = write!(stderr(), "\r{robots} robots, {left} s to go  ");
            }
        }
        if is_terminal {
            let _ = writeln!(stderr());
        }
        match self.silence() {
            Some(silence) => Err(anyhow!(silence)),
            None => Ok(()),
        }
    }

    fn take(&mut self, heard: Heard, collection: &mut Collection) {
        match heard {
            Heard::Ready => {
                if self.silence.take().is_some() {
                    eprintln!("connected to {}", self.address);
                }
            }
            Heard::Lost(reason) => {
                let reason = printable(&reason);
                if self.silence.as_ref() != Some(&reason) {
                    eprintln!("warning: {} is not heard: {reason}", self.address);
                }
                self.silence = Some(reason);
            }
            Heard::Message(arrived) => {
                if let Err(reason) = self.keep(&arrived, collection) {
                    self.refuse(reason);
                }
            }
        }
    }

    fn keep(&self, arrived: &Arrived, collection: &mut Collection) -> Result<(), String> {
        let content_type = arrived.content_type.as_deref();
        let received = Received::read(&self.topic_prefix, &arrived.topic, content_type, &arrived.payload);
        let received = received.map_err(|error| error.to_string())?;
        if received.kind != RELEASES {
            return Ok(());
        }
        let now_secs = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let report = report_of(received)?;
        match collection.keep(report, now_secs) {
            // Messages come twice where an acknowledgement was lost: that is as it should be.
            Ok(()) | Err(NotKept::Older { .. }) => Ok(()),
            Err(refused) => Err(refused.to_string()),
        }
    }

    fn refuse(&mut self, reason: String) {
        if self.refusals.len() < MOST_REFUSALS && !self.refusals.contains(&reason) {
            eprintln!("warning: {}", printable(&reason));
            self.refusals.insert(reason);
        }
    }
}

/// The report that a message brings, of the robot on whose topic it came.
fn report_of(received: Received) -> Result<RobotReport, String> {
    let robot = received.robot_id;
    let bytes = serde_json::to_vec(&received.data).map_err(|error| error.to_string())?;
    let report = RobotReport::parse(&bytes).map_err(|error| format!("{robot}: {:#}", anyhow!(error)))?;
    if report.robot != robot {
        return Err(format!(
            "expected a report of {robot} on its topic, found one of {}: `robot` of its updater has to be `robot_id` of its telemetry",
            report.robot
        ));
    }
    Ok(RobotReport {
        message: Some(MessageNumber {
            spool: received.spool,
            sequence: received.sequence,
        }),
        ..report
    })
}
