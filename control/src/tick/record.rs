//! What is left of a tick.

use super::ControlLoop;
use super::policy::{Gave, PolicyStep};
use crate::record::{TickInputs, TickParts, TickRecord};
use crate::start::Mode;

/// What a tick has measured of itself.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) mode: Mode,
    pub(super) jitter_nanos: u64,
    pub(super) read_nanos: u64,
    pub(super) tick_nanos: u64,
    pub(super) missed: u64,
}

impl ControlLoop {
    /// Counts what happened in a tick, and gives it to whoever listens.
    pub(super) fn record(&mut self, inputs: &TickInputs, measured: &Measured, step: Option<&PolicyStep>) -> TickRecord {
        let counted = self.gate.counts().total();
        let (power_w, torque_share) = self.effort();
        let record = TickRecord {
            tick: self.gate.tick(),
            time_secs: inputs.scheduled_nanos.saturating_sub(self.began_nanos) as f64 * 1e-9,
            mode: measured.mode,
            policy: self.in_charge(),
            command: self.velocity,
            tick_nanos: measured.tick_nanos,
            jitter_nanos: measured.jitter_nanos,
            inference_nanos: step.map(|step| step.inference_nanos),
            missed: measured.missed,
            verdicts: counted - self.counts_before.total(),
            stop: self.gate.stop(),
            power_w,
            torque_share,
            truth: self.state.truth,
        };
        let spoke = record.verdicts > 0;
        let counts = spoke.then(|| self.gate.counts().since(&self.counts_before));
        let (observation, action) = match step {
            None => (&[][..], &[][..]),
            Some(step) => {
                let action = match step.gave {
                    Gave::Action => &self.policy.last_action[..],
                    Gave::LateAction => &self.policy.new_action[..],
                    Gave::Nothing => &[],
                };
                (self.policy.observation.newest(), action)
            }
        };
        self.publisher.publish(&TickParts {
            tick: &record,
            inputs,
            read: (!self.gate.incoming().is_same(&self.state)).then(|| self.gate.incoming()),
            verdicts: counts.as_ref().map(|counts| (counts, self.gate.last_verdict())),
            state: &self.state,
            observation,
            action,
            asked: &self.wanted,
            asked_anew: self.set_all,
            written: (!self.gate.wrote_as_asked()).then(|| self.gate.written()),
        });
        if spoke {
            self.mailbox.publish_counts(self.gate.counts());
            self.counts_before.clone_from(self.gate.counts());
        }
        let stats = &mut self.stats;
        stats.ticks += 1;
        stats.missed_deadlines += measured.missed;
        stats.tick.record(measured.tick_nanos);
        stats.read.record(measured.read_nanos);
        stats.jitter.record(measured.jitter_nanos);
        if let Some(step) = step {
            stats.inference.record(step.inference_nanos);
        }
        record
    }

    /// The sum over the joints of |torque × velocity|, W, and the largest |torque| as a share of its limit.
    fn effort(&self) -> (f64, f64) {
        let (power_w, torque_share) =
            power_and_share(&self.state.effort, &self.state.velocity, self.gate.most_effort_nm());
        // One that nobody measured leaves the sum, and the largest of all, open.
        if power_w.is_nan() {
            return (power_w, f64::NAN);
        }
        (power_w, torque_share)
    }
}

/// The sum of |effort × velocity|, and the largest |effort| / most that is a number. Four joints go side by side, so
/// that none waits for the division of the one before.
fn power_and_share(effort: &[f64], velocity: &[f64], most: &[f64]) -> (f64, f64) {
    const SIDE_BY_SIDE: usize = 4;
    let mut power = [0.0; SIDE_BY_SIDE];
    let mut share = [0.0; SIDE_BY_SIDE];
    let mut take = |lane: usize, effort: f64, velocity: f64, most: f64| {
        power[lane] += (effort * velocity).abs();
        let of_most = effort.abs() / most;
        share[lane] = if of_most > share[lane] { of_most } else { share[lane] };
    };
    let (efforts, last_efforts) = effort.as_chunks::<SIDE_BY_SIDE>();
    let (velocities, last_velocities) = velocity.as_chunks::<SIDE_BY_SIDE>();
    let (mosts, last_mosts) = most.as_chunks::<SIDE_BY_SIDE>();
    for ((effort, velocity), most) in efforts.iter().zip(velocities).zip(mosts) {
        for lane in 0..SIDE_BY_SIDE {
            take(lane, effort[lane], velocity[lane], most[lane]);
        }
    }
    for ((effort, velocity), most) in last_efforts.iter().zip(last_velocities).zip(last_mosts) {
        take(0, *effort, *velocity, *most);
    }
    let largest = |largest: f64, share: f64| if share > largest { share } else { largest };
    (power.iter().sum(), share.into_iter().fold(0.0, largest))
}
