//! The histogram of tick latency.

use super::axis::{Axis, range};
use super::canvas::{Canvas, Rect, Stroke, colour};
use super::{Entry, card, drawable, frame, legend, nothing};

/// Bars across the plot.
const BARS: usize = 72;

/// Draws the histogram `tick_us` (µs and count) into a card, both axes logarithmic: what matters is
/// the tail, where counts are small.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tick_us: &[(f64, u64)], deadline_us: Option<f64>) {
    let mut ticks: Vec<_> = tick_us.to_vec();
    ticks.retain(|(us, count)| drawable(*us) && *count > 0);
    // Less than 10 ns is not a time that any clock here tells.
    ticks.iter_mut().for_each(|(us, _)| *us = us.max(0.01));
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let deadline_us = deadline_us.filter(|us| drawable(*us) && *us > 0.01);

    let inner = card(canvas, area, "Tick latency");
    let plot = inner.inset(74.0, 8.0, 24.0, 58.0);
    let shown = ticks.iter().map(|(us, _)| *us).chain(deadline_us);
    let [low, high] = range(shown).map_or([1.0, 1000.0], |[low, high]| [low / 1.25, high * 1.25]);
    let x = Axis::log([low, high], [plot.left, plot.right]);
    let bars = bars(&ticks, &x, plot);
    let most = bars.iter().copied().max().unwrap_or(0).max(10);
    // From less than one tick, so that a single one can be seen.
    let y = Axis::log([0.7, most as f64 * 1.6], [plot.bottom, plot.top]);
    frame(canvas, plot, &x, &y, "latency, µs", "ticks");
    let width = plot.width() / BARS as f32;
    for (i, count) in bars.iter().enumerate().filter(|(_, count)| **count > 0) {
        let left = plot.left + i as f32 * width;
        let bar = Rect::new(left + 0.5, y.px(*count as f64), left + width - 0.5, plot.bottom);
        canvas.rect(bar, colour::BLUE);
    }
    if ticks.is_empty() {
        nothing(canvas, plot);
    }

    let quantiles = [
        ("p50", 0.5, colour::TEAL),
        ("p99", 0.99, colour::ORANGE),
        ("max", 1.0, colour::RED),
    ];
    let mut lines: Vec<_> = quantiles
        .into_iter()
        .filter_map(|(name, share, colour)| Some((name, quantile(&ticks, share)?, Stroke::solid(2.0, colour))))
        .collect();
    lines.extend(deadline_us.map(|us| ("deadline", us, Stroke::dashed(2.0, colour::INK))));
    for (_, us, stroke) in &lines {
        canvas.line(&[(x.px(*us), plot.top), (x.px(*us), plot.bottom)], *stroke);
    }
    let labels: Vec<_> = lines
        .iter()
        .map(|(name, us, _)| format!("{name} {}", duration(*us)))
        .collect();
    let entries: Vec<_> = lines
        .iter()
        .zip(&labels)
        .map(|((.., stroke), label)| Entry { label, stroke: *stroke })
        .collect();
    legend(canvas, area, &entries);
}

/// Ticks in each bar of equal width on the axis `x`.
fn bars(ticks: &[(f64, u64)], x: &Axis, plot: Rect) -> [u64; BARS] {
    let mut bars = [0_u64; BARS];
    for (us, count) in ticks {
        let share = (x.px(*us) - plot.left) / plot.width();
        let bar = (share * BARS as f32) as usize;
        let bar = &mut bars[bar.min(BARS - 1)];
        *bar = bar.saturating_add(*count);
    }
    bars
}

/// The value that `share` of all ticks do not exceed. `ticks` must be sorted.
fn quantile(ticks: &[(f64, u64)], share: f64) -> Option<f64> {
    let total: f64 = ticks.iter().map(|(_, count)| *count as f64).sum();
    let mut seen = 0.0;
    ticks
        .iter()
        .find(|(_, count)| {
            seen += *count as f64;
            seen >= share * total
        })
        .map(|(us, _)| *us)
}

/// Two significant digits or all whole ones, in µs or ms.
fn duration(us: f64) -> String {
    let (value, unit) = if us < 1000.0 { (us, "µs") } else { (us / 1e3, "ms") };
    let rounded = if value < 10.0 {
        (value * 10.0).round() / 10.0
    } else {
        value.round()
    };
    format!("{rounded} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_count_every_tick_of_a_bucket() {
        let ticks = [(1.0, 50), (2.0, 49), (9.0, 1)];
        assert_eq!(quantile(&ticks, 0.5), Some(1.0));
        assert_eq!(quantile(&ticks, 0.99), Some(2.0));
        assert_eq!(quantile(&ticks, 1.0), Some(9.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn no_tick_is_lost_between_the_bars() {
        let ticks = [(3.0, 5), (40.0, 1), (1000.0, 2)];
        let plot = Rect::new(80.0, 0.0, 680.0, 300.0);
        let x = Axis::log([3.0, 1000.0], [plot.left, plot.right]);
        let bars = bars(&ticks, &x, plot);
        assert_eq!((bars[0], bars[BARS - 1], bars.iter().sum::<u64>()), (5, 2, 8));
    }
}
