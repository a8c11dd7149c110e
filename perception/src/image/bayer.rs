//! Bayer mosaics to RGB: the mean of the nearest pixels of each colour. Beyond the edge the image is mirrored
//! at its outermost pixels, which keeps the mosaic in step.

use super::ImageView;
use super::encoding::Bayer;

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
    let ends = [0, width - 1];
    for x in ends {
        let at = [before(x, width), x, after(x, width)];
        let pixel = mixed(rows, at, x % 2 == strong, in_red_row);
        out[x] = pixel;
    }
    for x in 1..width.saturating_sub(1) {
        let pixel = mixed(rows, [x - 1, x, x + 1], x % 2 == strong, in_red_row);
        out[x] = pixel;
    }
}

/// The colour at `at[1]`: `strong` where the pixel itself is red or blue.
#[inline(always)]
fn mixed(rows: [&[u8]; 3], at: [usize; 3], strong: bool, in_red_row: bool) -> [u8; 4] {
    let p = |row: usize, i: usize| u16::from(rows[row][at[i]]);
    let centre = p(1, 1);
    let (across, down) = (p(1, 0) + p(1, 2), p(0, 1) + p(2, 1));
    let corners = p(0, 0) + p(0, 2) + p(2, 0) + p(2, 2);
    let (own, green, other) = match strong {
        true => (centre, (across + down + 2) >> 2, (corners + 2) >> 2),
        false => ((across + 1) >> 1, centre, (down + 1) >> 1),
    };
    match in_red_row {
        true => [own as u8, green as u8, other as u8, 0],
        false => [other as u8, green as u8, own as u8, 0],
    }
}
