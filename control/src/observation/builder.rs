//! Terms, scales, clips and histories put together into the network's input vector.

use std::fmt;

use crate::contract::{HistoryLayout, HistoryStart, Misfit, PolicyContract};
use crate::io::Capabilities;
use crate::robot::RobotDescription;

use super::terms::{Term, TermInputs, TermRegistry, TermSetup};

/// Longest observation that is believed: above it a contract is mistaken, not ambitious.
const MAX_OBSERVATION: usize = 1 << 20;

/// Where one term lies in the observation, for tables and messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermLayout {
    /// The term's name.
    pub name: String,
    /// Values per policy step.
    pub len: usize,
    /// Policy steps kept.
    pub history: usize,
}

struct Slot {
    term: Box<dyn Term>,
    name: String,
    scale: Vec<f32>,
    clip: Option<[f32; 2]>,
    history: usize,
    /// Where this term starts in `frame`.
    start: usize,
    len: usize,
}

/// Builds observations in place: nothing is allocated after construction.
pub struct ObservationBuilder {
    slots: Vec<Slot>,
    layout: HistoryLayout,
    history_start: HistoryStart,
    clip_after_scale: bool,
    /// The newest value of every term, one after another.
    frame: Vec<f32>,
    /// The network's input.
    observation: Vec<f32>,
    fresh: bool,
}

impl fmt::Debug for ObservationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservationBuilder")
            .field("layout", &self.term_layout())
            .finish_non_exhaustive()
    }
}

impl ObservationBuilder {
    /// Builds every term of `contract`, or says which ones do not fit.
    pub fn new(
        contract: &PolicyContract,
        robot: &RobotDescription,
        capabilities: &Capabilities,
        registry: &TermRegistry,
    ) -> Result<Self, Vec<Misfit>> {
        let setup = TermSetup {
            robot,
            capabilities,
            joints: contract.action_len(),
        };
        let mut slots = Vec::new();
        let mut misfits = Vec::new();
        let mut start = 0;
        for spec in &contract.observations {
            let term = match registry.build(spec, &setup) {
                Ok(term) => term,
                Err(misfit) => {
                    misfits.push(misfit);
                    continue;
                }
            };
            let len = term.len();
            let field = |key: &str| format!("observations.{}.{key}", spec.name);
            if ![0, 1, len].contains(&spec.scale.len()) {
                misfits.push(Misfit::new(
                    field("scale"),
                    format!("1 or {len} numbers"),
                    spec.scale.len().to_string(),
                ));
            }
            if let Some(bad) = spec.scale.iter().find(|&&s| !(s as f32).is_finite()) {
                misfits.push(Misfit::new(field("scale"), "finite numbers", bad.to_string()));
            }
            if let Some([lo, hi]) = spec.clip
                && !(lo <= hi)
            {
                misfits.push(Misfit::new(
                    field("clip"),
                    "[low, high] with low ≤ high",
                    format!("[{lo}, {hi}]"),
                ));
            }
            if !(1..=1000).contains(&spec.history) {
                misfits.push(Misfit::new(
                    field("history"),
                    "1 to 1000 steps",
                    spec.history.to_string(),
                ));
            }
            slots.push(Slot {
                term,
                name: spec.name.clone(),
                scale: match spec.scale.len() {
                    0 => vec![1.0; len],
                    1 => vec![spec.scale[0] as f32; len],
                    _ => spec.scale.iter().map(|&s| s as f32).collect(),
                },
                clip: spec.clip.map(|[lo, hi]| [lo as f32, hi as f32]),
                history: spec.history,
                start,
                len,
            });
            start += len;
        }
        if slots.is_empty() && misfits.is_empty() {
            misfits.push(Misfit::new("observation_names", "at least one term", "none"));
        }
        let by_frame = matches!(
            contract.history_layout,
            HistoryLayout::FrameOldestFirst | HistoryLayout::FrameNewestFirst
        );
        if by_frame && slots.iter().any(|slot| slot.history != slots[0].history) {
            misfits.push(Misfit::new(
                "history_layout",
                "the same history for every term when whole observations are stacked",
                "different histories",
            ));
        }
        let total = slots
            .iter()
            .map(|slot| slot.len.saturating_mul(slot.history))
            .fold(0, usize::saturating_add);
        if total > MAX_OBSERVATION {
            misfits.push(Misfit::new(
                "observations",
                format!("at most {MAX_OBSERVATION} values"),
                total.to_string(),
            ));
        }
        if !misfits.is_empty() {
            return Err(misfits);
        }
        Ok(Self {
            frame: vec![0.0; start],
            observation: vec![0.0; total],
            slots,
            layout: contract.history_layout,
            history_start: contract.history_start,
            clip_after_scale: contract.clip_after_scale,
            fresh: true,
        })
    }

    /// Number of values in an observation, histories included.
    pub fn len(&self) -> usize {
        self.observation.len()
    }

    /// Whether the observation has no value; a built one always has.
    pub fn is_empty(&self) -> bool {
        self.observation.is_empty()
    }

    /// Name, length and history of every term, in order.
    pub fn term_layout(&self) -> Vec<TermLayout> {
        let layout = |slot: &Slot| TermLayout {
            name: slot.name.clone(),
            len: slot.len,
            history: slot.history,
        };
        self.slots.iter().map(layout).collect()
    }

    /// Forgets all histories; the next observation begins them as the contract says.
    pub fn reset(&mut self) {
        self.fresh = true;
        for slot in &mut self.slots {
            slot.term.reset();
        }
    }

    /// Computes the observation of this policy step.
    pub fn observe(&mut self, inputs: &TermInputs<'_>) -> &[f32] {
        for slot in &mut self.slots {
            let out = &mut self.frame[slot.start..slot.start + slot.len];
            slot.term.write(inputs, out);
            for (value, scale) in out.iter_mut().zip(&slot.scale) {
                if let Some([lo, hi]) = slot.clip
                    && !self.clip_after_scale
                {
                    *value = value.clamp(lo, hi);
                }
                *value *= scale;
                if let Some([lo, hi]) = slot.clip
                    && self.clip_after_scale
                {
                    *value = value.clamp(lo, hi);
                }
            }
        }
        let fresh = std::mem::take(&mut self.fresh);
        let fill = fresh && self.history_start == HistoryStart::Repeat;
        if fresh && self.history_start == HistoryStart::Zero {
            self.observation.fill(0.0);
        }
        match self.layout {
            HistoryLayout::TermOldestFirst | HistoryLayout::TermNewestFirst => {
                let newest_first = self.layout == HistoryLayout::TermNewestFirst;
                let mut at = 0;
                for slot in &self.slots {
                    let block = &mut self.observation[at..at + slot.len * slot.history];
                    push(
                        block,
                        &self.frame[slot.start..slot.start + slot.len],
                        newest_first,
                        fill,
                    );
                    at += block.len();
                }
            }
            HistoryLayout::FrameOldestFirst => push(&mut self.observation, &self.frame, false, fill),
            HistoryLayout::FrameNewestFirst => push(&mut self.observation, &self.frame, true, fill),
        }
        &self.observation
    }
}

/// Moves a history one step on and puts `newest` at its end, or at its start.
fn push(block: &mut [f32], newest: &[f32], newest_first: bool, fill: bool) {
    let n = newest.len();
    if n == 0 {
        return;
    }
    if fill {
        block.chunks_exact_mut(n).for_each(|step| step.copy_from_slice(newest));
    } else if newest_first {
        block.copy_within(..block.len() - n, n);
        block[..n].copy_from_slice(newest);
    } else {
        block.copy_within(n.., 0);
        let at = block.len() - n;
        block[at..].copy_from_slice(newest);
    }
}
