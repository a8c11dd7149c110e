//! The path walked, seen from above.

use super::axis::{Axis, range};
use super::canvas::{Align, Canvas, Rect, Stroke, Style, colour};
use super::{HEADING, broken_line, card, drawable, frame, nothing};

/// Metres of ground shown around the path.
const MARGIN_M: f64 = 0.5;

/// Draws the path `xy_m`, and things that stood around it, into a card.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, xy_m: &[[f64; 2]], things: &[(String, [f64; 2])]) {
    let inner = card(canvas, area, "Path walked, from above");
    let plot = inner.inset(74.0, 8.0, 24.0, 58.0);
    let known: Vec<_> = xy_m.iter().copied().filter(is_known).collect();
    let things: Vec<_> = things.iter().filter(|(_, at)| is_known(at)).collect();
    let shown: Vec<_> = known.iter().copied().chain(things.iter().map(|(_, at)| *at)).collect();
    let [x, y] = equal_axes(plot, &shown);
    frame(canvas, plot, &x, &y, "x, m", "y, m");
    let px = |p: [f64; 2]| (x.px(p[0]), y.px(p[1]));
    let ([first, ..], [.., last]) = (&known[..], &known[..]) else {
        return nothing(canvas, plot);
    };
    for (name, at) in things {
        mark(canvas, plot, px(*at), (name, -14.0), colour::ORANGE);
    }
    let points = xy_m.iter().map(|p| is_known(p).then(|| px(*p)));
    broken_line(canvas, points, Stroke::solid(3.0, colour::BLUE));
    let (start, end) = (px(*first), px(*last));
    let apart = (start.0 - end.0).hypot(start.1 - end.1) > 45.0;
    mark(canvas, plot, start, ("start", -14.0), colour::TEAL);
    mark(
        canvas,
        plot,
        end,
        ("end", if apart { -14.0 } else { 24.0 }),
        colour::RED,
    );
}

fn is_known(p: &[f64; 2]) -> bool {
    p.iter().all(|v| drawable(*v))
}

/// Axes on which a metre is as long across as it is up.
fn equal_axes(plot: Rect, known: &[[f64; 2]]) -> [Axis; 2] {
    let [x, y] = [0, 1].map(|i| range(known.iter().map(|p| p[i])).unwrap_or([0.0, 0.0]));
    let [half_x, half_y] = [x, y].map(|[low, high]| (high - low) / 2.0 + MARGIN_M);
    let (width, height) = (f64::from(plot.width()), f64::from(plot.height()));
    let m_per_px = (half_x / width).max(half_y / height);
    let around = |[low, high]: [f64; 2], px: f64| {
        let middle = (low + high) / 2.0;
        [middle - m_per_px * px, middle + m_per_px * px]
    };
    [
        Axis::linear(around(x, width), [plot.left, plot.right]),
        Axis::linear(around(y, height), [plot.bottom, plot.top]),
    ]
}

/// A disc with a name `below` its centre.
fn mark(canvas: &mut Canvas, plot: Rect, (x, y): (f32, f32), (name, below): (&str, f32), colour: u32) {
    canvas.disc((x, y), 8.0, colour::CARD);
    canvas.disc((x, y), 6.0, colour);
    let style = Style {
        size: 14.0,
        colour,
        ..HEADING
    };
    let x = x.clamp(plot.left + 24.0, plot.right - 24.0);
    canvas.text(name, (x, y + below), style, Align::Centre);
}
