//! Anti-aliased shapes and text on a bitmap.

use std::io;

use sinew_perception::image::Picture;
use sinew_perception::outline::Outline;
use tiny_skia::{
    Color, FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint, StrokeDash,
    Transform,
};
use ttf_parser::{Face, GlyphId};

/// The picture's colours, as 0xRRGGBB.
pub(super) mod colour {
    pub(in super::super) const PAGE: u32 = 0xf1f3f6;
    pub(in super::super) const CARD: u32 = 0xffffff;
    pub(in super::super) const EDGE: u32 = 0xdde2e8;
    pub(in super::super) const PLOT: u32 = 0xfafbfc;
    pub(in super::super) const GRID: u32 = 0xe6eaef;
    pub(in super::super) const INK: u32 = 0x1c2733;
    pub(in super::super) const MUTED: u32 = 0x5c6977;
    pub(in super::super) const BLUE: u32 = 0x2f6fde;
    pub(in super::super) const TEAL: u32 = 0x11998a;
    pub(in super::super) const ORANGE: u32 = 0xe57a1f;
    pub(in super::super) const RED: u32 = 0xd33f49;
}

/// An area in pixels, y downwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Rect {
    pub(super) fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// An upper part, which takes `share` of the height, and a lower one, with `gap` between.
    pub(super) fn split_rows(self, share: f32, gap: f32) -> [Self; 2] {
        let cut = self.top + (self.height() - gap) * share;
        [Self { bottom: cut, ..self }, Self { top: cut + gap, ..self }]
    }

    /// The area without a margin on each side.
    pub(super) fn inset(self, left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self::new(
            self.left + left,
            self.top + top,
            self.right - right,
            self.bottom - bottom,
        )
    }
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) width: f32,
    pub(super) colour: u32,
    pub(super) opacity: f32,
    pub(super) dashed: bool,
}

impl Stroke {
    pub(super) fn solid(width: f32, colour: u32) -> Self {
        Self {
            width,
            colour,
            opacity: 1.0,
            dashed: false,
        }
    }

    pub(super) fn dashed(width: f32, colour: u32) -> Self {
        Self {
            dashed: true,
            ..Self::solid(width, colour)
        }
    }
}

/// How text looks; `size` in pixels per em.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) colour: u32,
    pub(super) bold: bool,
}

/// Which part of a text is at its given x.
#[derive(Debug, Clone, Copy)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// The bitmap that is drawn on.
pub(super) struct Canvas {
    pixmap: Pixmap,
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32, background: u32) -> Self {
        let mut pixmap = Pixmap::new(width, height).expect("a size that is not zero");
        pixmap.fill(opaque(background));
        let face = |data| Face::parse(data, 0).expect("the embedded font is whole");
        Self {
            pixmap,
            regular: face(dejavu::sans::regular()),
            bold: face(dejavu::sans::bold()),
        }
    }

    pub(super) fn encode_png(&self) -> io::Result<Vec<u8>> {
        Ok(self.pixmap.encode_png()?)
    }

    /// A panel with round corners and a fine edge.
    pub(super) fn card(&mut self, area: Rect) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = area.inset(0.5, 0.5, 0.5, 0.5);
        let round = 10.0;
        let mut path = PathBuilder::new();
        path.move_to(left + round, top);
        path.line_to(right - round, top);
        path.quad_to(right, top, right, top + round);
        path.line_to(right, bottom - round);
        path.quad_to(right, bottom, right - round, bottom);
        path.line_to(left + round, bottom);
        path.quad_to(left, bottom, left, bottom - round);
        path.line_to(left, top + round);
        path.quad_to(left, top, left + round, top);
        path.close();
        let Some(path) = path.finish() else { return };
        self.fill(&path, colour::CARD);
        self.stroke(&path, Stroke::solid(1.0, colour::EDGE));
    }

    pub(super) fn rect(&mut self, area: Rect, colour: u32) {
        let rect = tiny_skia::Rect::from_ltrb(area.left, area.top, area.right, area.bottom);
        if let Some(rect) = rect {
            self.fill(&PathBuilder::from_rect(rect), colour);
        }
    }

    pub(super) fn disc(&mut self, (x, y): (f32, f32), radius: f32, colour: u32) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            self.fill(&path, colour);
        }
    }

    /// An image, as large as it fits from the upper left corner of `area`; gives its lower edge.
    pub(super) fn image(&mut self, area: Rect, picture: &Picture) -> f32 {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let scale = (area.width() / width).min(area.height() / height);
        if let Some(mut image) = Pixmap::new(picture.width() as u32, picture.height() as u32) {
            for (out, pixel) in image.data_mut().chunks_exact_mut(4).zip(picture.rgb().chunks_exact(3)) {
                out.copy_from_slice(&[pixel[0], pixel[1], pixel[2], 255]);
            }
            let smooth = PixmapPaint {
                quality: FilterQuality::Bilinear,
                ..PixmapPaint::default()
            };
            let place = Transform::from_row(scale, 0.0, 0.0, scale, area.left, area.top);
            self.pixmap.draw_pixmap(0, 0, image.as_ref(), &smooth, place, None);
        }
        area.top + scale * height
    }

    /// A line through `points`; nothing for fewer than two.
    pub(super) fn line(&mut self, points: &[(f32, f32)], stroke: Stroke) {
        let [first, rest @ ..] = points else { return };
        let mut path = PathBuilder::new();
        path.move_to(first.0, first.1);
        for (x, y) in rest {
            path.line_to(*x, *y);
        }
        if let Some(path) = path.finish() {
            self.stroke(&path, stroke);
        }
    }

    /// Text with its baseline at `at`.
    pub(super) fn text(&mut self, text: &str, at: (f32, f32), style: Style, align: Align) {
        let width = self.text_width(text, style);
        let left = match align {
            Align::Left => 0.0,
            Align::Centre => width / 2.0,
            Align::Right => width,
        };
        self.text_from(text, Transform::from_translate(at.0 - left, at.1), style);
    }

    /// Text that reads from the bottom up, its baseline's middle at `at`.
    pub(super) fn text_upwards(&mut self, text: &str, at: (f32, f32), style: Style) {
        let half = self.text_width(text, style) / 2.0;
        let upwards = Transform::from_rotate(-90.0).post_translate(at.0, at.1 + half);
        self.text_from(text, upwards, style);
    }

    pub(super) fn text_width(&self, text: &str, style: Style) -> f32 {
        let face = self.face(style);
        text.chars().map(|c| advance(face, glyph(face, c), style.size)).sum()
    }

    fn text_from(&mut self, text: &str, origin: Transform, style: Style) {
        let mut outline = Outline::default();
        let face = self.face(style);
        outline.scale = style.size / f32::from(face.units_per_em());
        for c in text.chars() {
            let glyph = glyph(face, c);
            face.outline_glyph(glyph, &mut outline);
            outline.x += advance(face, glyph, style.size);
        }
        if let Some(path) = outline.path.finish() {
            self.pixmap
                .fill_path(&path, &paint(style.colour, 1.0), FillRule::Winding, origin, None);
        }
    }

    fn face(&self, style: Style) -> &Face<'static> {
        if style.bold { &self.bold } else { &self.regular }
    }

    fn fill(&mut self, path: &Path, colour: u32) {
        let paint = paint(colour, 1.0);
        self.pixmap
            .fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    fn stroke(&mut self, path: &Path, stroke: Stroke) {
        let shape = tiny_skia::Stroke {
            width: stroke.width,
            line_cap: if stroke.dashed { LineCap::Butt } else { LineCap::Round },
            line_join: LineJoin::Round,
            dash: stroke.dashed.then(|| StrokeDash::new(vec![6.0, 4.0], 0.0)).flatten(),
            ..tiny_skia::Stroke::default()
        };
        let paint = paint(stroke.colour, stroke.opacity);
        self.pixmap
            .stroke_path(path, &paint, &shape, Transform::identity(), None);
    }
}

fn opaque(colour: u32) -> Color {
    let [_, red, green, blue] = colour.to_be_bytes();
    Color::from_rgba8(red, green, blue, 255)
}

fn paint(colour: u32, opacity: f32) -> Paint<'static> {
    let mut colour = opaque(colour);
    colour.apply_opacity(opacity);
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color(colour);
    paint
}

/// The glyph of a character, or the font's own sign for a missing one.
fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    face.glyph_index(c).unwrap_or_default()
}

fn advance(face: &Face<'_>, glyph: GlyphId, size: f32) -> f32 {
    f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * size / f32::from(face.units_per_em())
}
