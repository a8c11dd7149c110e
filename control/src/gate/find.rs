//! Findings of the gate, and the stop that they may cause. None is made in a tick where all is well.

use super::{Check, NotFinite, SafetyGate, Stop, Verdict};

impl SafetyGate {
    #[cold]
    pub(super) fn find(&mut self, check: Check, joint: Option<usize>, value: f64, limit: f64) {
        self.counts.add(check);
        self.last_verdict = Some(Verdict {
            check,
            joint,
            value,
            limit,
            tick: self.tick,
            not_finite: None,
        });
    }

    #[cold]
    pub(super) fn find_not_finite(&mut self, check: Check, joint: Option<usize>, bad: NotFinite) {
        self.find(check, joint, bad.value, 0.0);
        self.blame(Some(bad));
    }

    /// Says which number caused the newest verdict.
    pub(super) fn blame(&mut self, bad: Option<NotFinite>) {
        if let Some(verdict) = &mut self.last_verdict {
            verdict.not_finite = bad;
        }
    }

    #[cold]
    pub(super) fn stop_for(&mut self, check: Check, joint: Option<usize>, value: f64, limit: f64) {
        self.find(check, joint, value, limit);
        self.latch();
    }

    /// Stops for the newest verdict; the first stop keeps its reason.
    #[cold]
    pub(super) fn latch(&mut self) {
        if let (None, Some(verdict)) = (self.stop, self.last_verdict) {
            self.stop = Some(Stop {
                verdict,
                action: self.params.safe_action,
            });
        }
    }
}
