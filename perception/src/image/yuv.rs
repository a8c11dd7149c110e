//! YUV (BT.601, video range) to RGB, in 32-bit fixed point.

/// Binary places of the factors.
const SHIFT: i32 = 20;
const HALF: i32 = 1 << (SHIFT - 1);

const fn fixed(factor: f64) -> i32 {
    (factor * (1 << SHIFT) as f64 + 0.5) as i32
}

// ITU-R BT.601: luma 16 to 235, chroma 16 to 240 around 128; factors to three places, as is usual.
const LUMA: i32 = fixed(1.164);
const RED_V: i32 = fixed(1.596);
const GREEN_U: i32 = fixed(0.391);
const GREEN_V: i32 = fixed(0.813);
const BLUE_U: i32 = fixed(2.018);

/// Red, green, blue and nothing. Wraps nowhere; said as wrapping so that no check keeps it from being vectorised.
#[inline(always)]
fn rgb(y: u8, u: u8, v: u8) -> [u8; 4] {
    let luma = i32::from(y.saturating_sub(16)).wrapping_mul(LUMA).wrapping_add(HALF);
    let (u, v) = (i32::from(u).wrapping_sub(128), i32::from(v).wrapping_sub(128));
    let level = |sum: i32| (sum >> SHIFT).clamp(0, 255) as u8;
    let red = luma.wrapping_add(v.wrapping_mul(RED_V));
    let green = luma
        .wrapping_sub(u.wrapping_mul(GREEN_U))
        .wrapping_sub(v.wrapping_mul(GREEN_V));
    let blue = luma.wrapping_add(u.wrapping_mul(BLUE_U));
    [level(red), level(green), level(blue), 0]
}

/// Four bytes for two pixels, luma at `LUMA_AT` and two further.
#[inline(always)]
pub(super) fn packed_row<const LUMA_AT: usize>(row: &[u8], out: &mut [[u8; 4]]) {
    for (pair, out) in row.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<2>().0) {
        let (u, v) = (pair[1 - LUMA_AT], pair[3 - LUMA_AT]);
        *out = [rgb(pair[LUMA_AT], u, v), rgb(pair[LUMA_AT + 2], u, v)];
    }
}

/// A row of luma and one of pairs for two pixels each, U at `U_AT`.
#[inline(always)]
pub(super) fn planar_row<const U_AT: usize>(luma: &[u8], chroma: &[u8], out: &mut [[u8; 4]]) {
    let pairs = luma.as_chunks::<2>().0.iter().zip(chroma.as_chunks::<2>().0);
    for ((luma, chroma), out) in pairs.zip(out.as_chunks_mut::<2>().0) {
        let (u, v) = (chroma[U_AT], chroma[1 - U_AT]);
        *out = [rgb(luma[0], u, v), rgb(luma[1], u, v)];
    }
}
