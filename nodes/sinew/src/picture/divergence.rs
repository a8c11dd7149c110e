//! How far the commands of two loops went apart: over time, and by joint.

use std::io;
use std::path::Path;

use super::axis::{Axis, padded, range};
use super::canvas::{Align, Canvas, Rect, Stroke, colour};
use super::{Entry, HEIGHT, LABEL, WIDTH, broken_line, card, drawable, frame, header, legend, nothing};

/// How far the commands of two loops went apart, as plain data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DivergencePicture {
    /// The headline.
    pub title: String,
    /// Times, s, and the root of the mean square over the joints then, rad.
    pub course: Vec<(f64, f64)>,
    /// Joints, each with the root of the mean square over the ticks, and the largest, rad.
    pub joints: Vec<(String, f64, f64)>,
}

impl DivergencePicture {
    /// Draws it into a PNG file of 1400 × 900 pixels.
    ///
    /// # Errors
    /// Where the file cannot be written. The error does not name the file.
    pub fn write_png(&self, path: &Path) -> io::Result<()> {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, colour::PAGE);
        header(&mut canvas, &self.title, &[]);
        let [top, bottom] = Rect::new(24.0, 84.0, 1376.0, 876.0).split_rows(0.5, 20.0);
        self.draw_course(&mut canvas, top);
        self.draw_joints(&mut canvas, bottom);
        std::fs::write(path, canvas.encode_png()?)
    }

    fn draw_course(&self, canvas: &mut Canvas, area: Rect) {
        let plot = card(canvas, area, "All joints, over time").inset(82.0, 8.0, 24.0, 58.0);
        let known: Vec<_> = self
            .course
            .iter()
            .filter(|(t, v)| drawable(*t) && drawable(*v))
            .collect();
        let times = range(known.iter().map(|(t, _)| *t)).map_or([0.0, 1.0], |[low, high]| [low, high.max(low + 1.0)]);
        let values = range(known.iter().map(|(_, v)| *v).chain([0.0]));
        let x = Axis::linear(times, [plot.left, plot.right]);
        let y = Axis::linear(padded(values.unwrap_or([0.0, 1.0]), 0.08), [plot.bottom, plot.top]);
        frame(canvas, plot, &x, &y, "since the loop's start, s", "rms, rad");
        broken_line(
            canvas,
            self.course
                .iter()
                .map(|(t, v)| (drawable(*t) && drawable(*v)).then(|| (x.px(*t), y.px(*v)))),
            Stroke::solid(1.6, colour::BLUE),
        );
        if known.is_empty() {
            nothing(canvas, plot);
        }
    }

    fn draw_joints(&self, canvas: &mut Canvas, area: Rect) {
        let inner = card(canvas, area, "By joint");
        let kinds = [("largest", colour::ORANGE), ("rms", colour::BLUE)];
        let entries = kinds.map(|(label, colour)| Entry {
            label,
            stroke: Stroke::solid(6.0, colour),
        });
        legend(canvas, area, &entries);
        let plot = inner.inset(82.0, 8.0, 24.0, 74.0);
        let most = range(
            self.joints
                .iter()
                .map(|(.., max)| *max)
                .filter(|max| drawable(*max))
                .chain([0.0]),
        );
        let y = Axis::linear(padded(most.unwrap_or([0.0, 1.0]), 0.08), [plot.bottom, plot.top]);
        let count = self.joints.len().max(1) as f32;
        let x = Axis::linear([0.0, f64::from(count)], [plot.left, plot.right]);
        frame(canvas, plot, &x, &y, "", "rad");
        let width = plot.width() / count;
        for (i, (name, rms, max)) in self.joints.iter().enumerate() {
            let left = plot.left + i as f32 * width;
            for (value, (_, colour)) in [max, rms].into_iter().zip(kinds).filter(|(value, _)| drawable(**value)) {
                let bar = Rect::new(left + 0.15 * width, y.px(*value), left + 0.85 * width, y.px(0.0));
                canvas.rect(bar, colour);
            }
            // Names of neighbours do not lie over each other.
            let row = plot.bottom + 19.0 + 17.0 * (i % 3) as f32;
            canvas.text(name, (left + width / 2.0, row), LABEL, Align::Centre);
        }
    }
}
