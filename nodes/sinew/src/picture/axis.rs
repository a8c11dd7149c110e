//! Numbers to pixels.

/// An axis from `low` at pixel `from_px` to `high` at pixel `to_px`, linear or logarithmic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from_px: f32,
    to_px: f32,
    log: bool,
}

impl Axis {
    /// A linear axis over `[low, high]`, widened where that is next to nothing.
    pub(super) fn linear([low, high]: [f64; 2], [from_px, to_px]: [f32; 2]) -> Self {
        let middle = (low + high) / 2.0;
        let half = ((high - low) / 2.0).max(1e-3).max(middle.abs() * 1e-6);
        Self {
            low: middle - half,
            high: middle + half,
            from_px,
            to_px,
            log: false,
        }
    }

    /// A logarithmic axis over the positive `[low, high]`.
    pub(super) fn log([low, high]: [f64; 2], [from_px, to_px]: [f32; 2]) -> Self {
        let axis = Self::linear([low.log10(), high.log10()], [from_px, to_px]);
        Self { log: true, ..axis }
    }

    /// The pixel of `value`.
    pub(super) fn px(&self, value: f64) -> f32 {
        let value = if self.log { value.log10() } else { value };
        let share = (value - self.low) / (self.high - self.low);
        self.from_px + (self.to_px - self.from_px) * share as f32
    }

    /// Round values along the axis, with their labels.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        if self.log { self.decades() } else { self.round_values() }
    }

    fn round_values(&self) -> Vec<(f64, String)> {
        let count = f64::from((self.to_px - self.from_px).abs() / 50.0).max(2.0);
        let least = (self.high - self.low) / count;
        let decade = 10_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|k| k * decade)
            .into_iter()
            .find(|step| *step >= least);
        let step = step.unwrap_or(10.0 * decade);
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last)
            .map(|k| k as f64 * step)
            .map(|value| (value, format!("{value:.decimals$}")))
            .collect()
    }

    /// 1, 10, 100 …; with 2 and 5 between where there are few decades.
    fn decades(&self) -> Vec<(f64, String)> {
        let factors: &[f64] = if self.high - self.low < 3.3 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        (self.low.floor() as i32..=self.high.ceil() as i32)
            .flat_map(|power| factors.iter().map(move |factor| (power, factor)))
            .map(|(power, factor)| (factor * 10_f64.powi(power), (-power).max(0) as usize))
            .filter(|(value, _)| (self.low - 1e-9..=self.high + 1e-9).contains(&value.log10()))
            .map(|(value, decimals)| match value {
                long if long > 9e4 => (value, format!("{long:e}")),
                _ => (value, format!("{value:.decimals$}")),
            })
            .collect()
    }
}

/// The smallest range that holds all `values`, if there are any.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    values.into_iter().fold(None, |range, value| match range {
        None => Some([value, value]),
        Some([low, high]) => Some([f64::min(low, value), f64::max(high, value)]),
    })
}

/// `range`, wider by `share` of itself on either side.
pub(super) fn padded([low, high]: [f64; 2], share: f64) -> [f64; 2] {
    let pad = (high - low) * share;
    [low - pad, high + pad]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(
            labels(Axis::linear([-0.13, 1.04], [0.0, 300.0])),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(Axis::linear([0.0, 20.0], [300.0, 0.0])),
            ["0", "5", "10", "15", "20"]
        );
    }

    #[test]
    fn log_ticks_are_decades_with_2_and_5_where_there_is_room() {
        assert_eq!(labels(Axis::log([0.5, 5000.0], [0.0, 1.0])), ["1", "10", "100", "1000"]);
        assert_eq!(labels(Axis::log([9e3, 2e7], [0.0, 1.0]))[..2], ["10000", "1e5"]);
        assert_eq!(labels(Axis::log([0.4, 4.0], [0.0, 1.0])), ["0.5", "1", "2"]);
    }

    #[test]
    fn an_axis_maps_its_ends_to_its_pixels_and_survives_a_single_value() {
        let axis = Axis::log([1.0, 100.0], [50.0, 10.0]);
        assert_eq!((axis.px(1.0), axis.px(10.0), axis.px(100.0)), (50.0, 30.0, 10.0));
        for value in [0.0, 7.0, -1e9] {
            let axis = Axis::linear([value, value], [0.0, 600.0]);
            assert!((axis.px(value) - 300.0).abs() < 1.0);
            assert!((1..20).contains(&axis.ticks().len()));
        }
    }
}
