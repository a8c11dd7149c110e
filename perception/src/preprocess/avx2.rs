//! [`mix_rows`](super::kernel::mix_rows) with AVX2, eight pixels at a time, and the choice of it.

use std::arch::x86_64::*;

use super::kernel::{Affine, Columns};
use super::{Frame, fill_frame};

/// Pixels that are computed at a time.
const BLOCK: usize = 8;
/// Bytes that are read at a time, from the first of two pixels on.
const REACH: usize = 16;

/// [`Columns`] as the vectors use them. A vector has two pixels, i and i + 4, in its halves: of each the levels of
/// the two source pixels side by side, channel by channel, in 16 bits.
#[derive(Debug)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    /// Whether a read from pixel i on holds pixel i + 1, too, for even i.
    read_together: bool,
    reach: usize,
    width: usize,
    pixel: usize,
}

#[derive(Debug)]
struct Block {
    /// First pixel; the last block overlaps the one before.
    start: usize,
    offsets: [u32; BLOCK],
    weights: [[i16; 16]; 4],
    /// Where the levels of pixels 1 and 5, then 3 and 7, are in what is read from their neighbours 0, 4, 2, 6 on.
    neighbours: [[u8; 32]; 2],
}

impl Blocks {
    /// `None` where there is no AVX2, or not one whole block.
    pub(super) fn new(columns: &Columns) -> Option<Self> {
        let (width, pixel) = (columns.len(), columns.pixel());
        if !is_x86_feature_detected!("avx2") || width < BLOCK {
            return None;
        }
        let starts = (0..width).step_by(BLOCK).map(|start| start.min(width - BLOCK));
        let blocks: Vec<_> = starts.map(|start| Block::new(columns, start)).collect();
        let together = |block: &Block| {
            let pairs = block.offsets.as_chunks::<2>().0;
            let fits = |[even, odd]: &[u32; 2]| odd - even + 2 * pixel as u32 <= REACH as u32;
            pairs.iter().all(fits)
        };
        Some(Self {
            read_together: blocks.iter().all(together),
            blocks,
            reach: columns.reach(REACH),
            width,
            pixel,
        })
    }
}

impl Block {
    fn new(columns: &Columns, start: usize) -> Self {
        let at = |i: usize| columns.offsets[start + i];
        let beside = |i: usize| (at(i + 1) - at(i)).min(u32::from(u8::MAX)) as u8;
        let weights = |i: usize| {
            let pair = columns.weights[start + i];
            [pair, pair, pair, [0; 2]]
        };
        let mut block = Self {
            start,
            offsets: std::array::from_fn(at),
            weights: [[0; 16]; 4],
            neighbours: [0, 2].map(|i| levels_at([beside(i), beside(i + 4)], columns.pixel())),
        };
        for (i, wide) in block.weights.iter_mut().enumerate() {
            wide.copy_from_slice([weights(i), weights(i + 4)].as_flattened().as_flattened());
        }
        block
    }
}

/// A shuffle: of two pixels' bytes, from `from` on in each half, those of a channel side by side, in 16 bits each.
fn levels_at(from: [u8; 2], pixel: usize) -> [u8; 32] {
    let mut places = [0x80; 32];
    for (half, from) in places.as_chunks_mut::<16>().0.iter_mut().zip(from) {
        for (i, place) in half.iter_mut().step_by(2).take(6).enumerate() {
            // What lies beyond what is read is not asked for: see `read_together`.
            *place = from.saturating_add((i / 2 + i % 2 * pixel) as u8) & 0x7f;
        }
    }
    places
}

/// [`fill_frame`], all of it compiled for AVX2.
pub(super) fn fill_frame_avx2(frame: Frame<'_, '_>, blocks: &Blocks) {
    // SAFETY: `Blocks` exist only where the processor has AVX2.
    unsafe { filled(frame, blocks) }
}

#[target_feature(enable = "avx2")]
fn filled(frame: Frame<'_, '_>, blocks: &Blocks) {
    if blocks.read_together {
        fill_frame(frame, |rows, weight, affine, out| {
            mixed::<true>(rows, weight, blocks, affine, out);
        })
    } else {
        fill_frame(frame, |rows, weight, affine, out| {
            mixed::<false>(rows, weight, blocks, affine, out);
        })
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn mixed<const TOGETHER: bool>(
    rows: [&[u8]; 2],
    weight: i16,
    blocks: &Blocks,
    affine: &[Affine; 3],
    out: &mut [&mut [f32]; 3],
) {
    assert!(rows.iter().all(|row| row.len() >= blocks.reach));
    assert!(out.iter().all(|row| row.len() >= blocks.width));
    let own = load(&levels_at([0; 2], blocks.pixel));
    let weight = _mm256_set1_epi16(weight);
    let affine = affine.map(|affine| (_mm256_set1_ps(affine.scale), _mm256_set1_ps(affine.bias)));
    for block in &blocks.blocks {
        let mut sums = [_mm256_setzero_ps(); 4];
        // Loops, for closures handed to the standard library would not be compiled for AVX2 with it.
        for (i, sum) in sums.iter_mut().enumerate() {
            let (from, places) = if TOGETHER && i % 2 == 1 {
                (i - 1, load(&block.neighbours[i / 2]))
            } else {
                (i, own)
            };
            let (near, far) = (block.offsets[from], block.offsets[from + 4]);
            // SAFETY: the 16 bytes from every offset on lie within `blocks.reach`, which was compared above.
            let (above, below) = unsafe { (read(rows[0], near, far), read(rows[1], near, far)) };
            let (above, below) = (_mm256_shuffle_epi8(above, places), _mm256_shuffle_epi8(below, places));
            let step = _mm256_slli_epi16::<7>(_mm256_sub_epi16(below, above));
            let between = _mm256_add_epi16(_mm256_slli_epi16::<7>(above), _mm256_mulhrs_epi16(step, weight));
            let weights = load(&block.weights[i]);
            *sum = _mm256_cvtepi32_ps(_mm256_madd_epi16(between, weights));
        }
        // From a pixel's channels to a channel's pixels: 0 to 3 in the lower halves, 4 to 7 in the upper.
        let (low_a, low_b) = (
            _mm256_unpacklo_ps(sums[0], sums[1]),
            _mm256_unpacklo_ps(sums[2], sums[3]),
        );
        let (high_a, high_b) = (
            _mm256_unpackhi_ps(sums[0], sums[1]),
            _mm256_unpackhi_ps(sums[2], sums[3]),
        );
        let channels = [
            _mm256_shuffle_ps::<0x44>(low_a, low_b),
            _mm256_shuffle_ps::<0xee>(low_a, low_b),
            _mm256_shuffle_ps::<0x44>(high_a, high_b),
        ];
        for ((sums, (scale, bias)), out) in channels.into_iter().zip(affine).zip(&mut *out) {
            let values = _mm256_add_ps(_mm256_mul_ps(sums, scale), bias);
            // SAFETY: every block lies within the row's `blocks.width`, which was compared above.
            unsafe { _mm256_storeu_ps(out.as_mut_ptr().add(block.start), values) };
        }
    }
}

/// 32 bytes.
#[target_feature(enable = "avx2")]
#[inline]
fn load<T, const N: usize>(bytes: &[T; N]) -> __m256i {
    const { assert!(size_of::<[T; N]>() == size_of::<__m256i>()) };
    // SAFETY: as many bytes are there.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// 16 bytes from `near` on, 16 from `far` on.
///
/// # Safety
/// They lie within the row.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn read(row: &[u8], near: u32, far: u32) -> __m256i {
    // SAFETY: the caller says so.
    let (near, far) = unsafe {
        (
            _mm_loadu_si128(row.as_ptr().add(near as usize).cast()),
            _mm_loadu_si128(row.as_ptr().add(far as usize).cast()),
        )
    };
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(near), far)
}
