//! What each drive has received: the targets from which the slew limit counts.

use crate::state::JointCommand;

/// Where each drive's target may be. A write that failed may have arrived or not, so that a drive may follow
/// any target between the lowest and the highest of the writes since the last that succeeded. A drive without
/// stiffness follows none: the next target counts from where its joint is.
#[derive(Debug)]
pub(super) struct Received {
    low: Vec<f64>,
    /// Of use only while `spread`: else every highest target is the lowest, too.
    high: Vec<f64>,
    spread: bool,
    limp: Vec<bool>,
    any_limp: bool,
}

impl Received {
    /// Nothing was written yet.
    pub(super) fn new(dof: usize) -> Self {
        Self {
            low: vec![0.0; dof],
            high: vec![0.0; dof],
            spread: false,
            limp: vec![true; dof],
            any_limp: true,
        }
    }

    /// Lowest target that a drive may follow, rad.
    pub(super) fn low(&self) -> &[f64] {
        &self.low
    }

    /// Highest target that a drive may follow, rad.
    pub(super) fn high(&self) -> &[f64] {
        if self.spread { &self.high } else { &self.low }
    }

    /// Whether drive `j` is without stiffness for certain.
    pub(super) fn is_limp(&self, j: usize) -> bool {
        self.limp[j]
    }

    /// Whether any drive is without stiffness for certain.
    pub(super) fn any_limp(&self) -> bool {
        self.any_limp
    }

    /// Limp joints are at `position`, rad.
    pub(super) fn follow(&mut self, position: &[f64]) {
        if !self.any_limp {
            return;
        }
        for (j, &q) in position.iter().enumerate() {
            if self.limp[j] {
                self.low[j] = q;
                self.high[j] = q;
            }
        }
    }

    /// The drives move as they like: nothing that was written counts any more.
    pub(super) fn forget(&mut self) {
        self.limp.fill(true);
        self.any_limp = true;
    }

    /// `command` was received by every drive.
    pub(super) fn arrived(&mut self, command: &JointCommand, limp: &[bool], any_limp: bool) {
        self.low.copy_from_slice(&command.position);
        self.spread = false;
        if any_limp || self.any_limp {
            self.limp.copy_from_slice(limp);
            self.any_limp = any_limp;
        }
    }

    /// `command` was received by some drives or by none.
    pub(super) fn lost(&mut self, command: &JointCommand, limp: &[bool]) {
        if !self.spread {
            self.high.copy_from_slice(&self.low);
            self.spread = true;
        }
        for (j, &target) in command.position.iter().enumerate() {
            if !limp[j] {
                self.low[j] = self.low[j].min(target);
                self.high[j] = self.high[j].max(target);
            }
            self.limp[j] &= limp[j];
        }
        self.any_limp = self.limp.iter().any(|&limp| limp);
    }
}
