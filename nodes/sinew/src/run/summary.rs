//! The summary of a run: one JSON object, and a few lines for people.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use sinew_control::robot::RobotDescription;
use sinew_control::tick::ControlLoop;

use super::camera_follower::CameraFollower;
use super::inference_latency::InferenceLatency;
use super::metrics::Metrics;
pub use sinew_node::report::DurationSummary;
use sinew_node::report::Registry;
use sinew_node_control::{PolicyOnRobot, PolicySummary, RunMetrics};
use sinew_node_follow::Pursuit;

/// How far from where it was to stop a robot may stand to have reached its target, m: about a foot's length.
const REACHED_M: f64 = 0.2;

/// Why the gate stopped the robot.
#[derive(Debug, Clone, Serialize)]
pub struct StopSummary {
    /// The check's name.
    pub check: &'static str,
    /// The joint's name, where it is about one.
    pub joint: Option<String>,
    /// What was found, in `unit`.
    pub value: f64,
    /// What is allowed, in `unit`.
    pub limit: f64,
    /// The unit; null where the values say nothing.
    pub unit: Option<&'static str>,
    /// The tick.
    pub tick: u64,
    /// All of it in a sentence.
    pub reason: String,
}

/// What the gate had to say.
#[derive(Debug, Clone, Serialize)]
pub struct SafetySummary {
    /// How often each check has spoken.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// The stop, if there was one.
    pub stopped: Option<StopSummary>,
}

impl SafetySummary {
    /// What `control`'s gate has counted so far.
    pub fn of(control: &ControlLoop, robot: &RobotDescription) -> Self {
        let gate = control.gate();
        Self {
            verdicts: gate.counts().iter().map(|(check, n)| (check.name(), n)).collect(),
            stopped: gate.stop().map(|stop| StopSummary {
                check: stop.verdict.check.name(),
                joint: stop.verdict.joint.map(|j| robot.joints[j].name.clone()),
                value: stop.verdict.value,
                limit: stop.verdict.limit,
                unit: stop.verdict.check.unit(),
                tick: stop.verdict.tick,
                reason: stop.reason(robot),
            }),
        }
    }
}

/// How a robot followed what it saw.
#[derive(Debug, Clone, Serialize)]
pub struct FollowSummary {
    /// Class of what it went to.
    pub target: String,
    /// What it did about it at the end.
    pub pursuit: Pursuit,
    /// When it arrived, s after the policy took over.
    pub arrived_secs: Option<f64>,
    /// True distance over ground from the base to the target's edge at the end, m.
    pub distance_m: Option<f64>,
    /// Where it was to stop, m.
    pub stop_distance_m: f64,
    /// Images that were looked at.
    pub images: u64,
    /// Those in which the target was seen.
    pub images_with_target: u64,
    /// Those in which the detector failed.
    pub images_failed: u64,
    /// From pixels to detections.
    pub perception_us: DurationSummary,
}

impl FollowSummary {
    /// Of what the robot followed in a run.
    pub fn of(follower: &CameraFollower, metrics: &Metrics) -> Self {
        let log = follower.log();
        let (target, stop_distance_m) = follower.target();
        let end = metrics.running.last().and_then(|record| record.truth);
        Self {
            target: target.to_owned(),
            pursuit: follower.pursuit(),
            arrived_secs: log.arrived_secs,
            distance_m: end.and_then(|truth| follower.true_distance_m([truth.position.x, truth.position.y])),
            stop_distance_m,
            images: log.images,
            images_with_target: log.with_target,
            images_failed: log.failed,
            perception_us: (&log.work).into(),
        }
    }

    /// Whether the robot stands where it was to stop, within 0.2 m.
    pub fn reached(&self) -> bool {
        let near = |distance: f64| (distance - self.stop_distance_m).abs() <= REACHED_M;
        self.pursuit == Pursuit::Arrived && self.distance_m.is_some_and(near)
    }
}

/// The summary of a run; `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Name of the robot.
    pub robot: String,
    /// The policy.
    pub policy: PolicySummary,
    /// Where the base velocity came from, when the contract asks for one.
    pub base_velocity: Option<&'static str>,
    /// Time with the policy in charge, s.
    pub seconds: f64,
    /// Whether the robot fell.
    pub fell: bool,
    /// Why the robot no longer answered, where it says so: the place and step at which a simulation diverged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Way over ground, m.
    pub distance_m: f64,
    /// Mean error of the velocity, m/s.
    pub velocity_error_mps: Option<f64>,
    /// Mean mechanical power, W.
    pub mean_power_w: f64,
    /// Ticks executed, start sequence included.
    pub ticks: u64,
    /// Deadlines missed.
    pub missed_deadlines: u64,
    /// Inferences that came too late.
    pub late_inferences: u64,
    /// How long inferences took in simulated time, where they took any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<InferenceLatency>,
    /// The loop's own work in a tick: from the end of the read to the end of the write.
    pub tick_us: DurationSummary,
    /// The policy's part of it.
    pub inference_us: DurationSummary,
    /// How long after its scheduled time a tick began.
    pub jitter_us: DurationSummary,
    /// Reading the robot; in simulation that is the physics.
    pub read_us: DurationSummary,
    /// Rust allocations within ticks (without the simulator's physics).
    pub rust_allocations_in_ticks: u64,
    /// Simulated time over real time.
    pub real_time_factor: f64,
    /// How it followed what it saw, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow: Option<FollowSummary>,
    /// The gate.
    pub safety: SafetySummary,
    #[serde(skip)]
    bolted_down: bool,
}

impl Summary {
    /// Summarises a run that took `wall_secs` for all its ticks.
    pub fn new(
        loaded: &PolicyOnRobot,
        control: &ControlLoop,
        metrics: &Metrics,
        follower: Option<&CameraFollower>,
        wall_secs: f64,
    ) -> Self {
        let counted = RunMetrics::of(control, &loaded.robot.name, &Registry::default());
        let ticks = &counted.ticks;
        Self {
            follow: follower.map(|follower| FollowSummary::of(follower, metrics)),
            robot: loaded.robot.name.clone(),
            policy: PolicySummary::of(loaded),
            base_velocity: loaded.base_velocity_source(control),
            seconds: metrics.seconds(),
            fell: metrics.fell,
            failure: control.gate().failure(),
            distance_m: metrics.distance_m(),
            velocity_error_mps: metrics.velocity_error_mps(),
            mean_power_w: metrics.mean_power_w(),
            ticks: ticks.ticks.get(),
            missed_deadlines: ticks.missed_deadlines.get(),
            late_inferences: counted.late_inferences.get(),
            latency_us: None,
            tick_us: ticks.tick.summary(),
            inference_us: ticks.inference.summary(),
            jitter_us: ticks.jitter.summary(),
            read_us: counted.read.summary(),
            rust_allocations_in_ticks: counted.rust_allocations.get(),
            real_time_factor: control.elapsed_secs() / wall_secs.max(1e-9),
            safety: SafetySummary::of(control, &loaded.robot),
            bolted_down: !loaded.model.floating_base,
        }
    }

    /// Whether the run went as it should.
    pub fn is_good(&self) -> bool {
        !self.fell && self.failure.is_none() && self.safety.stopped.is_none()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match (&self.failure, &self.safety.stopped, self.fell) {
            (Some(failure), ..) => failure.clone(),
            (None, Some(stop), _) => format!("stopped by the safety gate: {}", stop.reason),
            (None, None, true) => "fell".to_owned(),
            (None, None, false) if self.bolted_down => "no stop".to_owned(),
            (None, None, false) => "on its feet, no stop".to_owned(),
        };
        writeln!(f, "{}: {outcome}", self.robot)?;
        let error = self
            .velocity_error_mps
            .map_or("unknown".to_owned(), |error| format!("{error:.3} m/s"));
        writeln!(
            f,
            "  {:.1} s, {:.2} m walked, mean velocity error {error}, mean power {:.0} W",
            self.seconds, self.distance_m, self.mean_power_w
        )?;
        writeln!(
            f,
            "  {} ticks, {} deadlines missed, {} late inferences, {} Rust allocations in ticks, {:.2}x real time",
            self.ticks,
            self.missed_deadlines,
            self.late_inferences,
            self.rust_allocations_in_ticks,
            self.real_time_factor
        )?;
        if let Some(follow) = &self.follow {
            writeln!(f, "  {follow}")?;
        }
        for (name, d) in [
            ("tick", &self.tick_us),
            ("inference", &self.inference_us),
            ("jitter", &self.jitter_us),
            ("read", &self.read_us),
        ] {
            writeln!(
                f,
                "  {name:<9} p50 {:>8.1} µs   p99 {:>8.1}   p99.9 {:>8.1}   max {:>8.1}",
                d.p50, d.p99, d.p999, d.max
            )?;
        }
        let verdicts: Vec<_> = self
            .safety
            .verdicts
            .iter()
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        write!(
            f,
            "  verdicts: {}",
            if verdicts.is_empty() {
                "none".to_owned()
            } else {
                verdicts.join(", ")
            }
        )
    }
}

impl fmt::Display for FollowSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metres = |distance: Option<f64>| distance.map_or("unknown".to_owned(), |m| format!("{m:.2} m"));
        match self.arrived_secs {
            Some(secs) => write!(
                f,
                "found the {} and went there: arrived after {secs:.1} s, ",
                self.target
            )?,
            None => write!(f, "did not arrive at a {} ({}), ", self.target, self.pursuit.name())?,
        }
        write!(
            f,
            "{} before it at the end (asked for {:.2} m); seen in {} of {} images, {:.1} ms each",
            metres(self.distance_m),
            self.stop_distance_m,
            self.images_with_target,
            self.images,
            self.perception_us.p50 * 1e-3
        )
    }
}
