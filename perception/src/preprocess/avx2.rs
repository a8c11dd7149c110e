//! [`mix_rows`](super::kernel::mix_rows) with AVX2, eight pixels at a time, and the choice of it.

use std::arch::x86_64::*;

use super::kernel::{Affine, BLOCK, Columns, mix_rows};
use super::{Frame, fill_frame};

/// Whether this processor has what is used here.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
}

/// [`fill_frame`], all of it compiled for AVX2. Panics where [`is_available`] does not hold.
pub(super) fn fill_frame_avx2(frame: Frame<'_, '_>) {
    assert!(is_available());
    // SAFETY: the processor has AVX2.
    unsafe { filled(frame) }
}

#[target_feature(enable = "avx2")]
fn filled(frame: Frame<'_, '_>) {
    fill_frame(frame, |rows, weight, columns, affine, out| {
        mixed(rows, weight, columns, affine, out);
    });
}

#[target_feature(enable = "avx2")]
#[inline]
fn mixed(rows: [&[u8]; 2], weight: i16, columns: &Columns, affine: &[Affine; 3], out: &mut [&mut [f32]; 3]) {
    let width = columns.len();
    assert!(rows.iter().all(|row| row.len() >= columns.reach()));
    assert!(out.iter().all(|row| row.len() >= width));
    // Of two neighbours' bytes, those of the same channel side by side, widened to 16 bits before.
    let pairs = match columns.pixel() {
        3 => _mm256_setr_epi8(
            0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1, 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1,
        ),
        _ => _mm256_setr_epi8(
            0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, -1, -1, -1, -1, 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, -1, -1, -1,
            -1,
        ),
    };
    let weight_wide = _mm256_set1_epi16(weight);
    let scale = affine.map(|affine| _mm256_set1_ps(affine.scale));
    let bias = affine.map(|affine| _mm256_set1_ps(affine.bias));
    let load = |row: &[u8], near: u32, far: u32| {
        // SAFETY: the 8 bytes from every offset on lie within `columns.reach()`, which was compared above.
        let (near, far) = unsafe {
            (
                _mm_loadl_epi64(row.as_ptr().add(near as usize).cast()),
                _mm_loadl_epi64(row.as_ptr().add(far as usize).cast()),
            )
        };
        _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(near, far))
    };
    let blocks = columns.offsets().as_chunks::<BLOCK>().0;
    for (block, (offsets, weights)) in blocks.iter().zip(columns.wide_weights.as_chunks::<4>().0).enumerate() {
        let sums = [0, 1, 2, 3].map(|i| {
            let above = load(rows[0], offsets[i], offsets[i + 4]);
            let below = load(rows[1], offsets[i], offsets[i + 4]);
            let step = _mm256_slli_epi16::<7>(_mm256_sub_epi16(below, above));
            let between = _mm256_add_epi16(_mm256_slli_epi16::<7>(above), _mm256_mulhrs_epi16(step, weight_wide));
            // SAFETY: an array of 32 bytes.
            let weights = unsafe { _mm256_loadu_si256(weights[i].as_ptr().cast()) };
            _mm256_cvtepi32_ps(_mm256_madd_epi16(_mm256_shuffle_epi8(between, pairs), weights))
        });
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
        for (channel, sums) in channels.into_iter().enumerate() {
            let values = _mm256_add_ps(_mm256_mul_ps(sums, scale[channel]), bias[channel]);
            // SAFETY: the block lies within the row's `width`, which was compared above.
            unsafe { _mm256_storeu_ps(out[channel].as_mut_ptr().add(block * BLOCK), values) };
        }
    }
    mix_rows(rows, weight, columns, affine, width / BLOCK * BLOCK, out);
}
