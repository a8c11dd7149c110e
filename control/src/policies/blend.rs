//! From the targets and gains of one policy to those of the next.

use crate::state::JointCommand;

/// What is left of the policy before: an offset to the newcomer's targets, and a share of its gains, which both decay.
#[derive(Debug)]
pub(crate) struct Blend {
    /// What was in force when the newcomer took charge; its positions become the offset.
    from: JointCommand,
    has_offset: bool,
    began_nanos: u64,
    /// How long it lasts; 0 where there is none.
    lasts_nanos: u64,
}

impl Blend {
    /// None, for a robot of `dof` joints.
    pub(crate) fn none(dof: usize) -> Self {
        Self {
            from: JointCommand::zeros(dof),
            has_offset: false,
            began_nanos: 0,
            lasts_nanos: 0,
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.lasts_nanos != 0
    }

    pub(crate) fn end(&mut self) {
        self.lasts_nanos = 0;
    }

    /// Begins in the tick at `now_nanos`, from targets that the drives have received and gains that were asked for: what
    /// was written of gains may be scaled down for the torque of that tick.
    pub(crate) fn begin(&mut self, now_nanos: u64, lasts_nanos: u64, written: &JointCommand, asked: &JointCommand) {
        self.from.copy_from(asked);
        self.from.position.copy_from_slice(&written.position);
        self.has_offset = false;
        self.began_nanos = now_nanos;
        self.lasts_nanos = lasts_nanos;
    }

    /// Adds to `wanted`, which is all the newcomer's, what is left of the one before at `now_nanos`. Nothing is left
    /// afterwards where the time is over.
    pub(crate) fn apply(&mut self, now_nanos: u64, wanted: &mut JointCommand) {
        let from = &mut self.from;
        if !self.has_offset {
            for (offset, target) in from.position.iter_mut().zip(&wanted.position) {
                *offset -= target;
            }
            self.has_offset = true;
        }
        let share = self.share(now_nanos);
        if share == 0.0 {
            self.end();
            return;
        }
        let from = &self.from;
        for (target, offset) in wanted.position.iter_mut().zip(&from.position) {
            *target += share * offset;
        }
        let rows = [
            (&mut wanted.velocity, &from.velocity),
            (&mut wanted.effort, &from.effort),
            (&mut wanted.kp, &from.kp),
            (&mut wanted.kd, &from.kd),
        ];
        for (values, before) in rows {
            for (value, before) in values.iter_mut().zip(before) {
                *value += share * (before - *value);
            }
        }
    }

    /// How much is left: 1 at the beginning, 0 at the end, and level at both.
    fn share(&self, now_nanos: u64) -> f64 {
        let passed = now_nanos.saturating_sub(self.began_nanos) as f64 / self.lasts_nanos as f64;
        if passed >= 1.0 {
            return 0.0;
        }
        1.0 - passed * passed * (3.0 - 2.0 * passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_where_the_drives_are_and_ends_with_the_newcomer_without_a_jump() {
        let command = |position: f64, kp: f64| JointCommand {
            position: vec![position],
            velocity: vec![0.0],
            effort: vec![0.0],
            kp: vec![kp],
            kd: vec![1.0],
        };
        let mut blend = Blend::none(1);
        assert!(!blend.is_on());
        // The gate had halved the gains of the last command, and held its target back.
        blend.begin(1000, 100, &command(0.5, 20.0), &command(9.0, 40.0));
        let mut before = (0.5, 40.0);
        for passed in 0..=100 {
            assert!(blend.is_on());
            let mut wanted = command(0.2 + 0.001 * f64::from(passed), 60.0);
            let own = wanted.clone();
            blend.apply(1000 + u64::from(passed as u32), &mut wanted);
            if passed == 0 {
                assert_eq!((wanted.position[0], wanted.kp[0]), before);
            }
            assert!((wanted.position[0] - before.0).abs() <= 0.001 + 0.3 * 0.0151);
            assert!((wanted.kp[0] - before.1).abs() <= 20.0 * 0.0151);
            before = (wanted.position[0], wanted.kp[0]);
            if passed == 100 {
                assert_eq!(wanted, own);
            }
        }
        assert!(!blend.is_on());
    }
}
