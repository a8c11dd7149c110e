//! What each drive has received: the targets from which the slew limit counts.

use crate::state::JointCommand;

/// Where each drive may begin its next move from. A write that failed may have arrived or not: a drive may follow any
/// target between the lowest and the highest that may have come through, and one that may be without stiffness is
/// wherever its joint is by now.
#[derive(Debug)]
pub(super) struct Received {
    low: Vec<f64>,
    /// Of use only while `spread`: else every highest place is the lowest, too.
    high: Vec<f64>,
    spread: bool,
    may_be_limp: Vec<bool>,
    any_limp: bool,
    /// Of a drive that may be limp, the lowest and the highest target that it may follow instead, rad.
    targets: Vec<Option<[f64; 2]>>,
}

impl Received {
    /// Nothing was written yet.
    pub(super) fn new(dof: usize) -> Self {
        Self {
            low: vec![0.0; dof],
            high: vec![0.0; dof],
            spread: false,
            may_be_limp: vec![true; dof],
            any_limp: true,
            targets: vec![None; dof],
        }
    }

    /// Lowest place that a drive may begin from, rad.
    pub(super) fn low(&self) -> &[f64] {
        &self.low
    }

    /// Highest place that a drive may begin from, rad.
    pub(super) fn high(&self) -> &[f64] {
        if self.spread { &self.high } else { &self.low }
    }

    /// Whether drive `j` is without stiffness for certain.
    pub(super) fn is_limp(&self, j: usize) -> bool {
        self.may_be_limp[j] && self.targets[j].is_none()
    }

    /// Whether drive `j` may be without stiffness.
    pub(super) fn may_be_limp(&self, j: usize) -> bool {
        self.may_be_limp[j]
    }

    /// Whether any drive may be without stiffness.
    pub(super) fn any_limp(&self) -> bool {
        self.any_limp
    }

    /// Joints whose drives may be limp are at `position`, rad.
    pub(super) fn follow(&mut self, position: &[f64]) {
        if !self.any_limp {
            return;
        }
        for (j, &q) in position.iter().enumerate() {
            if self.may_be_limp[j] {
                let [low, high] = self.targets[j].map_or([q, q], |[low, high]| [low.min(q), high.max(q)]);
                self.low[j] = low;
                self.high[j] = high;
            }
        }
    }

    /// The drives move as they like: nothing that was written counts any more.
    pub(super) fn forget(&mut self) {
        self.may_be_limp.fill(true);
        self.any_limp = true;
        self.targets.fill(None);
    }

    /// `command` was received by every drive.
    pub(super) fn arrived(&mut self, command: &JointCommand, limp: &[bool], any_limp: bool) {
        self.low.copy_from_slice(&command.position);
        self.spread = false;
        if any_limp || self.any_limp {
            self.may_be_limp.copy_from_slice(limp);
            self.any_limp = any_limp;
            self.targets.fill(None);
        }
    }

    /// `command` was received by some drives or by none.
    pub(super) fn lost(&mut self, command: &JointCommand, limp: &[bool]) {
        if !self.spread {
            self.high.copy_from_slice(&self.low);
            self.spread = true;
        }
        for (j, &target) in command.position.iter().enumerate() {
            match (limp[j], self.may_be_limp[j]) {
                (true, true) => {}
                (true, false) => {
                    self.targets[j] = Some([self.low[j], self.high[j]]);
                    self.may_be_limp[j] = true;
                    self.any_limp = true;
                }
                (false, true) => {
                    let [low, high] = self.targets[j].unwrap_or([target, target]);
                    self.targets[j] = Some([low.min(target), high.max(target)]);
                }
                (false, false) => {
                    self.low[j] = self.low[j].min(target);
                    self.high[j] = self.high[j].max(target);
                }
            }
        }
    }
}
