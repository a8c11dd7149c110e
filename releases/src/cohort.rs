//! Which robots a release goes to first.

use sha2::{Digest as _, Sha256};

/// All robots, in thousandths.
pub const ALL_PER_MILLE: u16 = 1000;

/// Whether a robot belongs to the first `per_mille` thousandths that get a release. It always answers the same for the
/// same robot and release, and a robot that belonged to a smaller share belongs to a larger one, too. Which robots come
/// first differs from release to release.
pub fn is_in_cohort(robot: &str, name: &str, version: u64, per_mille: u16) -> bool {
    let mut sha = Sha256::new();
    // What cannot stand in a name or a number parts the three.
    for part in [name, &version.to_string(), robot] {
        sha.update(part.as_bytes());
        sha.update(b"\n");
    }
    let hash: [u8; 32] = sha.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    // The product of 64 bits and 10 has its integer part above bit 64.
    let place = (u128::from(u64::from_be_bytes(first)) * u128::from(ALL_PER_MILLE)) >> 64;
    place < u128::from(per_mille)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(name: &str, version: u64, per_mille: u16) -> f64 {
        let robots = 10_000;
        let inside = (0..robots).filter(|robot| is_in_cohort(&format!("robot-{robot}"), name, version, per_mille));
        inside.count() as f64 / f64::from(robots)
    }

    #[test]
    fn of_ten_thousand_robots_the_share_is_kept_within_two_percent() {
        for per_mille in [0, 1, 10, 100, 250, 500, 990, 1000] {
            for version in 1..4 {
                let share = share("strider_walk", version, per_mille);
                assert!(
                    (share - f64::from(per_mille) / 1000.0).abs() <= 0.02,
                    "{per_mille}: {share}"
                );
            }
        }
        assert!(share("strider_walk", 1, 0) == 0.0 && share("strider_walk", 1, 1000) == 1.0);
    }

    #[test]
    fn a_larger_share_has_all_of_a_smaller_one() {
        for robot in (0..500).map(|robot| format!("robot-{robot}")) {
            let inside: Vec<_> = (0..=1000).map(|share| is_in_cohort(&robot, "walk", 7, share)).collect();
            assert!(inside.is_sorted());
        }
    }

    #[test]
    fn another_release_goes_to_other_robots_first() {
        let first = |version| (0..1000).filter(move |robot| is_in_cohort(&robot.to_string(), "walk", version, 100));
        let both = first(1)
            .filter(|robot| is_in_cohort(&robot.to_string(), "walk", 2, 100))
            .count();
        assert!(both < 40, "{both} of 1000 come first twice, where 10 are expected");
    }
}
