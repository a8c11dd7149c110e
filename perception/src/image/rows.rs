//! Any encoding, row by row, as interleaved colours that the resize can read.

use super::bayer::demosaic_row;
use super::yuv::{packed_row, planar_row};
use super::{Encoding, ImageView};

/// Bytes that may be read past a row's last pixel.
const PAD: usize = 16;

/// Gives rows as interleaved pixels of 3 or 4 bytes, with [`PAD`] readable bytes after them: those of the image
/// itself where they are so, else converted ones, of which the last two are remembered. Pixels are converted to 4
/// bytes, which vectors write more easily.
#[derive(Debug)]
pub(crate) struct Rows {
    slots: [Slot; 2],
    /// The slot that was asked for longest ago.
    oldest: usize,
}

#[derive(Debug)]
struct Slot {
    y: Option<usize>,
    pixels: Vec<u8>,
}

impl Rows {
    /// For images of this width.
    pub(crate) fn new(width: usize) -> Self {
        // A resize reads pairs of pixels, of the narrowest image, too.
        let slot = || Slot {
            y: None,
            pixels: vec![0; 4 * width.max(2) + PAD],
        };
        Self {
            slots: [slot(), slot()],
            oldest: 0,
        }
    }

    /// Forgets all rows: the next image comes.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        for slot in &mut self.slots {
            slot.y = None;
        }
    }

    /// Bytes of a pixel.
    pub(crate) fn pixel(encoding: Encoding) -> usize {
        match encoding {
            Encoding::Rgb8 | Encoding::Bgr8 => 3,
            _ => 4,
        }
    }

    /// Row `y`.
    pub(crate) fn row<'a>(&'a mut self, image: &ImageView<'a>, y: usize) -> &'a [u8] {
        let [row, _] = self.pair(image, [y, y]);
        row
    }

    /// Two rows, which may be the same.
    #[inline(always)]
    pub(crate) fn pair<'a>(&'a mut self, image: &ImageView<'a>, ys: [usize; 2]) -> [&'a [u8]; 2] {
        let pixel = Self::pixel(image.encoding);
        let direct = matches!(
            image.encoding,
            Encoding::Rgb8 | Encoding::Bgr8 | Encoding::Rgba8 | Encoding::Bgra8
        ) && image.width >= 2;
        let borrowed = |y: usize| {
            let bytes = image.row_onwards(y);
            (direct && bytes.len() >= pixel * image.width + PAD).then_some(bytes)
        };
        let mut at = [0; 2];
        for (i, y) in ys.into_iter().enumerate() {
            if borrowed(y).is_none() {
                at[i] = self.converted(image, y);
            }
        }
        [0, 1].map(|i| borrowed(ys[i]).unwrap_or(&self.slots[at[i]].pixels))
    }

    /// The slot that holds row `y`.
    #[inline(always)]
    fn converted(&mut self, image: &ImageView<'_>, y: usize) -> usize {
        let at = match self.slots.iter().position(|slot| slot.y == Some(y)) {
            Some(at) => at,
            None => {
                let slot = &mut self.slots[self.oldest];
                slot.y = Some(y);
                convert(image, y, &mut slot.pixels);
                self.oldest
            }
        };
        self.oldest = 1 - at;
        at
    }
}

#[inline(always)]
fn convert(image: &ImageView<'_>, y: usize, out: &mut [u8]) {
    let row = image.row(y);
    let pixels = &mut out.as_chunks_mut::<4>().0[..image.width];
    match image.encoding {
        Encoding::Rgb8 | Encoding::Bgr8 | Encoding::Rgba8 | Encoding::Bgra8 => out[..row.len()].copy_from_slice(row),
        Encoding::Mono8 => {
            for (pixel, grey) in pixels.iter_mut().zip(row) {
                *pixel = [*grey; 4];
            }
        }
        Encoding::Mono16 => {
            for (x, pixel) in pixels.iter_mut().enumerate() {
                *pixel = [((u32::from(image.sixteen(row, x)) * 255 + 32_767) / 65_535) as u8; 4];
            }
        }
        Encoding::Uyvy => packed_row::<1>(row, pixels),
        Encoding::Yuyv => packed_row::<0>(row, pixels),
        Encoding::Nv12 => planar_row::<0>(row, image.chroma_row(y), pixels),
        Encoding::Nv21 => planar_row::<1>(row, image.chroma_row(y), pixels),
        Encoding::Bayer8(mosaic) => demosaic_row(image, mosaic, y, pixels),
        // Never asked for: `Preprocessor` and `to_rgb` refuse depth.
        Encoding::Depth32F | Encoding::Depth16 => {}
    }
}
