//! What is left of a tick.

use super::{ControlLoop, Gave, PolicyStep};
use crate::record::{TickParts, TickRecord};
use crate::start::Mode;

/// What a tick has measured of itself.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) scheduled_nanos: u64,
    pub(super) mode: Mode,
    pub(super) jitter_nanos: u64,
    pub(super) read_nanos: u64,
    pub(super) tick_nanos: u64,
    pub(super) missed: u64,
}

impl ControlLoop {
    /// Counts what happened in a tick, and gives it to whoever listens.
    pub(super) fn record(&mut self, measured: &Measured, step: Option<&PolicyStep>) -> TickRecord {
        let counted = self.gate.counts().total();
        let (power_w, torque_share) = self.effort();
        let record = TickRecord {
            tick: self.gate.tick(),
            time_secs: measured.scheduled_nanos.saturating_sub(self.began_nanos) as f64 * 1e-9,
            mode: measured.mode,
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
                    Gave::Action => &self.last_action[..],
                    Gave::LateAction => &self.new_action[..],
                    Gave::Nothing => &[],
                };
                (self.observation.newest(), action)
            }
        };
        self.publisher.publish(&TickParts {
            tick: &record,
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
        let mut power_w = 0.0;
        let (mut torque, mut limit) = (0.0, 1.0);
        let joints = self.state.effort.iter().zip(&self.state.velocity);
        for ((effort, velocity), most) in joints.zip(self.gate.most_effort_nm()) {
            power_w += (effort * velocity).abs();
            // Which share is larger, without a division for each.
            if effort.abs() * limit > torque * most {
                (torque, limit) = (effort.abs(), *most);
            }
        }
        let mut torque_share = torque / limit;
        // One that nobody measured leaves the sum, and the largest of all, open.
        if power_w.is_nan() {
            torque_share = f64::NAN;
        }
        (power_w, torque_share)
    }
}
