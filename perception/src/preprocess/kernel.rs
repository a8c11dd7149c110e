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
/// Pixels that are computed at a time where there are no vectors of ours.
const BATCH: usize = 16;
/// Channels that are mixed of every pixel, needed or not.
pub(super) const CHANNELS: usize = 4;

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
    pub(super) offsets: Vec<u32>,
    /// Weights of the two, in 1/16384.
    pub(super) weights: Vec<[i16; 2]>,
}

impl Columns {
    pub(super) fn new(mapping: &Mapping, pixel: usize) -> Self {
        let width = mapping.source[0];
        let (mut offsets, mut weights) = (Vec::new(), Vec::new());
        for tap in mapping.taps(0) {
            let second = (tap.weight * f64::from(1 << PIXEL_BITS)).round() as i16;
            let both = [(1 << PIXEL_BITS) - second, second];
            // Two pixels are read, always: at the right edge the last one is the second.
            if tap.first + 1 == width && width > 1 {
                offsets.push((pixel * (width - 2)) as u32);
                weights.push([0, 1 << PIXEL_BITS]);
            } else {
                offsets.push((pixel * tap.first) as u32);
                weights.push(both);
            }
        }
        Self {
            pixel,
            offsets,
            weights,
        }
    }

    /// Pixels in a row of the tensor that the image covers.
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    pub(super) fn pixel(&self) -> usize {
        self.pixel
    }

    /// Bytes of a source row that `bytes` from every offset on take.
    pub(super) fn reach(&self, bytes: usize) -> usize {
        self.offsets.iter().max().map_or(0, |&last| last as usize + bytes)
    }
}

/// The mix of two levels. Wraps nowhere; said as wrapping, and in 16 bits, so that compilers vectorise it well.
#[inline(always)]
fn between_rows(above: u8, below: u8, weight: i16) -> i16 {
    let step = i16::from(below).wrapping_sub(i16::from(above)) << ROW_BITS;
    let share = i32::from(step).wrapping_mul(i32::from(weight)).wrapping_add(1 << 14) >> 15;
    (i16::from(above) << ROW_BITS).wrapping_add(share as i16)
}

/// Mixes `rows` into the three channels `out`: first all of the two rows, into `between`, which compilers
/// vectorise, then its pixels. `between` is as long as the pixels of a source row that are needed.
#[inline(always)]
pub(super) fn mix_rows(
    rows: [&[u8]; 2],
    weight: i16,
    columns: &Columns,
    affine: &[Affine; 3],
    between: &mut [i16],
    out: &mut [&mut [f32]; 3],
) {
    let levels = rows[0].iter().zip(rows[1]);
    for (between, (above, below)) in between.iter_mut().zip(levels) {
        *between = between_rows(*above, *below, weight);
    }
    match columns.pixel {
        3 => mix_pixels::<3>(between, columns, affine, out),
        _ => mix_pixels::<4>(between, columns, affine, out),
    }
}

/// A batch of sums, with four channels (the fourth is nobody's), and then the batch channel by channel: compilers
/// vectorise both.
#[inline(always)]
fn mix_pixels<const PIXEL: usize>(between: &[i16], columns: &Columns, affine: &[Affine; 3], out: &mut [&mut [f32]; 3]) {
    let taps = columns.offsets.chunks(BATCH).zip(columns.weights.chunks(BATCH));
    for (batch, (offsets, weights)) in taps.enumerate() {
        let mut sums = [[0; CHANNELS]; BATCH];
        for ((at, [near, far]), sums) in offsets.iter().zip(weights).zip(&mut sums) {
            let pixels = &between[*at as usize..][..PIXEL + CHANNELS];
            let (left, right) = (&pixels[..CHANNELS], &pixels[PIXEL..]);
            for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
                let (left, right) = (i32::from(*left), i32::from(*right));
                *sum = left
                    .wrapping_mul(i32::from(*near))
                    .wrapping_add(right.wrapping_mul(i32::from(*far)));
            }
        }
        for (channel, (out, affine)) in out.iter_mut().zip(affine).enumerate() {
            let out = &mut out[batch * BATCH..][..offsets.len()];
            for (out, sums) in out.iter_mut().zip(&sums) {
                *out = affine.apply(sums[channel]);
            }
        }
    }
}
