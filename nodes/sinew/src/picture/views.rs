//! What the robot saw: some of its images in a row.

use sinew_perception::image::Picture;

use super::canvas::{Align, Canvas, Rect, Style, colour};
use super::{LABEL, card};

/// How many there is room for.
const COLUMNS: usize = 4;
const GAP: f32 = 16.0;

/// An image with a line below it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What to read below it.
    pub caption: String,
    /// The image.
    pub picture: Picture,
}

/// Draws the views into a card: the first, the last, and some that are spread evenly between them.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, views: &[View]) {
    let inner = card(canvas, area, "What the robot saw").inset(22.0, 4.0, 22.0, 30.0);
    let width = (inner.width() - GAP * (COLUMNS - 1) as f32) / COLUMNS as f32;
    for (column, view) in chosen(views).enumerate() {
        let left = inner.left + column as f32 * (width + GAP);
        let place = Rect::new(left, inner.top, left + width, inner.bottom);
        let bottom = canvas.image(place, &view.picture);
        let caption = Style {
            colour: colour::INK,
            ..LABEL
        };
        canvas.text(&view.caption, (left, bottom + 20.0), caption, Align::Left);
    }
}

fn chosen(views: &[View]) -> impl Iterator<Item = &View> {
    let shown = views.len().min(COLUMNS);
    (0..shown).map(move |i| match shown {
        1 => &views[0],
        _ => &views[i * (views.len() - 1) / (shown - 1)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_are_among_those_that_are_shown() {
        let view = |i: usize| View {
            caption: i.to_string(),
            picture: Picture::from_rgb([1, 1], vec![0; 3]).unwrap(),
        };
        let captions = |count: usize| {
            let views: Vec<_> = (0..count).map(view).collect();
            chosen(&views).map(|view| view.caption.clone()).collect::<Vec<_>>()
        };
        assert_eq!(captions(10), ["0", "3", "6", "9"]);
        assert_eq!(captions(4), ["0", "1", "2", "3"]);
        assert_eq!(captions(2), ["0", "1"]);
        assert_eq!(captions(1), ["0"]);
        assert!(captions(0).is_empty());
    }
}
