//! From a network's raw output to joint targets.

use crate::contract::PolicyContract;

/// `target = clip(offset + scale × clip(action))` per policy joint.
#[derive(Debug)]
pub(crate) struct ActionMap {
    scale: Vec<f64>,
    offset: Vec<f64>,
    clip: Option<[f64; 2]>,
    target_clip: Vec<[f64; 2]>,
    rest: Vec<f64>,
}

impl ActionMap {
    pub(crate) fn new(contract: &PolicyContract) -> Self {
        Self {
            scale: contract.action.scale.clone(),
            offset: contract.action.offset.clone(),
            clip: contract.action.clip,
            target_clip: contract.action.target_clip.clone(),
            rest: contract.default_joint_pos.clone(),
        }
    }

    /// Rest positions, rad, policy order.
    pub(crate) fn rest(&self) -> &[f64] {
        &self.rest
    }

    /// Fills `targets` (rad, policy order) with `share` of the way from the rest pose to where
    /// `action` points.
    pub(crate) fn targets(&self, action: &[f32], share: f64, targets: &mut [f64]) {
        if self.clip.is_some() || !self.target_clip.is_empty() {
            return self.clipped_targets(action, share, targets);
        }
        let maps = self.offset.iter().zip(&self.scale).zip(&self.rest);
        for ((target, &action), ((offset, scale), rest)) in targets.iter_mut().zip(action).zip(maps) {
            *target = between(*rest, offset + scale * f64::from(action), share);
        }
    }

    fn clipped_targets(&self, action: &[f32], share: f64, targets: &mut [f64]) {
        for (i, target) in targets.iter_mut().enumerate() {
            let mut action = f64::from(action[i]);
            // Clipping would hide an infinite action from the gate.
            if let Some([lo, hi]) = self.clip
                && action.is_finite()
            {
                action = action.clamp(lo, hi);
            }
            let mut full = self.offset[i] + self.scale[i] * action;
            if let Some(&[lo, hi]) = self.target_clip.get(i)
                && full.is_finite()
            {
                full = full.clamp(lo, hi);
            }
            *target = between(self.rest[i], full, share);
        }
    }
}

/// The `share` of the way from `rest` to `full`.
fn between(rest: f64, full: f64, share: f64) -> f64 {
    rest + share * (full - rest)
}
