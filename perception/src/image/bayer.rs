//! Bayer mosaics to RGB: the mean of the nearest pixels of each colour. Beyond the edge the image is mirrored
//! at its outermost pixels, which keeps the mosaic in step.

use super::ImageView;
use super::encoding::Bayer;

/// Pixels that are computed at a time, so that compilers vectorise it.
const BATCH: usize = 32;

/// The neighbour before `i` of `len`, mirrored.
#[inline(always)]
fn before(i: usize, len: usize) -> usize {
    if i > 0 { i - 1 } else { (len > 1) as usize }
}

/// The neighbour after `i` of `len`, mirrored.
#[inline(always)]
fn after(i: usize, len: usize) -> usize {
    if i + 1 < len { i + 1 } else { len.saturating_sub(2) }
}

#[inline(always)]
pub(super) fn demosaic_row(image: &ImageView<'_>, mosaic: Bayer, y: usize, out: &mut [[u8; 4]]) {
    let (width, height) = (image.width(), image.height());
    let rows = [before(y, height), y, after(y, height)].map(|y| &image.row(y)[..width]);
    // Whether red is in the even rows, and in the even pixels of its row.
    let (red_row, red_pixel) = match mosaic {
        Bayer::Rggb => (0, 0),
        Bayer::Grbg => (0, 1),
        Bayer::Gbrg => (1, 0),
        Bayer::Bggr => (1, 1),
    };
    let in_red_row = y % 2 == red_row;
    // In a row of blue the blue pixels are where the red ones are not.
    let strong = if in_red_row { red_pixel } else { 1 - red_pixel };
    for x in [0, width - 1] {
        let at = [before(x, width), x, after(x, width)];
        out[x] = mixed(rows.map(|row| at.map(|x| row[x])), x % 2 == strong, in_red_row);
    }
    let inner = out.get_mut(1..width - 1).unwrap_or_default();
    let batches = inner.as_chunks_mut::<BATCH>().0;
    for (batch, out) in batches.iter_mut().enumerate() {
        let mut near = [[0; BATCH + 2]; 3];
        for (near, row) in near.iter_mut().zip(rows) {
            near.copy_from_slice(&row[batch * BATCH..][..BATCH + 2]);
        }
        // The batch begins with pixel 1. All four are known when compiled: no pixel decides anything by itself.
        match (strong == 1, in_red_row) {
            (true, true) => mix_batch::<true, true>(&near, out),
            (true, false) => mix_batch::<true, false>(&near, out),
            (false, true) => mix_batch::<false, true>(&near, out),
            (false, false) => mix_batch::<false, false>(&near, out),
        }
    }
    for x in 1 + batches.len() * BATCH..width.saturating_sub(1) {
        out[x] = mixed(
            rows.map(|row| [row[x - 1], row[x], row[x + 1]]),
            x % 2 == strong,
            in_red_row,
        );
    }
}

#[inline(always)]
fn mix_batch<const STRONG_FIRST: bool, const IN_RED_ROW: bool>(
    [above, own, below]: &[[u8; BATCH + 2]; 3],
    out: &mut [[u8; 4]; BATCH],
) {
    for pair in 0..BATCH / 2 {
        let i = 2 * pair;
        let near = |i: usize| {
            [
                [above[i], above[i + 1], above[i + 2]],
                [own[i], own[i + 1], own[i + 2]],
                [below[i], below[i + 1], below[i + 2]],
            ]
        };
        out[i] = mixed(near(i), STRONG_FIRST, IN_RED_ROW);
        out[i + 1] = mixed(near(i + 1), !STRONG_FIRST, IN_RED_ROW);
    }
}

/// The colour in the middle of nine pixels: `strong` where that pixel itself is red or blue.
#[inline(always)]
fn mixed(pixels: [[u8; 3]; 3], strong: bool, in_red_row: bool) -> [u8; 4] {
    let p = |row: usize, column: usize| u16::from(pixels[row][column]);
    let centre = p(1, 1);
    let (across, down) = (p(1, 0) + p(1, 2), p(0, 1) + p(2, 1));
    let corners = p(0, 0) + p(0, 2) + p(2, 0) + p(2, 2);
    let (own, green, other) = if strong {
        (centre, (across + down + 2) >> 2, (corners + 2) >> 2)
    } else {
        ((across + 1) >> 1, centre, (down + 1) >> 1)
    };
    let (red, blue) = if in_red_row { (own, other) } else { (other, own) };
    [red as u8, green as u8, blue as u8, 0]
}
