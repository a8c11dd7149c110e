//! Whether a policy that has just taken charge is as good as the one before.
//!
//! [`Baseline`] measures the policy before, [`Probation`] the newcomer against it, both out of the records of the loop's
//! tap. Each rule says what it found and what is allowed. None fires for what a policy cannot be blamed for: while a sensor
//! is lost or has just come back, while the robot damps or stands up, for a deadline that the machine has missed, for a
//! stop that somebody asked for. What such a tick has is not counted at all.

use std::collections::VecDeque;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gate::{Check, Stop, VerdictCounts};
use crate::record::LoopRecord;
use crate::start::Mode;

/// The checks that speak about what a policy asks for, or what comes of it.
const OF_THE_POLICY: [Check; 8] = [
    Check::NonFiniteCommand,
    Check::PositionLimit,
    Check::VelocityLimit,
    Check::SlewLimit,
    Check::TorqueLimit,
    Check::GainLimit,
    Check::JointSpeed,
    Check::JointPosition,
];
/// The checks that speak about sensors: what a policy makes of their silence is not its own.
const OF_SENSORS: [Check; 10] = [
    Check::ReadFailed,
    Check::NonFiniteSensor,
    Check::StaleJoint,
    Check::StaleImu,
    Check::StaleBaseVelocity,
    Check::FrozenJoint,
    Check::FrozenImu,
    Check::UnknownTurn,
    Check::StaleTemperature,
    Check::WriteFailed,
];

/// What a newcomer may do on probation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbationRules {
    /// How many verdicts of the gate's bounds a second it may cause more than the policy before.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub verdicts_per_sec: f64,
    /// How much farther from its command the base may move in a second, on the mean, than with the policy before, m/s;
    /// measured where the base velocity is.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub velocity_error_m_s: f64,
    /// The same for turning, rad/s.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub yaw_rate_error_rad_s: f64,
    /// How far the base may lean more than it ever did with the policy before, rad.
    #[schemars(range(min = 0.0, max = 3.2))]
    pub lean_rad: f64,
    /// How many more of its inferences than of those of the policy before may be late or fail, as a share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub late_share: f64,
    /// How long after a sensor was lost, a deadline was missed or the robot has begun to run nothing counts, s.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub excused_secs: f64,
}

impl Default for ProbationRules {
    fn default() -> Self {
        Self {
            verdicts_per_sec: 20.0,
            velocity_error_m_s: 0.35,
            yaw_rate_error_rad_s: 0.8,
            lean_rad: 0.2,
            late_share: 0.05,
            excused_secs: 1.0,
        }
    }
}

/// A rule of a probation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The gate has stopped the robot for something that the policy is to be blamed for.
    Stop,
    /// The gate's bounds speak too often.
    Verdicts,
    /// The base does not move as it was asked to.
    VelocityError,
    /// The base does not turn as it was asked to.
    YawRateError,
    /// The base leans too far.
    Lean,
    /// Inferences come too late, or fail.
    LateInference,
    /// An inference has hung, until it was ended.
    StuckInference,
}

impl Rule {
    /// Name for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Stop => "stop",
            Rule::Verdicts => "verdicts",
            Rule::VelocityError => "velocity_error",
            Rule::YawRateError => "yaw_rate_error",
            Rule::Lean => "lean",
            Rule::LateInference => "late_inference",
            Rule::StuckInference => "stuck_inference",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Rule::Stop => "",
            Rule::Verdicts => " 1/s",
            Rule::VelocityError => " m/s",
            Rule::YawRateError => " rad/s",
            Rule::Lean => " rad",
            Rule::LateInference => " of all",
            Rule::StuckInference => " s",
        }
    }
}

/// A rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Broken {
    /// Which.
    pub rule: Rule,
    /// What was found.
    pub found: f64,
    /// What is allowed, with what the policy before did.
    pub allowed: f64,
    /// The check that stopped the robot.
    pub check: Option<&'static str>,
    /// The tick in which it was found.
    pub tick: u64,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = (self.rule.name(), self.rule.unit());
        match self.check {
            Some(check) => write!(
                f,
                "{name}: the gate has stopped the robot for {check}, in tick {}",
                self.tick
            ),
            None => write!(
                f,
                "{name}: {:.3}{unit} where {:.3}{unit} is allowed, in tick {}",
                self.found, self.allowed, self.tick
            ),
        }
    }
}

/// How good a policy is while it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// How long it ran, s.
    pub secs: f64,
    /// Verdicts of the gate's bounds, 1/s.
    pub verdicts_per_sec: f64,
    /// Mean distance of the base's velocity from the command, m/s; the worst second of all. None where it was not
    /// measured.
    pub velocity_error_m_s: Option<f64>,
    /// The same for turning, rad/s.
    pub yaw_rate_error_rad_s: f64,
    /// How far the base has leaned, rad.
    pub lean_rad: f64,
    /// The share of its inferences that were late or failed.
    pub late_share: f64,
}

/// What one tick adds, with its time.
#[derive(Debug, Clone, Copy)]
struct Sample {
    secs: f64,
    /// NaN where it is not measured.
    velocity_error: f64,
    yaw_rate_error: f64,
    lean_rad: f64,
    verdicts: u64,
    asked: bool,
    late: bool,
}

/// Over how long errors are averaged, and verdicts counted, s.
const WINDOW_SECS: f64 = 1.0;
/// An inference that takes longer, and fails then, has hung, s.
const STUCK_SECS: f64 = 0.5;
/// Fewer inferences than these say nothing about a share.
const FEWEST_INFERENCES: u64 = 20;

/// The last second of what may be counted.
#[derive(Debug, Default)]
struct Window {
    samples: VecDeque<Sample>,
    /// Nothing counts until then, s.
    excused_until_secs: Option<f64>,
}

/// The figures of a window that is full.
#[derive(Debug, Clone, Copy)]
struct Figures {
    verdicts_per_sec: f64,
    velocity_error: f64,
    yaw_rate_error: f64,
}

impl Window {
    /// Takes a record; the sample that counts, if it does.
    fn take(&mut self, record: &LoopRecord, excused_secs: f64) -> Option<Sample> {
        let secs = record.tick.time_secs;
        if is_excuse(record) {
            self.excused_until_secs = Some(secs + excused_secs);
        }
        let begins = record.tick.mode == Mode::Run && self.samples.is_empty() && self.excused_until_secs.is_none();
        if begins {
            self.excused_until_secs = Some(secs + excused_secs);
        }
        if record.tick.mode != Mode::Run {
            self.samples.clear();
            self.excused_until_secs = None;
            return None;
        }
        if self.excused_until_secs.is_some_and(|until| secs <= until) {
            self.samples.clear();
            return None;
        }
        let sample = sample(record);
        self.samples.push_back(sample);
        while self
            .samples
            .front()
            .is_some_and(|first| secs - first.secs > WINDOW_SECS)
        {
            self.samples.pop_front();
        }
        Some(sample)
    }

    /// Forgets the past, without an excuse for what comes.
    fn begin_at(&mut self, secs: f64) {
        self.samples.clear();
        self.excused_until_secs = Some(secs);
    }

    /// Where it has a whole second.
    fn figures(&self) -> Option<Figures> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let secs = last.secs - first.secs;
        if secs < WINDOW_SECS * 0.9 {
            return None;
        }
        let mean = |of: fn(&Sample) -> f64| {
            let known = self.samples.iter().map(of).filter(|value| !value.is_nan());
            let (sum, n) = known.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
            if n == 0 { f64::NAN } else { sum / f64::from(n) }
        };
        Some(Figures {
            verdicts_per_sec: self.samples.iter().map(|sample| sample.verdicts).sum::<u64>() as f64 / secs,
            velocity_error: mean(|sample| sample.velocity_error),
            yaw_rate_error: mean(|sample| sample.yaw_rate_error),
        })
    }
}

/// Whether something is wrong in a tick that no policy can be blamed for.
fn is_excuse(record: &LoopRecord) -> bool {
    let of_sensors = OF_SENSORS.iter().any(|check| record.counts.get(*check) > 0);
    // Late because the inference was, or because the machine was.
    let inference = record.counts.get(Check::LateInference) > 0;
    of_sensors || (record.tick.missed > 0 && !inference)
}

fn sample(record: &LoopRecord) -> Sample {
    let command = record.tick.command;
    let state = &record.state;
    let measured = state.base_velocity.or_else(|| {
        let truth = record.tick.truth?;
        Some(truth.orientation.inverse_transform_vector(&truth.linear_velocity))
    });
    let velocity_error = measured.map_or(f64::NAN, |v| (v.x - command.lin_vel_x).hypot(v.y - command.lin_vel_y));
    let of = |counts: &VerdictCounts, checks: &[Check]| checks.iter().map(|check| counts.get(*check)).sum();
    Sample {
        secs: record.tick.time_secs,
        velocity_error,
        yaw_rate_error: (state.imu.angular_velocity.z - command.ang_vel_z).abs(),
        lean_rad: state.imu.tilt_rad(),
        verdicts: of(&record.counts, &OF_THE_POLICY),
        asked: record.tick.inference_nanos.is_some(),
        late: of(&record.counts, &[Check::LateInference, Check::FailedInference]) > 0,
    }
}

/// Measures a policy for what comes after.
#[derive(Debug, Default)]
pub struct BaselineMeter {
    excused_secs: f64,
    window: Window,
    baseline: Baseline,
    verdicts: u64,
    inferences: u64,
    late: u64,
}

impl BaselineMeter {
    /// By these rules.
    pub fn new(rules: &ProbationRules) -> Self {
        Self {
            excused_secs: rules.excused_secs,
            ..Self::default()
        }
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &LoopRecord) {
        let before = self.window.samples.back().map(|sample| sample.secs);
        let Some(sample) = self.window.take(record, self.excused_secs) else {
            return;
        };
        let baseline = &mut self.baseline;
        baseline.secs += before.map_or(0.0, |before| sample.secs - before);
        self.verdicts += sample.verdicts;
        self.inferences += u64::from(sample.asked);
        self.late += u64::from(sample.late);
        baseline.lean_rad = baseline.lean_rad.max(sample.lean_rad);
        if let Some(figures) = self.window.figures() {
            if !figures.velocity_error.is_nan() {
                let worst = baseline.velocity_error_m_s.unwrap_or(0.0).max(figures.velocity_error);
                baseline.velocity_error_m_s = Some(worst);
            }
            baseline.yaw_rate_error_rad_s = baseline.yaw_rate_error_rad_s.max(figures.yaw_rate_error);
            baseline.verdicts_per_sec = baseline.verdicts_per_sec.max(figures.verdicts_per_sec);
        }
    }

    /// What was found so far.
    pub fn baseline(&self) -> Baseline {
        Baseline {
            late_share: self.late as f64 / self.inferences.max(1) as f64,
            ..self.baseline
        }
    }
}

/// Watches a policy that has taken charge.
#[derive(Debug)]
pub struct Probation {
    rules: ProbationRules,
    baseline: Baseline,
    window: Window,
    /// How long it has run without an excuse, s.
    counted_secs: f64,
    inferences: u64,
    late: u64,
    stop: Option<Stop>,
    has_begun: bool,
}

impl Probation {
    /// Of a newcomer, by these rules, against the policy before.
    pub fn new(rules: ProbationRules, baseline: Baseline) -> Self {
        Self {
            rules,
            baseline,
            window: Window::default(),
            counted_secs: 0.0,
            inferences: 0,
            late: 0,
            stop: None,
            has_begun: false,
        }
    }

    /// How long the newcomer has run without an excuse, s.
    pub fn counted_secs(&self) -> f64 {
        self.counted_secs
    }

    /// What the newcomer is measured against.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// Takes the next record of the newcomer; the rule that it breaks.
    pub fn take(&mut self, record: &LoopRecord) -> Option<Broken> {
        let tick = record.tick.tick;
        if !self.has_begun {
            self.has_begun = true;
            // It is in charge of a robot that runs already: what happens then is its own.
            if record.tick.mode == Mode::Run {
                self.window.begin_at(record.tick.time_secs);
            }
        }
        let found = record.tick.inference_nanos.map_or(0.0, |nanos| nanos as f64 * 1e-9);
        if found > STUCK_SECS && record.counts.get(Check::FailedInference) > 0 {
            // That deadlines are missed by it is no excuse.
            return Some(Broken {
                rule: Rule::StuckInference,
                found,
                allowed: STUCK_SECS,
                check: None,
                tick,
            });
        }
        let secs = record.tick.time_secs;
        let is_excused = is_excuse(record) || self.window.excused_until_secs.is_some_and(|until| secs <= until);
        let before = std::mem::replace(&mut self.stop, record.tick.stop);
        if let (None, Some(stop), false) = (before, record.tick.stop, is_excused)
            && is_to_blame(stop.verdict.check)
        {
            return Some(Broken {
                rule: Rule::Stop,
                found: stop.verdict.value,
                allowed: stop.verdict.limit,
                check: Some(stop.verdict.check.name()),
                tick,
            });
        }
        let last = self.window.samples.back().map(|sample| sample.secs);
        let sample = self.window.take(record, self.rules.excused_secs)?;
        self.counted_secs += last.map_or(0.0, |last| sample.secs - last);
        self.inferences += u64::from(sample.asked);
        self.late += u64::from(sample.late);
        let late_share = if self.inferences >= FEWEST_INFERENCES {
            self.late as f64 / self.inferences as f64
        } else {
            0.0
        };
        let (rules, baseline) = (&self.rules, &self.baseline);
        let mut found = vec![
            (Rule::Lean, sample.lean_rad, baseline.lean_rad + rules.lean_rad),
            (Rule::LateInference, late_share, baseline.late_share + rules.late_share),
        ];
        if let Some(figures) = self.window.figures() {
            found.extend([
                (
                    Rule::Verdicts,
                    figures.verdicts_per_sec,
                    baseline.verdicts_per_sec + rules.verdicts_per_sec,
                ),
                (
                    Rule::VelocityError,
                    figures.velocity_error,
                    baseline.velocity_error_m_s.unwrap_or(0.0) + rules.velocity_error_m_s,
                ),
                (
                    Rule::YawRateError,
                    figures.yaw_rate_error,
                    baseline.yaw_rate_error_rad_s + rules.yaw_rate_error_rad_s,
                ),
            ]);
        }
        let broken = found.into_iter().find(|(_, found, allowed)| found > allowed);
        broken.map(|(rule, found, allowed)| Broken {
            rule,
            found,
            allowed,
            check: None,
            tick,
        })
    }
}

/// Whether a stop of this check may be the policy's doing.
fn is_to_blame(check: Check) -> bool {
    OF_THE_POLICY.contains(&check)
        || matches!(
            check,
            Check::Tilt | Check::LateInference | Check::FailedInference | Check::Temperature
        )
}

#[cfg(test)]
mod tests;
