//! The velocity asked and got, a strip per component.

use super::axis::{Axis, padded, range};
use super::canvas::{Canvas, Rect, Stroke, colour};
use super::{Entry, RunPicture, broken_line, card, drawable, frame, legend, nothing};

const STRIPS: [(&str, u32); 3] = [
    ("vx, m/s", colour::BLUE),
    ("vy, m/s", colour::TEAL),
    ("yaw rate, rad/s", colour::ORANGE),
];

/// A walking body sways with each step; what it got is also drawn as a mean over this long.
const MEAN_SECS: f64 = 1.0;

/// Draws the velocities of `run` into a card.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, run: &RunPicture) {
    let inner = card(canvas, area, "Velocity asked and got");
    let asked = Stroke::dashed(2.0, colour::INK);
    let got = |colour| Stroke {
        opacity: 0.35,
        ..Stroke::solid(1.3, colour)
    };
    let mean = |colour| Stroke::solid(2.4, colour);
    legend(
        canvas,
        area,
        &[
            Entry {
                label: "asked",
                stroke: asked,
            },
            Entry {
                label: "got",
                stroke: got(colour::BLUE),
            },
            Entry {
                label: "got, mean of 1 s",
                stroke: mean(colour::BLUE),
            },
        ],
    );
    let plots = inner.inset(82.0, 8.0, 24.0, 58.0);
    let times = range(run.times_secs.iter().copied().filter(|t| drawable(*t)));
    let times = times.map_or([0.0, 1.0], |[first, last]| [first, last.max(first + 1.0)]);
    let x = Axis::linear(times, [plots.left, plots.right]);
    let height = (plots.height() - 2.0 * 18.0) / 3.0;
    for (i, (name, colour)) in STRIPS.into_iter().enumerate() {
        let top = plots.top + i as f32 * (height + 18.0);
        let plot = Rect {
            top,
            bottom: top + height,
            ..plots
        };
        let series =
            |of: &[[f64; 3]]| -> Vec<(f64, f64)> { run.times_secs.iter().zip(of).map(|(t, v)| (*t, v[i])).collect() };
        let (wanted, reached) = (series(&run.velocity_asked), series(&run.velocity_got));
        let known = |s: &(f64, f64)| drawable(s.0) && drawable(s.1);
        let shown = wanted.iter().chain(&reached).filter(|s| known(s)).map(|s| s.1);
        let values = range(shown);
        // At least ±0.25 around zero, so that a robot at rest does not look restless.
        let span = values.map_or([-0.25, 0.25], |[low, high]| [low.min(-0.25), high.max(0.25)]);
        let y = Axis::linear(padded(span, 0.06), [plot.bottom, plot.top]);
        let x_name = if i == STRIPS.len() - 1 { "time, s" } else { "" };
        frame(canvas, plot, &x, &y, x_name, name);
        let mut draw = |series: &[(f64, f64)], stroke| {
            let points = series.iter().map(|s| known(s).then(|| (x.px(s.0), y.px(s.1))));
            broken_line(canvas, points, stroke);
        };
        draw(&reached, got(colour));
        let smooth: Vec<_> = reached.iter().copied().filter(|s| known(s)).collect();
        draw(&running_mean(&smooth), mean(colour));
        draw(&wanted, asked);
        if values.is_none() {
            nothing(canvas, plot);
        }
    }
}

/// The mean of each sample and those less than half of [`MEAN_SECS`] before and after it.
fn running_mean(series: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let (mut from, mut to) = (0, 0);
    let half = MEAN_SECS / 2.0;
    series
        .iter()
        .map(|(t, _)| {
            while to < series.len() && series[to].0 < t + half {
                to += 1;
            }
            while from < to && series[from].0 <= t - half {
                from += 1;
            }
            let window = &series[from..to];
            (*t, window.iter().map(|s| s.1).sum::<f64>() / window.len() as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_mean_looks_half_a_second_either_way_and_less_at_the_ends() {
        let series: Vec<_> = (0..5).map(|i| (0.3 * f64::from(i), f64::from(i))).collect();
        let means: Vec<_> = running_mean(&series).into_iter().map(|s| s.1).collect();
        assert_eq!(means, [0.5, 1.0, 2.0, 3.0, 3.5]);
    }
}
