//! Clocks of a gait.

use std::f64::consts::{PI, TAU};

use crate::contract::{Misfit, TermSpec};

use super::settings::{known_params, numbers, param_misfit, scalar};
use super::terms::{Term, TermInputs};

/// In which order sines and cosines are shown.
#[derive(Clone, Copy)]
pub(super) enum PhaseLayout {
    CosThenSin,
    SinThenCos,
    Interleaved,
    Sin,
    Cos,
}

/// Clocks that a walking policy steps to. The phase advances *before* it is shown, except on the
/// first step, as training environments do it.
pub(super) struct GaitPhase {
    frequency_hz: f64,
    offsets: Vec<f64>,
    layout: PhaseLayout,
    standing: Option<(f64, f64)>,
    elapsed_steps: u64,
}

impl GaitPhase {
    /// `layout` where the term's name says it, else its parameter does.
    pub(super) fn new(spec: &TermSpec, layout: Option<PhaseLayout>) -> Result<Self, Misfit> {
        let params = [
            "frequency_hz",
            "period_secs",
            "offsets",
            "standing_phase",
            "standing_below",
            "layout",
        ];
        let named = usize::from(layout.is_some());
        known_params(spec, &params[..params.len() - named])?;
        let frequency_hz = match (
            spec.params.contains_key("frequency_hz"),
            spec.params.contains_key("period_secs"),
        ) {
            (true, false) => scalar(spec, "frequency_hz", 0.0)?,
            (false, true) => 1.0 / scalar(spec, "period_secs", 0.0)?,
            _ => {
                return Err(Misfit::new(
                    format!("observations.{}", spec.name),
                    "either `frequency_hz` or `period_secs`",
                    "both or neither",
                ));
            }
        };
        if !(frequency_hz > 0.0 && frequency_hz <= 100.0) {
            return Err(param_misfit(
                spec,
                "frequency_hz",
                "more than 0 and at most 100 Hz",
                frequency_hz,
            ));
        }
        let layout = match (layout, scalar(spec, "layout", 0.0)?) {
            (Some(layout), _) => layout,
            (None, 0.0) => PhaseLayout::CosThenSin,
            (None, 1.0) => PhaseLayout::SinThenCos,
            (None, 2.0) => PhaseLayout::Interleaved,
            (None, other) => return Err(param_misfit(spec, "layout", "0, 1 or 2", other)),
        };
        let standing = match scalar(spec, "standing_below", 0.0)? {
            below if below > 0.0 => Some((below, scalar(spec, "standing_phase", PI)?)),
            _ => None,
        };
        Ok(Self {
            frequency_hz,
            offsets: numbers(spec, "offsets", &[0.0, PI])?,
            layout,
            standing,
            elapsed_steps: 0,
        })
    }
}

impl Term for GaitPhase {
    fn len(&self) -> usize {
        match self.layout {
            PhaseLayout::Sin | PhaseLayout::Cos => self.offsets.len(),
            _ => 2 * self.offsets.len(),
        }
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        let standing = self
            .standing
            .filter(|&(below, _)| inputs.command.norm() < below)
            .map(|(_, phase)| phase);
        let elapsed = self.elapsed_steps as f64 * inputs.step_secs;
        let n = self.offsets.len();
        for (i, offset) in self.offsets.iter().enumerate() {
            let phase = standing.unwrap_or(TAU * (self.frequency_hz * elapsed).fract() + offset);
            let (sin, cos) = (phase.sin() as f32, phase.cos() as f32);
            match self.layout {
                PhaseLayout::CosThenSin => (out[i], out[n + i]) = (cos, sin),
                PhaseLayout::SinThenCos => (out[i], out[n + i]) = (sin, cos),
                PhaseLayout::Interleaved => (out[2 * i], out[2 * i + 1]) = (sin, cos),
                PhaseLayout::Sin => out[i] = sin,
                PhaseLayout::Cos => out[i] = cos,
            }
        }
        self.elapsed_steps = if standing.is_some() { 0 } else { self.elapsed_steps + 1 };
    }
    fn reset(&mut self) {
        self.elapsed_steps = 0;
    }
}
