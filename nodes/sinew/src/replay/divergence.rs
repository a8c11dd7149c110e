//! What another policy, or other limits, would have done with what a recorded loop read.

use std::collections::BTreeMap;

use serde::Serialize;
use sinew_control::gate::VerdictCounts;
use sinew_control::observation::TermRegistry;
use sinew_control::record::LoopRecord;
use sinew_control::replay::Replay;
use sinew_node_recorder::RecordedLoop;

use super::policy::{installed_policies, recorded_policy, session};
use super::{Change, ReplayError};

/// How far the commands of one joint went apart, as the torques that they ask of its drive at what was measured then.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JointDivergence {
    /// The joint.
    pub joint: String,
    /// Root of the mean square of the differences, N·m.
    pub rms_nm: f64,
    /// The largest of them, N·m.
    pub max_nm: f64,
    /// When that was, s since the loop's start.
    pub max_at_secs: f64,
    /// The largest difference of the target positions, rad.
    pub max_rad: f64,
}

/// How far the two went apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Divergence {
    /// By joint, in robot order.
    pub joints: Vec<JointDivergence>,
    /// Over all joints and ticks, N·m.
    pub rms_nm: f64,
    /// The first tick whose written command differs at all.
    pub first_tick: Option<u64>,
    /// When that was, s since the loop's start.
    pub first_secs: Option<f64>,
    /// Times, s since the loop's start, and the root of the mean square over the joints then, N·m.
    pub course: Vec<(f64, f64)>,
}

/// What would have been.
#[derive(Debug, Clone, Serialize)]
pub struct WhatIf {
    /// Ticks that were compared.
    pub ticks: u64,
    /// How far the commands went apart.
    pub divergence: Divergence,
    /// How often each check spoke: in the recording, and in the replay; those that never spoke are left out.
    pub verdicts: BTreeMap<&'static str, [u64; 2]>,
    /// The stop of the recording, in words.
    pub recorded_stop: Option<String>,
    /// The stop that there would have been.
    pub replayed_stop: Option<String>,
}

/// Sums over the ticks.
struct Sums {
    squares: Vec<f64>,
    max: Vec<(f64, f64)>,
    max_rad: Vec<f64>,
    first: Option<(u64, f64)>,
    course: Vec<(f64, f64)>,
    ticks: u64,
}

/// Runs a recorded loop with something changed. Only what was read goes in: how the robot would have moved under other
/// commands, nobody knows.
///
/// # Errors
/// Where it cannot run, for example since the recording does not begin with the loop.
pub fn what_if(recorded: &RecordedLoop, change: Change, registry: &TermRegistry) -> Result<WhatIf, ReplayError> {
    let mut setup = recorded.setup.clone();
    let policy = match change {
        Change::Limits(safety) => {
            setup.params.safety = *safety;
            session(&recorded_policy(recorded)?.file, &setup.contract)?
        }
        Change::Policy(other) => {
            setup.contract = other.contract;
            session(&other.file, &setup.contract)?
        }
    };
    let robot = setup.robot.clone();
    let dof = robot.dof();
    let mut policy = Some(policy);
    let mut replay: Option<Replay> = None;
    let mut next = 0;
    let mut sums = Sums {
        squares: vec![0.0; dof],
        max: vec![(0.0, 0.0); dof],
        max_rad: vec![0.0; dof],
        first: None,
        course: Vec::new(),
        ticks: 0,
    };
    let mut verdicts = BTreeMap::new();
    let mut stops = [None, None];
    recorded.for_each_tick(|_, record| {
        if record.tick.tick != next {
            return Err(ReplayError::Unfit(format!(
                "tick {next} of the loop is not in the recording, and without all ticks since the first nobody knows what \
                 another loop would have done: record from the start, for example with `sinew run --record`"
            )));
        }
        next = record.tick.next_number();
        let running = match &mut replay {
            Some(replay) => replay,
            none => {
                let Some(policy) = policy.take() else { return Ok(()) };
                let installed = installed_policies(recorded);
                let began = record.inputs.began_nanos;
                none.insert(Replay::with_policies(&setup, Box::new(policy), installed, registry, began)?)
            }
        };
        let again = (running.tick(&record))
            .map_err(|error| ReplayError::Unfit(format!("tick {}: {error}", record.tick.tick)))?;
        sums.add(&record, again);
        for (which, counts) in [&record.counts, &again.counts].into_iter().enumerate() {
            count(&mut verdicts, which, counts);
        }
        for (stop, record) in stops.iter_mut().zip([&record, again]) {
            if stop.is_none() {
                *stop = record.tick.stop.map(|stop| stop.reason(&robot));
            }
        }
        Ok(())
    })?;
    let [recorded_stop, replayed_stop] = stops;
    Ok(WhatIf {
        ticks: sums.ticks,
        divergence: sums.divergence(robot.joints.iter().map(|joint| joint.name.clone())),
        verdicts,
        recorded_stop,
        replayed_stop,
    })
}

/// Adds what the checks said in one tick of the recording, 0, or of the replay, 1.
fn count(verdicts: &mut BTreeMap<&'static str, [u64; 2]>, which: usize, counts: &VerdictCounts) {
    if counts.total() == 0 {
        return;
    }
    for (check, count) in counts.iter().filter(|(_, count)| *count > 0) {
        verdicts.entry(check.name()).or_default()[which] += count;
    }
}

impl Sums {
    fn add(&mut self, recorded: &LoopRecord, replayed: &LoopRecord) {
        let secs = recorded.tick.time_secs;
        let mut squares = 0.0;
        let [one, other] = [&recorded.written, &replayed.written];
        for j in 0..self.squares.len() {
            let (q, qd) = (recorded.state.position[j], recorded.state.velocity[j]);
            let apart = (one.torque_nm(j, q, qd) - other.torque_nm(j, q, qd)).abs();
            squares += apart * apart;
            self.squares[j] += apart * apart;
            if apart > self.max[j].0 {
                self.max[j] = (apart, secs);
            }
            self.max_rad[j] = self.max_rad[j].max((one.position[j] - other.position[j]).abs());
        }
        let same = recorded.written == replayed.written;
        if !same && self.first.is_none() {
            self.first = Some((recorded.tick.tick, secs));
        }
        let dof = self.squares.len().max(1);
        self.course.push((secs, (squares / dof as f64).sqrt()));
        self.ticks += 1;
    }

    fn divergence(self, names: impl Iterator<Item = String>) -> Divergence {
        let ticks = self.ticks.max(1) as f64;
        let all: f64 = self.squares.iter().sum();
        let dof = self.squares.len().max(1) as f64;
        let joints = names.zip(&self.squares).zip(self.max.iter().zip(&self.max_rad));
        Divergence {
            joints: joints
                .map(
                    |((joint, squares), (&(max_nm, max_at_secs), &max_rad))| JointDivergence {
                        joint,
                        rms_nm: (squares / ticks).sqrt(),
                        max_nm,
                        max_at_secs,
                        max_rad,
                    },
                )
                .collect(),
            rms_nm: (all / ticks / dof).sqrt(),
            first_tick: self.first.map(|(tick, _)| tick),
            first_secs: self.first.map(|(_, secs)| secs),
            course: self.course,
        }
    }
}
