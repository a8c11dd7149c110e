//! Whether a recorded loop does the same again.

use std::time::Instant;

use serde::Serialize;
use sinew_control::io::Policy;
use sinew_control::observation::TermRegistry;
use sinew_control::policies::InCharge;
use sinew_control::record::LoopRecord;
use sinew_control::replay::{Difference, Found, Replay, ReplayTickError};
use sinew_models::OnnxPolicy;
use sinew_node_recorder::RecordedLoop;

use super::ReplayError;
use super::policy::{installed_policies, recorded_policy, session};

/// How much of each tick runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything, from the reading to the command that was written.
    WholeLoop,
    /// The policy alone, from the recorded observation to its action: what the gate remembered of the time before the
    /// recording is not known.
    PolicyAlone,
}

/// What came of a replay.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// How much of each tick ran again.
    pub extent: Extent,
    /// Ticks in the recording.
    pub ticks: u64,
    /// Those that ran again, and were the same to the bit.
    pub same: u64,
    /// Inferences among them.
    pub inferences: u64,
    /// Ticks that the loop ran, and the recording does not have.
    pub missing: u64,
    /// The first tick that the recording lacks.
    pub first_missing: Option<u64>,
    /// The first difference of all; with it the replay ends.
    pub difference: Option<Difference>,
    /// Name of the joint that it is about.
    pub joint: Option<String>,
    /// Time on the loop's clock from the first to the last tick, s.
    pub recorded_secs: f64,
    /// How long it took, s.
    pub wall_secs: f64,
}

/// What runs each tick again.
enum Runs {
    Whole(Box<Replay>),
    Policy(Box<OnnxPolicy>),
}

/// Runs a recorded loop again with the policy that it had.
///
/// Where the recording does not begin with the loop, or lacks ticks, the rest is compared by its policy alone.
///
/// # Errors
/// Where it cannot run again.
pub fn replay(recorded: &RecordedLoop, registry: &TermRegistry) -> Result<Replayed, ReplayError> {
    let policy = recorded_policy(recorded)?;
    let began = Instant::now();
    let mut runs = None;
    let mut replayed = Replayed {
        extent: Extent::WholeLoop,
        ticks: 0,
        same: 0,
        inferences: 0,
        missing: 0,
        first_missing: None,
        difference: None,
        joint: None,
        recorded_secs: 0.0,
        wall_secs: 0.0,
    };
    let mut first_nanos = None;
    let mut next = None;
    recorded.for_each_tick(|_, record| {
        replayed.ticks += 1;
        let scheduled = record.inputs.scheduled_nanos;
        let since = scheduled.saturating_sub(*first_nanos.get_or_insert(scheduled));
        replayed.recorded_secs = since as f64 * 1e-9;
        let expected = next.replace(record.tick.next_number()).unwrap_or(0);
        if record.tick.tick != expected {
            replayed.missing += record.tick.tick.saturating_sub(expected);
            replayed.first_missing.get_or_insert(expected);
            if replayed.extent == Extent::WholeLoop {
                replayed.extent = Extent::PolicyAlone;
                let session = session(&policy.file, &recorded.setup.contract)?;
                runs = Some(Runs::Policy(Box::new(session)));
            }
        }
        if replayed.difference.is_some() {
            return Ok(());
        }
        let runs = match &mut runs {
            Some(runs) => runs,
            none => {
                let session = session(&policy.file, &recorded.setup.contract)?;
                let began = record.inputs.began_nanos;
                let installed = installed_policies(recorded);
                let replay = Replay::with_policies(&recorded.setup, Box::new(session), installed, registry, began)?;
                none.insert(Runs::Whole(Box::new(replay)))
            }
        };
        let difference = match runs {
            Runs::Whole(replay) => match replay.tick(&record) {
                Ok(again) => Difference::first(&record, again),
                Err(ReplayTickError::Sizes) => Some(of_sizes(&record)),
                Err(error) => return Err(ReplayError::Unfit(error.to_string())),
            },
            // Which network answered, the record says; only the first is loaded here.
            Runs::Policy(_) if record.tick.policy != InCharge::default() => None,
            Runs::Policy(policy) => policy_difference(&record, policy),
        };
        match difference {
            None => {
                replayed.same += 1;
                replayed.inferences += u64::from(!record.action.is_empty());
            }
            Some(difference) => {
                let joints = &recorded.setup.robot.joints;
                let per_joint = difference.field.starts_with("state.p")
                    || difference.field.starts_with("state.v")
                    || difference.field.starts_with("state.e")
                    || difference.field.starts_with("asked.")
                    || difference.field.starts_with("written.");
                let joint = difference.index.filter(|_| per_joint).and_then(|j| joints.get(j));
                replayed.joint = joint.map(|joint| joint.name.clone());
                replayed.difference = Some(difference);
            }
        }
        Ok::<(), ReplayError>(())
    })?;
    replayed.wall_secs = began.elapsed().as_secs_f64();
    Ok(replayed)
}

fn of_sizes(record: &LoopRecord) -> Difference {
    Difference {
        tick: record.tick.tick,
        field: "read",
        index: None,
        recorded: Found::Text(format!("{} joints", record.read.position.len())),
        replayed: Found::Text("another number of joints or feet".to_owned()),
    }
}

/// Shows the policy what it was shown.
fn policy_difference(record: &LoopRecord, policy: &mut OnnxPolicy) -> Option<Difference> {
    if record.action.is_empty() {
        return None;
    }
    let mut again = record.clone();
    if let Err(error) = policy.infer(&record.observation, &mut again.action) {
        return Some(Difference {
            tick: record.tick.tick,
            field: "action",
            index: None,
            recorded: Found::Text(format!("{} numbers", record.action.len())),
            replayed: Found::Text(error.to_string()),
        });
    }
    Difference::first(record, &again)
}
