//! What a recording says, for people: what ran, what was commanded, how long it took, why it stopped.

mod html;
mod interventions;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use sinew_control::Mode;
use sinew_control::record::LoopRecord;
use sinew_control::timing::Durations;
use sinew_node::report::DurationSummary;
use sinew_node_recorder::{RecordedLoop, RecordedLoopError, files_in_order};
use sinew_recording::Reader;

pub use html::write_html;
pub use interventions::Intervention;

use crate::picture::RunPicture;
use crate::run::heading_velocity;

/// A tick is drawn for about each so many of a second: more would not be seen.
const DRAWN_HZ: f64 = 50.0;

/// A topic of a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopicSummary {
    /// Its name.
    pub topic: String,
    /// The type of its messages.
    pub schema: String,
    /// How many there are.
    pub messages: u64,
    /// How many a second, over the whole recording.
    pub rate_hz: Option<f64>,
}

/// A change of what the loop did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModeChange {
    /// When, s since the loop's start.
    pub secs: f64,
    /// Into which mode.
    pub mode: &'static str,
    /// Why it stopped, where it did.
    pub reason: Option<String>,
}

/// Another policy that took charge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyChange {
    /// When, s since the loop's start.
    pub secs: f64,
    /// Its number among the policies of the loop; that of the first is 0.
    pub number: u32,
    /// Deadlines that were missed from this tick on for a second.
    pub missed_deadlines: u64,
}

/// The control loop of a recording.
#[derive(Debug, Clone, Serialize)]
pub struct LoopSummary {
    /// What is known of it: policy, SHA-256, versions.
    pub facts: BTreeMap<String, String>,
    /// Ticks in the recording.
    pub ticks: u64,
    /// Ticks that the loop ran, and the recording lacks.
    pub missing: u64,
    /// From its first to its last tick, s.
    pub seconds: f64,
    /// Changes of mode.
    pub modes: Vec<ModeChange>,
    /// Policies that took charge after the first.
    pub policies: Vec<PolicyChange>,
    /// Deadlines that were missed.
    pub missed_deadlines: u64,
    /// From the end of the reading to the end of writing.
    pub tick_us: DurationSummary,
    /// Observation and inference.
    pub inference_us: DurationSummary,
    /// How late ticks began.
    pub jitter_us: DurationSummary,
    /// How often each check of the gate spoke; those that never did are left out.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// Mean mechanical power while the policy ran, W.
    pub mean_power_w: Option<f64>,
    /// The largest torque as a share of its joint's limit, and when, s.
    pub torque_peak: Option<(f64, f64)>,
}

/// What a recording says.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Its files.
    pub files: Vec<PathBuf>,
    /// What wrote it.
    pub library: String,
    /// Whether each file has its end.
    pub is_complete: bool,
    /// All messages.
    pub messages: u64,
    /// When it began, UTC.
    pub began: Option<String>,
    /// How long it is, s.
    pub seconds: f64,
    /// Its topics.
    pub topics: Vec<TopicSummary>,
    /// When its first message was recorded, ns since 1970.
    #[serde(skip)]
    pub began_nanos: u64,
    /// Who asked a node for what, the first 1000.
    pub interventions: Vec<Intervention>,
    /// What else it says of itself: events, losses.
    pub notes: Vec<String>,
    /// Its control loop, where it has one.
    pub control: Option<LoopSummary>,
    /// The picture of the run.
    #[serde(skip)]
    pub picture: RunPicture,
}

impl Inspection {
    /// When an intervention was recorded, s since the first message.
    pub fn secs_of(&self, intervention: &Intervention) -> f64 {
        intervention.recorded_nanos.saturating_sub(self.began_nanos) as f64 * 1e-9
    }
}

/// Reads the files of one recording, in their order.
///
/// # Errors
/// Where they cannot be read.
pub fn inspect(files: &[PathBuf]) -> Result<Inspection, RecordedLoopError> {
    let files = files_in_order(files)?;
    let mut topics: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut times: Option<(u64, u64)> = None;
    let mut inspection = Inspection {
        files: files.clone(),
        library: String::new(),
        is_complete: true,
        messages: 0,
        began: None,
        seconds: 0.0,
        topics: Vec::new(),
        began_nanos: 0,
        interventions: Vec::new(),
        notes: Vec::new(),
        control: None,
        picture: RunPicture::default(),
    };
    for file in &files {
        let reader = Reader::open(file)?;
        let info = reader.info();
        inspection.library.clone_from(&info.library);
        inspection.is_complete &= info.is_complete;
        inspection.messages += info.messages;
        for (channel, count) in &info.channels {
            *topics
                .entry((channel.topic.clone(), channel.schema.clone()))
                .or_default() += count;
        }
        if let Some((start, end)) = info.times {
            times = Some(times.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
        }
        inspection.notes.extend(notes(&info.metadata));
        interventions::add(&reader, &mut inspection.interventions)?;
    }
    if let Some((start, end)) = times {
        inspection.began_nanos = start;
        inspection.seconds = end.saturating_sub(start) as f64 * 1e-9;
        inspection.began = Some(sinew_node::date::Date::of_secs(start / 1_000_000_000).to_string());
    }
    let seconds = inspection.seconds;
    inspection.topics = topics
        .into_iter()
        .map(|((topic, schema), messages)| TopicSummary {
            topic,
            schema,
            messages,
            rate_hz: (seconds > 0.0).then(|| messages as f64 / seconds),
        })
        .collect();
    match RecordedLoop::open(&files) {
        Ok(recorded) => control(&recorded, &mut inspection)?,
        Err(RecordedLoopError::Missing { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(inspection)
}

/// What metadata say that people should know.
fn notes(metadata: &[(String, BTreeMap<String, String>)]) -> Vec<String> {
    let said = |name: &str, key: &str| {
        let found = metadata.iter().rev().find(|(found, _)| found == name);
        found.and_then(|(_, map)| map.get(key)).cloned()
    };
    let event = said("sinew.event", "reason").map(|reason| format!("recorded because of an event: {reason}"));
    let lost =
        said("sinew.losses", "messages").map(|n| format!("{n} ticks and messages were lost while it was recorded"));
    event.into_iter().chain(lost).collect()
}

/// Goes through the ticks.
fn control(recorded: &RecordedLoop, inspection: &mut Inspection) -> Result<(), RecordedLoopError> {
    let robot = &recorded.setup.robot;
    let mut walk = Walk::new(1.0 / (recorded.setup.params.rate_hz / DRAWN_HZ).max(1.0));
    recorded.for_each_tick(|_, record| {
        walk.add(&record, |stop| stop.reason(robot));
        Ok::<(), RecordedLoopError>(())
    })?;
    let mut picture = std::mem::take(&mut walk.picture);
    picture.title = format!("{}: {:.1} s", robot.name, walk.seconds());
    picture.tick_us = walk.tick.buckets_us();
    picture.tick_deadline_us = Some(1e6 / recorded.setup.params.rate_hz);
    let stop = walk.modes.iter().rev().find_map(|change| change.reason.clone());
    picture.notes = vec![
        format!(
            "policy {}",
            recorded.facts.get("policy").map_or("unknown", String::as_str)
        ),
        stop.unwrap_or_else(|| format!("{} deadlines missed, no stop", walk.missed)),
    ];
    inspection.picture = picture;
    inspection.control = Some(walk.summary(recorded.facts.clone()));
    Ok(())
}

/// What is added up over the ticks.
struct Walk {
    ticks: u64,
    missing: u64,
    next: Option<u64>,
    first_secs: Option<f64>,
    last_secs: f64,
    modes: Vec<ModeChange>,
    mode: Option<Mode>,
    policies: Vec<PolicyChange>,
    policy: Option<u32>,
    missed: u64,
    tick: Durations,
    inference: Durations,
    jitter: Durations,
    verdicts: BTreeMap<&'static str, u64>,
    power: (f64, u64),
    torque_peak: Option<(f64, f64)>,
    /// Which share of the ticks is drawn, and how much of the next one is due.
    drawn_share: f64,
    due: f64,
    picture: RunPicture,
}

impl Walk {
    fn new(drawn_share: f64) -> Self {
        Self {
            ticks: 0,
            missing: 0,
            next: None,
            first_secs: None,
            last_secs: 0.0,
            modes: Vec::new(),
            mode: None,
            policies: Vec::new(),
            policy: None,
            missed: 0,
            tick: Durations::default(),
            inference: Durations::default(),
            jitter: Durations::default(),
            verdicts: BTreeMap::new(),
            power: (0.0, 0),
            torque_peak: None,
            drawn_share,
            due: 1.0,
            picture: RunPicture::default(),
        }
    }

    fn add(&mut self, record: &LoopRecord, reason: impl Fn(&sinew_control::gate::Stop) -> String) {
        let tick = &record.tick;
        self.ticks += 1;
        if let Some(next) = self.next.replace(tick.next_number()) {
            self.missing += tick.tick.saturating_sub(next);
        }
        self.first_secs.get_or_insert(tick.time_secs);
        self.last_secs = tick.time_secs;
        if self.mode.replace(tick.mode) != Some(tick.mode) {
            self.modes.push(ModeChange {
                secs: tick.time_secs,
                mode: tick.mode.name(),
                reason: tick.stop.as_ref().map(reason),
            });
        }
        let number = tick.policy.number;
        if self.policy.replace(number).is_some_and(|before| before != number) {
            self.policies.push(PolicyChange {
                secs: tick.time_secs,
                number,
                missed_deadlines: 0,
            });
        }
        if let Some(change) = self.policies.last_mut()
            && tick.time_secs < change.secs + 1.0
        {
            change.missed_deadlines += tick.missed;
        }
        self.missed += tick.missed;
        self.tick.record(tick.tick_nanos);
        self.jitter.record(tick.jitter_nanos);
        if let Some(nanos) = tick.inference_nanos {
            self.inference.record(nanos);
        }
        if record.counts.total() > 0 {
            for (check, count) in record.counts.iter().filter(|(_, count)| *count > 0) {
                *self.verdicts.entry(check.name()).or_default() += count;
            }
        }
        if tick.mode == Mode::Run && tick.power_w.is_finite() {
            self.power = (self.power.0 + tick.power_w, self.power.1 + 1);
        }
        if tick.torque_share.is_finite() && self.torque_peak.is_none_or(|(most, _)| tick.torque_share > most) {
            self.torque_peak = Some((tick.torque_share, tick.time_secs));
        }
        self.due += self.drawn_share;
        if self.due >= 1.0 {
            self.due -= 1.0;
            self.draw(record);
        }
    }

    fn draw(&mut self, record: &LoopRecord) {
        let picture = &mut self.picture;
        picture.times_secs.push(record.tick.time_secs);
        picture.velocity_asked.push(record.tick.command.to_array());
        match &record.tick.truth {
            Some(truth) => {
                picture.path_xy_m.push([truth.position.x, truth.position.y]);
                picture.velocity_got.push(heading_velocity(truth));
            }
            // What is not finite is not drawn.
            None => picture.velocity_got.push([f64::NAN; 3]),
        }
    }

    fn seconds(&self) -> f64 {
        self.last_secs - self.first_secs.unwrap_or(self.last_secs)
    }

    fn summary(self, facts: BTreeMap<String, String>) -> LoopSummary {
        LoopSummary {
            facts,
            ticks: self.ticks,
            missing: self.missing,
            seconds: self.seconds(),
            missed_deadlines: self.missed,
            tick_us: (&self.tick).into(),
            inference_us: (&self.inference).into(),
            jitter_us: (&self.jitter).into(),
            verdicts: self.verdicts,
            mean_power_w: (self.power.1 > 0).then(|| self.power.0 / self.power.1 as f64),
            torque_peak: self.torque_peak,
            modes: self.modes,
            policies: self.policies,
        }
    }
}
