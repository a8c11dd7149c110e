//! Whether numbers are finite, many at a time: without a branch among them, for they nearly always are, and in integers,
//! of which a processor without newer vector instructions takes several at a time as well.

/// Whether every one of `values` is finite.
// One piece of code for all who ask: in a tick whose caches are cold, code that is run once costs more than a call.
#[inline(never)]
pub(crate) fn all_finite(values: &[f64]) -> bool {
    // One more in the exponent carries into the sign where all its bits are set: for NaN and infinities.
    let carried = values.iter().fold(0, |carried, value| {
        carried | (value.to_bits() & (u64::MAX >> 1)).wrapping_add(1 << 52)
    });
    carried >> 63 == 0
}

/// The same for what a network is shown.
pub(crate) fn all_finite_f32(values: &[f32]) -> bool {
    let carried = values.iter().fold(0, |carried, value| {
        carried | (value.to_bits() & (u32::MAX >> 1)).wrapping_add(1 << 23)
    });
    carried >> 31 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_that_is_not_finite_is_found_wherever_it_is() {
        let fine = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            5e-324,
            -5e-324,
        ];
        assert!(all_finite(&[]) && all_finite_f32(&[]));
        assert!(all_finite(&fine));
        let small = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f32::MAX,
            f32::MIN,
            f32::MIN_POSITIVE,
            1e-45,
            -1e-45,
        ];
        assert!(all_finite_f32(&small));
        for bad in [
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::from_bits(0x7ff0_0000_0000_0001),
        ] {
            for i in 0..fine.len() {
                let (mut values, mut shown) = (fine, small);
                values[i] = bad;
                shown[i] = bad as f32;
                assert!(!all_finite(&values), "{bad} in place {i}");
                assert!(!all_finite_f32(&shown), "{bad} in place {i}");
            }
        }
    }
}
