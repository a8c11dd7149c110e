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

    /// Fills `action` with what the network would have to give for `targets` (rad, policy order).
    pub(crate) fn action_of(&self, targets: &[f64], action: &mut [f32]) {
        let maps = self.offset.iter().zip(&self.scale);
        for ((action, &target), (offset, &scale)) in action.iter_mut().zip(targets).zip(maps) {
            // A joint that no action moves is where it is with any.
            let raw = if scale == 0.0 { 0.0 } else { (target - offset) / scale };
            let [lo, hi] = self.clip.unwrap_or([f64::MIN, f64::MAX]);
            *action = raw.clamp(lo, hi) as f32;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_of_a_target_makes_that_target() {
        let map = ActionMap {
            scale: vec![0.5, -0.25, 0.0],
            offset: vec![0.1, 0.2, 0.3],
            clip: Some([-2.0, 2.0]),
            target_clip: Vec::new(),
            rest: vec![0.0; 3],
        };
        let (mut action, mut again) = ([0.0; 3], [0.0; 3]);
        map.action_of(&[0.6, -0.3, 0.3], &mut action);
        map.targets(&action, 1.0, &mut again);
        for (found, expected) in again.iter().zip([0.6, -0.3, 0.3]) {
            assert!((found - expected).abs() < 1e-6, "{again:?}");
        }
        map.action_of(&[9.0, 0.2, 0.0], &mut action);
        assert_eq!(action, [2.0, 0.0, 0.0]);
    }
}
