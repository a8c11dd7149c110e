//! Terms, scales, clips and histories put together into the network's input vector.

use std::fmt;

use crate::contract::{HistoryLayout, HistoryStart, Misfit, PolicyContract};
use crate::io::Capabilities;
use crate::robot::RobotDescription;

use super::registry::TermRegistry;
use super::terms::{Term, TermInputs, TermSetup};

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

/// What every step needs of a term, and no more: in a tick all slots are read.
struct Slot {
    term: Box<dyn Term>,
    clip: Option<[f32; 2]>,
    len: usize,
    /// How many scales it has: one for each value, or none.
    scales: usize,
    /// Where this term's newest values begin in the observation.
    newest: usize,
}

/// Builds observations in place: nothing is allocated after construction.
pub struct ObservationBuilder {
    slots: Vec<Slot>,
    /// Of every value of a step whose term has any, slot after slot.
    scale: Vec<f32>,
    layout: Vec<TermLayout>,
    /// Parts of the observation that hold more than one step.
    histories: Vec<History>,
    history_start: HistoryStart,
    clip_after_scale: bool,
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
    ///
    /// # Errors
    /// With every term that does not fit the robot or the contract.
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
        let (mut slots, mut scale, mut layout) = (Vec::new(), Vec::new(), Vec::new());
        let mut misfits = Vec::new();
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
            match spec.scale.as_slice() {
                [all] => scale.resize(scale.len() + len, *all as f32),
                each => scale.extend(each.iter().map(|&s| s as f32)),
            }
            layout.push(TermLayout {
                name: spec.name.clone(),
                len,
                history: spec.history,
            });
            slots.push(Slot {
                scales: if spec.scale.is_empty() { 0 } else { len },
                term,
                clip: spec.clip.map(|[lo, hi]| [lo as f32, hi as f32]),
                len,
                newest: 0,
            });
        }
        if slots.is_empty() && misfits.is_empty() {
            misfits.push(Misfit::new("observation_names", "at least one term", "none"));
        }
        let by_frame = matches!(
            contract.history_layout,
            HistoryLayout::FrameOldestFirst | HistoryLayout::FrameNewestFirst
        );
        if by_frame && layout.iter().any(|term| term.history != layout[0].history) {
            misfits.push(Misfit::new(
                "history_layout",
                "the same history for every term when whole observations are stacked",
                "different histories",
            ));
        }
        let total = layout
            .iter()
            .map(|term| term.len.saturating_mul(term.history))
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
        let histories = lay_out(&mut slots, &layout, contract.history_layout);
        Ok(Self {
            observation: vec![0.0; total],
            slots,
            scale,
            layout,
            histories,
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

    /// The observation of the newest policy step.
    pub(crate) fn newest(&self) -> &[f32] {
        &self.observation
    }

    /// Name, length and history of every term, in order.
    pub fn term_layout(&self) -> &[TermLayout] {
        &self.layout
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
        let fresh = std::mem::take(&mut self.fresh);
        if !fresh {
            self.histories
                .iter()
                .for_each(|history| history.age(&mut self.observation));
        } else if self.history_start == HistoryStart::Zero {
            self.observation.fill(0.0);
        }
        let mut scales = self.scale.as_slice();
        for slot in &mut self.slots {
            let out = &mut self.observation[slot.newest..slot.newest + slot.len];
            slot.term.write(inputs, out);
            if !self.clip_after_scale {
                slot.clip(out);
            }
            let (these, others) = scales.split_at(slot.scales);
            scales = others;
            out.iter_mut().zip(these).for_each(|(value, scale)| *value *= scale);
            if self.clip_after_scale {
                slot.clip(out);
            }
        }
        if fresh && self.history_start == HistoryStart::Repeat {
            self.histories
                .iter()
                .for_each(|history| history.repeat(&mut self.observation));
        }
        &self.observation
    }
}

/// Gives every slot its place in the observation.
fn lay_out(slots: &mut [Slot], terms: &[TermLayout], layout: HistoryLayout) -> Vec<History> {
    let mut histories = Vec::new();
    let mut history = |start, step, steps, newest_first| {
        let history = History {
            start,
            step,
            steps,
            newest_first,
        };
        let newest = history.newest();
        if steps > 1 && step > 0 {
            histories.push(history);
        }
        newest
    };
    match layout {
        HistoryLayout::TermOldestFirst | HistoryLayout::TermNewestFirst => {
            let mut start = 0;
            for (slot, term) in slots.iter_mut().zip(terms) {
                slot.newest = history(start, term.len, term.history, layout == HistoryLayout::TermNewestFirst);
                start += term.len * term.history;
            }
        }
        HistoryLayout::FrameOldestFirst | HistoryLayout::FrameNewestFirst => {
            let frame = terms.iter().map(|term| term.len).sum();
            let steps = terms.first().map_or(1, |term| term.history);
            let mut at = history(0, frame, steps, layout == HistoryLayout::FrameNewestFirst);
            for slot in slots {
                slot.newest = at;
                at += slot.len;
            }
        }
    }
    histories
}

impl Slot {
    fn clip(&self, values: &mut [f32]) {
        if let Some([lo, hi]) = self.clip {
            values.iter_mut().for_each(|value| *value = value.clamp(lo, hi));
        }
    }
}

/// A part of the observation in which the values of several policy steps lie one after another.
struct History {
    start: usize,
    /// Values per step; never zero.
    step: usize,
    steps: usize,
    newest_first: bool,
}

impl History {
    /// Where the newest step begins.
    fn newest(&self) -> usize {
        if self.newest_first {
            self.start
        } else {
            self.start + (self.steps - 1) * self.step
        }
    }

    /// Moves every step one place on, towards the older ones.
    fn age(&self, observation: &mut [f32]) {
        let kept = (self.steps - 1) * self.step;
        let (from, to) = if self.newest_first {
            (self.start, self.start + self.step)
        } else {
            (self.start + self.step, self.start)
        };
        observation.copy_within(from..from + kept, to);
    }

    /// Fills all steps with the newest.
    fn repeat(&self, observation: &mut [f32]) {
        let newest = self.newest();
        for step in 0..self.steps {
            observation.copy_within(newest..newest + self.step, self.start + step * self.step);
        }
    }
}
