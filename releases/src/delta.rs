//! The difference between two archives, as a zstd stream whose prefix is the earlier one.

use std::io::{self, Read, Write};

use zstd::stream::{read, write};
use zstd::zstd_safe::{CParameter, DParameter};

/// Longest archive of which deltas are made or applied: both it and its base are in memory then.
pub const MAX_DELTA_BYTES: u64 = 1 << 30;
/// Matches as far back as the longest base are found, and can be followed.
const WINDOW_LOG_MAX: u32 = 31;
const LEVEL: i32 = 12;

/// What makes `new` out of `base`.
///
/// # Errors
/// Where zstd fails, for want of memory.
pub fn diff(base: &[u8], new: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = write::Encoder::with_ref_prefix(Vec::new(), LEVEL, base)?;
    let window_log = (base.len() + new.len())
        .next_power_of_two()
        .ilog2()
        .clamp(10, WINDOW_LOG_MAX);
    encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
    encoder.set_parameter(CParameter::WindowLog(window_log))?;
    encoder.write_all(new)?;
    encoder.finish()
}

/// Reads what a delta makes out of `base`. Whoever reads decides how much at most, and compares the digest.
///
/// # Errors
/// Where zstd fails, for want of memory.
pub fn patch<'a>(base: &'a [u8], delta: impl Read + 'a) -> io::Result<impl Read + 'a> {
    let buffered = io::BufReader::with_capacity(read::Decoder::<&[u8]>::recommended_output_size(), delta);
    let mut decoder = read::Decoder::with_ref_prefix(buffered, base)?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
    Ok(decoder)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patched(base: &[u8], delta: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        patch(base, delta)?.take(16 << 20).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Bytes that no compression makes smaller.
    fn weights(count: usize, seed: u64) -> Vec<u8> {
        let step = |state: &mut u64| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            *state as u8
        };
        let mut state = seed;
        (0..count).map(|_| step(&mut state)).collect()
    }

    #[test]
    fn a_change_of_one_percent_takes_a_few_percent_of_the_whole() {
        let base = weights(2 << 20, 1);
        let mut new = base.clone();
        // A run of changed weights in the middle, as a layer that was trained further.
        new[1 << 20..(1 << 20) + (20 << 10)].copy_from_slice(&weights(20 << 10, 2));
        let delta = diff(&base, &new).unwrap();
        assert!(delta.len() < new.len() / 40, "{}", delta.len());
        assert_eq!(patched(&base, &delta).unwrap(), new);
        assert!(
            patched(&vec![0; base.len()], &delta).ok() != Some(new),
            "another base gives other bytes"
        );
    }

    proptest! {
        #[test]
        fn a_delta_gives_the_new_bytes_and_a_changed_one_never_panics(
            base in proptest::collection::vec(any::<u8>(), 0..2000),
            new in proptest::collection::vec(any::<u8>(), 0..2000),
            at: usize, bits in 1_u8..,
        ) {
            let mut delta = diff(&base, &new).unwrap();
            prop_assert_eq!(&patched(&base, &delta).unwrap(), &new);
            let place = at % delta.len();
            delta[place] ^= bits;
            let _ = patched(&base, &delta);
        }
    }
}
