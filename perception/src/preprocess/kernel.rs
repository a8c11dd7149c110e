//! The mixing of two rows into one row of the tensor: in fixed point, then one multiplication and one addition
//! in float. Every implementation gives the same bits.
//!
//! A level of colour is carried with [`ROW_BITS`] binary places between the rows and [`PIXEL_BITS`] more between
//! the pixels, so that the error of the resize is below 1/100 of a level.

use super::fit::{Mapping, Tap};

/// Binary places of the mix of two rows.
const ROW_BITS: u32 = 7;
/// Binary places of the weights of two pixels.
const PIXEL_BITS: u32 = 14;
/// What a level of 1 is in the sums that [`Affine`] is applied to.
pub(super) const ONE_LEVEL: f64 = (1u64 << (ROW_BITS + PIXEL_BITS)) as f64;
/// Pixels that are computed at a time.
pub(super) const BLOCK: usize = 8;
/// Bytes that are read from the first of two pixels on.
pub(super) const REACH: usize = 8;

/// `scale × sum + bias`, for one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affine {
    pub(super) scale: f32,
    pub(super) bias: f32,
}

impl Affine {
    #[inline(always)]
    pub(super) fn apply(self, sum: i32) -> f32 {
        sum as f32 * self.scale + self.bias
    }
}

/// Two rows of the source and the second's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowTap {
    pub(super) rows: [usize; 2],
    /// In 1/32768.
    pub(super) weight: i16,
}

impl RowTap {
    pub(super) fn new(tap: Tap) -> Self {
        let weight = (tap.weight * 32_768.0).round().min(32_767.0) as i16;
        Self {
            rows: [tap.first, tap.first + usize::from(tap.weight > 0.0)],
            weight,
        }
    }
}

/// Where each pixel of a row comes from.
#[derive(Debug)]
pub(super) struct Columns {
    /// Bytes of a source pixel: 3 or 4.
    pixel: usize,
    /// Offset of the first of two pixels, bytes.
    offsets: Vec<u32>,
    /// Weights of the two, in 1/16384.
    weights: Vec<[i16; 2]>,
    /// The same for whole blocks, as the vectors use them: for pixels i and i + 4, each three times.
    pub(super) wide_weights: Vec<[i16; 16]>,
    reach: usize,
}

impl Columns {
    pub(super) fn new(mapping: &Mapping, pixel: usize) -> Self {
        let width = mapping.source[0];
        let (mut offsets, mut weights) = (Vec::new(), Vec::new());
        for tap in mapping.taps(0) {
            let second = (tap.weight * f64::from(1 << PIXEL_BITS)).round() as i16;
            let both = [(1 << PIXEL_BITS) - second, second];
            // Two pixels are read, always: at the right edge the last one is the second.
            match tap.first + 1 == width && width > 1 {
                true => {
                    offsets.push((pixel * (width - 2)) as u32);
                    weights.push([0, 1 << PIXEL_BITS]);
                }
                false => {
                    offsets.push((pixel * tap.first) as u32);
                    weights.push(both);
                }
            }
        }
        let mut wide_weights = Vec::new();
        for block in weights.chunks_exact(BLOCK) {
            for i in 0..4 {
                let (a, b) = (block[i], block[i + 4]);
                let (a, b) = ([a, a, a, [0; 2]], [b, b, b, [0; 2]]);
                let mut wide = [0; 16];
                wide.copy_from_slice([a, b].as_flattened().as_flattened());
                wide_weights.push(wide);
            }
        }
        let reach = offsets.iter().max().map_or(0, |&last| last as usize + REACH);
        Self {
            pixel,
            offsets,
            weights,
            wide_weights,
            reach,
        }
    }

    /// Pixels in a row of the tensor that the image covers.
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    pub(super) fn pixel(&self) -> usize {
        self.pixel
    }

    pub(super) fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// Bytes of a source row that are read, at most: no offset is above this less [`REACH`].
    pub(super) fn reach(&self) -> usize {
        self.reach
    }
}

#[inline(always)]
fn between_rows(above: u8, below: u8, weight: i16) -> i32 {
    let (above, below) = (i32::from(above) << ROW_BITS, i32::from(below) << ROW_BITS);
    above + (((below - above) * i32::from(weight) + (1 << 14)) >> 15)
}

/// Mixes `rows` into the pixels from `from` on of the three channels `out`.
#[inline(always)]
pub(super) fn mix_rows(
    rows: [&[u8]; 2],
    weight: i16,
    columns: &Columns,
    affine: &[Affine; 3],
    from: usize,
    out: &mut [&mut [f32]; 3],
) {
    for x in from..columns.len() {
        let (at, weights) = (columns.offsets[x] as usize, columns.weights[x]);
        for (channel, out) in out.iter_mut().enumerate() {
            let [left, right] = [at + channel, at + channel + columns.pixel];
            let sum = between_rows(rows[0][left], rows[1][left], weight) * i32::from(weights[0])
                + between_rows(rows[0][right], rows[1][right], weight) * i32::from(weights[1]);
            out[x] = affine[channel].apply(sum);
        }
    }
}
