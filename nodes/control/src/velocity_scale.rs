//! What commanded velocities are multiplied with, as whoever looks after the machine asks (`velocity_scale`).

use std::sync::atomic::{AtomicU64, Ordering};

use sinew_control::command::VelocityCommand;

/// The scale that was asked for last; 1 until somebody asks. It counts for velocities that come after it: one that was
/// taken before is not repeated for it, since that would feed the deadman.
#[derive(Debug)]
pub(super) struct VelocityScale(AtomicU64);

impl Default for VelocityScale {
    fn default() -> Self {
        Self(AtomicU64::new(1.0_f64.to_bits()))
    }
}

impl VelocityScale {
    /// Takes a scale over; one that is none changes nothing.
    pub(super) fn hear(&self, asked: f64) {
        if !(0.0..=1.0).contains(&asked) {
            tracing::warn!(
                topic = "velocity_scale",
                "expected a number from 0 to 1, found {asked}: {} stays",
                self.get()
            );
            return;
        }
        let before = f64::from_bits(self.0.swap(asked.to_bits(), Ordering::Relaxed));
        if before != asked {
            tracing::warn!(
                topic = "velocity_scale",
                "commanded velocities are multiplied with {asked}, no longer with {before}"
            );
        }
    }

    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    /// The velocity that is to be asked for where this one was commanded.
    pub(super) fn of(&self, commanded: VelocityCommand) -> VelocityCommand {
        let scale = self.get();
        let [x, y, yaw] = commanded.to_array().map(|velocity| velocity * scale);
        VelocityCommand::new(x, y, yaw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_counts_until_the_next_and_what_is_none_changes_nothing() {
        let scale = VelocityScale::default();
        let commanded = VelocityCommand::new(0.8, -0.2, 1.0);
        assert_eq!(scale.of(commanded), commanded);
        scale.hear(0.5);
        for none in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            scale.hear(none);
        }
        assert_eq!(scale.of(commanded), VelocityCommand::new(0.4, -0.1, 0.5));
        scale.hear(0.0);
        assert_eq!(scale.of(commanded).norm(), 0.0);
        assert!(!scale.of(VelocityCommand::new(f64::NAN, 0.0, 0.0)).is_finite());
        scale.hear(1.0);
        assert_eq!(scale.of(commanded), commanded);
    }
}
