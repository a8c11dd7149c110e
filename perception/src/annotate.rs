//! Pictures for people: what was seen, drawn over the image that it was seen in.

use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Rect, Stroke, Transform};
use ttf_parser::Face;

use crate::heads::{BoundingBox, Grid, Prediction};
use crate::image::Picture;
use crate::messages::class_name;
use crate::outline::Outline;

/// Classes of the whole image that are named.
const CLASSES: usize = 5;

/// Draws what was seen over a copy of the picture: boxes with class and score, tinted classes of pixels, depth as
/// greys (near is bright), or the best classes of the whole image. `id` gives the identity of each thing, empty
/// where it has none.
pub fn annotate(picture: &Picture, seen: &Prediction, names: &[String], id: impl Fn(usize) -> String) -> Picture {
    let size = [picture.width(), picture.height()];
    let mut rgb = match seen {
        Prediction::Mask(mask) if mask.size == size => tinted(picture.rgb(), mask),
        Prediction::Depth(depth) if depth.size == size => greys(depth),
        _ => picture.rgb().to_vec(),
    };
    let lines: Vec<(Option<BoundingBox>, usize, String)> = match seen {
        Prediction::Things(things) => (things.iter().enumerate())
            .map(|(i, thing)| {
                let id = match id(i) {
                    id if id.is_empty() => id,
                    id => format!("#{id} "),
                };
                let label = format!("{id}{} {:.2}", class_name(names, thing.class), thing.score);
                (Some(thing.bbox), thing.class, label)
            })
            // The surest on top of the others.
            .rev()
            .collect(),
        Prediction::Classes(classes) => (classes.iter().take(CLASSES))
            .map(|class| {
                let label = format!("{} {:.2}", class_name(names, class.class), class.score);
                (None, class.class, label)
            })
            .collect(),
        Prediction::Mask(_) | Prediction::Depth(_) => Vec::new(),
    };
    if let (false, Some(mut drawing)) = (lines.is_empty(), Drawing::over(size, &rgb)) {
        for (i, (bbox, class, label)) in lines.iter().enumerate() {
            drawing.line(i, *bbox, colour(*class), label);
        }
        rgb = drawing.rgb();
    }
    Picture::from_rgb(size, rgb).unwrap_or_else(|| picture.clone())
}

/// A colour for each class: hues a golden angle apart, so that neighbours differ.
fn colour(class: usize) -> [u8; 3] {
    let hue = (class as f64 * 0.618_034 + 0.58).fract() * 6.0;
    [5.0, 3.0, 1.0].map(|shift: f64| {
        let k = (shift + hue) % 6.0;
        let level = 0.95 - 0.75 * k.min(4.0 - k).clamp(0.0, 1.0);
        (255.0 * level) as u8
    })
}

fn tinted(rgb: &[u8], mask: &Grid<u8>) -> Vec<u8> {
    let pixels = rgb.chunks_exact(3).zip(&mask.values);
    pixels
        .flat_map(|(pixel, class)| {
            let tint = colour(usize::from(*class));
            // Class 0 is the background in most networks.
            [0, 1, 2].map(|i| match class {
                0 => pixel[i],
                _ => ((u16::from(pixel[i]) + u16::from(tint[i])) / 2) as u8,
            })
        })
        .collect()
}

fn greys(depth: &Grid<f32>) -> Vec<u8> {
    let known = || depth.values.iter().copied().filter(|value| *value != 0.0);
    let (near, far) = known().fold((f32::INFINITY, f32::NEG_INFINITY), |(near, far), value| {
        (near.min(value), far.max(value))
    });
    let grey = |value: &f32| {
        if far > near && *value != 0.0 {
            (255.0 - 215.0 * (value - near) / (far - near)) as u8
        } else {
            0
        }
    };
    depth.values.iter().flat_map(|value| [grey(value); 3]).collect()
}

struct Drawing {
    pixmap: Pixmap,
    font: Face<'static>,
    /// Pixels per em, and the width of a box's edge.
    text: f32,
    edge: f32,
}

impl Drawing {
    fn over([width, height]: [usize; 2], rgb: &[u8]) -> Option<Self> {
        let mut pixmap = Pixmap::new(width as u32, height as u32)?;
        for (out, pixel) in pixmap.data_mut().chunks_exact_mut(4).zip(rgb.chunks_exact(3)) {
            out.copy_from_slice(&[pixel[0], pixel[1], pixel[2], 255]);
        }
        let side = width.max(height) as f32;
        Some(Self {
            pixmap,
            font: Face::parse(dejavu::sans::bold(), 0).ok()?,
            text: (side / 50.0).clamp(10.0, 64.0),
            edge: (side / 400.0).clamp(1.5, 8.0),
        })
    }

    fn rgb(&self) -> Vec<u8> {
        let pixels = self.pixmap.data().chunks_exact(4);
        pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    }

    /// A box with its label above it, inside where there is no room; or the `i`th line of the image's own.
    fn line(&mut self, i: usize, bbox: Option<BoundingBox>, colour: [u8; 3], label: &str) {
        let height = 1.4 * self.text;
        let at = match bbox {
            Some(bbox) => {
                self.frame(&bbox, colour);
                let top = if bbox.top >= height {
                    bbox.top - height
                } else {
                    bbox.top
                };
                [bbox.left, top]
            }
            None => [0.0, i as f32 * height],
        };
        let mut outline = Outline {
            scale: self.text / f32::from(self.font.units_per_em()),
            ..Outline::default()
        };
        for letter in label.chars().take(80) {
            let glyph = self.font.glyph_index(letter).unwrap_or_default();
            self.font.outline_glyph(glyph, &mut outline);
            outline.x += f32::from(self.font.glyph_hor_advance(glyph).unwrap_or(0)) * outline.scale;
        }
        let width = outline.x + 0.6 * self.text;
        let left = at[0].min(self.pixmap.width() as f32 - width).max(0.0);
        if let Some(back) = Rect::from_xywh(left, at[1], width, height) {
            self.pixmap.fill_rect(back, &paint(colour), Transform::identity(), None);
        }
        if let Some(text) = outline.path.finish() {
            let origin = Transform::from_translate(left + 0.3 * self.text, at[1] + 1.05 * self.text);
            let ink = if colour.iter().map(|level| u32::from(*level)).sum::<u32>() > 360 {
                [16; 3]
            } else {
                [255; 3]
            };
            self.pixmap
                .fill_path(&text, &paint(ink), FillRule::Winding, origin, None);
        }
    }

    fn frame(&mut self, bbox: &BoundingBox, colour: [u8; 3]) {
        let Some(rect) = Rect::from_ltrb(bbox.left, bbox.top, bbox.right, bbox.bottom) else {
            return;
        };
        let stroke = Stroke {
            width: self.edge,
            ..Stroke::default()
        };
        let path = PathBuilder::from_rect(rect);
        self.pixmap
            .stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
    }
}

fn paint([red, green, blue]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(red, green, blue, 255));
    paint
}
