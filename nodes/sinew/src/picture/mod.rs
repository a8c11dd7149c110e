//! A picture of a run: the path walked, the velocity asked and got, the tick latency.

use std::io;
use std::path::Path;

mod axis;
mod canvas;
mod divergence;
mod latency;
mod path;
mod velocity;
mod views;

use axis::Axis;
use canvas::{Align, Canvas, Rect, Stroke, Style, colour};
pub use divergence::DivergencePicture;
pub use views::View;

/// All that is drawn, as plain data. Whatever is missing, not finite or absurdly large is left out:
/// a picture is drawn of every run, a failed one above all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunPicture {
    /// The headline.
    pub title: String,
    /// Short lines under the headline; there is room for two.
    pub notes: Vec<String>,
    /// Where the base was, world frame, m, oldest first.
    pub path_xy_m: Vec<[f64; 2]>,
    /// Things that stood around: what, and where, world frame, m.
    pub things_xy_m: Vec<(String, [f64; 2])>,
    /// When each of the velocities below was sampled, s.
    pub times_secs: Vec<f64>,
    /// Velocity asked for in the base frame: vx m/s, vy m/s, yaw rate rad/s.
    pub velocity_asked: Vec<[f64; 3]>,
    /// Velocity got, likewise.
    pub velocity_got: Vec<[f64; 3]>,
    /// Histogram of tick latency: µs, and how many ticks took as long.
    pub tick_us: Vec<(f64, u64)>,
    /// How long a tick may take, µs.
    pub tick_deadline_us: Option<f64>,
    /// What the robot saw, oldest first; there is room for four.
    pub views: Vec<View>,
}

const WIDTH: u32 = 1400;
const HEIGHT: u32 = 900;
/// Of the row of views, where there are any.
const VIEWS_HEIGHT: u32 = 346;

impl RunPicture {
    /// Draws it into a PNG file of 1400 × 900 pixels, 1400 × 1246 with views.
    ///
    /// # Errors
    /// Where the file cannot be written. The error does not name the file.
    pub fn write_png(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, self.png()?)
    }

    fn png(&self) -> io::Result<Vec<u8>> {
        let height = if self.views.is_empty() {
            HEIGHT
        } else {
            HEIGHT + VIEWS_HEIGHT
        };
        let mut canvas = Canvas::new(WIDTH, height, colour::PAGE);
        header(&mut canvas, &self.title, &self.notes);
        let [top, bottom] = Rect::new(24.0, 116.0, 686.0, 876.0).split_rows(0.54, 20.0);
        path::draw(&mut canvas, top, &self.path_xy_m, &self.things_xy_m);
        latency::draw(&mut canvas, bottom, &self.tick_us, self.tick_deadline_us);
        velocity::draw(&mut canvas, Rect::new(706.0, 116.0, 1376.0, 876.0), self);
        if !self.views.is_empty() {
            views::draw(
                &mut canvas,
                Rect::new(24.0, 896.0, 1376.0, height as f32 - 24.0),
                &self.views,
            );
        }
        canvas.encode_png()
    }
}

/// The headline, and short lines under it.
fn header(canvas: &mut Canvas, headline: &str, notes: &[String]) {
    let title = Style {
        size: 27.0,
        colour: colour::INK,
        bold: true,
    };
    canvas.text(headline, (26.0, 50.0), title, Align::Left);
    let note = Style {
        size: 15.0,
        colour: colour::MUTED,
        bold: false,
    };
    for (line, y) in notes.iter().zip([76.0, 98.0]) {
        canvas.text(line, (26.0, y), note, Align::Left);
    }
}

/// Whether a number is fit to be drawn.
fn drawable(value: f64) -> bool {
    value.abs() < 1e9
}

const HEADING: Style = Style {
    size: 17.0,
    colour: colour::INK,
    bold: true,
};
const LABEL: Style = Style {
    size: 14.0,
    colour: colour::MUTED,
    bold: false,
};

/// A card with a heading; gives the area below the heading.
fn card(canvas: &mut Canvas, area: Rect, heading: &str) -> Rect {
    canvas.card(area);
    canvas.text(heading, (area.left + 22.0, area.top + 34.0), HEADING, Align::Left);
    Rect {
        top: area.top + 48.0,
        ..area
    }
}

/// One entry of a legend: what is drawn how.
struct Entry<'a> {
    label: &'a str,
    stroke: Stroke,
}

/// A legend that ends at the card's right edge, beside its heading.
fn legend(canvas: &mut Canvas, card: Rect, entries: &[Entry<'_>]) {
    let y = card.top + 34.0;
    let mut right = card.right - 22.0;
    for entry in entries.iter().rev() {
        canvas.text(entry.label, (right, y), LABEL, Align::Right);
        let end = right - canvas.text_width(entry.label, LABEL) - 7.0;
        canvas.line(&[(end - 18.0, y - 5.0), (end, y - 5.0)], entry.stroke);
        right = end - 18.0 - 13.0;
    }
}

/// The frame of a plot: grid lines, tick labels, and the axes' names.
fn frame(canvas: &mut Canvas, plot: Rect, x: &Axis, y: &Axis, x_name: &str, y_name: &str) {
    canvas.rect(plot, colour::PLOT);
    for (value, label) in x.ticks() {
        let px = x.px(value);
        canvas.line(&[(px, plot.top), (px, plot.bottom)], Stroke::solid(1.0, colour::GRID));
        if !x_name.is_empty() {
            canvas.text(&label, (px, plot.bottom + 19.0), LABEL, Align::Centre);
        }
    }
    for (value, label) in y.ticks() {
        let py = y.px(value);
        canvas.line(&[(plot.left, py), (plot.right, py)], Stroke::solid(1.0, colour::GRID));
        canvas.text(&label, (plot.left - 9.0, py + 5.0), LABEL, Align::Right);
    }
    let middle_x = (plot.left + plot.right) / 2.0;
    canvas.text(x_name, (middle_x, plot.bottom + 41.0), LABEL, Align::Centre);
    canvas.text_upwards(y_name, (plot.left - 54.0, (plot.top + plot.bottom) / 2.0), LABEL);
}

/// Says that there is nothing to draw.
fn nothing(canvas: &mut Canvas, plot: Rect) {
    let middle = ((plot.left + plot.right) / 2.0, (plot.top + plot.bottom) / 2.0);
    canvas.text("no data", middle, LABEL, Align::Centre);
}

/// Draws `points` as a line that breaks where a point is missing.
fn broken_line(canvas: &mut Canvas, points: impl IntoIterator<Item = Option<(f32, f32)>>, stroke: Stroke) {
    let mut run = Vec::new();
    for point in points.into_iter().chain([None]) {
        match point {
            Some(point) => run.push(point),
            None => {
                canvas.line(&run, stroke);
                run.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests;
