//! What a command says besides its positions: feed-forward and gains, which hardly ever change from tick to tick.

use crate::state::JointCommand;

use super::bounds::LimitRows;

/// What was found of the velocities, torques and gains of the last command that was asked for.
#[derive(Debug)]
pub(super) struct Fixed {
    /// The number of what was judged; `None` where the next command is judged in any case.
    number: Option<u64>,
    /// Not 0 for the joints of which one of these is not within its bounds.
    outside: Vec<u64>,
    any_limp: bool,
}

impl Fixed {
    /// Of no command yet.
    pub(super) fn new(dof: usize) -> Self {
        Self {
            number: None,
            outside: vec![1; dof],
            any_limp: true,
        }
    }

    /// Takes the next command, of which everything but its positions has this `number`, if any: it is judged where
    /// that is a new one. Returns whether it was.
    pub(super) fn take(&mut self, command: &JointCommand, number: Option<u64>, limits: &LimitRows) -> bool {
        let is_new = number.is_none() || number != self.number;
        if is_new {
            self.judge(command, limits);
            self.number = number;
        }
        is_new
    }

    #[inline(never)]
    fn judge(&mut self, command: &JointCommand, limits: &LimitRows) {
        let n = self.outside.len();
        let fields = [&command.velocity, &command.effort, &command.kp, &command.kd];
        let [velocity, effort, kp, kd] = fields.map(|field| &field[..n]);
        let (max_kp, max_kd) = (&limits.max_kp()[..n], &limits.max_kd()[..n]);
        let (speed, most) = (&limits.speed_rad_s()[..n], &limits.effort_nm()[..n]);
        let outside = &mut self.outside[..n];
        let mut limp = 0;
        for j in 0..n {
            limp |= u64::from(kp[j] == 0.0);
            let mut bad = u64::from(!(kp[j] >= 0.0)) | u64::from(!(kp[j] <= max_kp[j]));
            bad |= u64::from(!(kd[j] >= 0.0)) | u64::from(!(kd[j] <= max_kd[j]));
            bad |= u64::from(!(velocity[j].abs() <= speed[j])) | u64::from(!(effort[j].abs() <= most[j]));
            outside[j] = bad;
        }
        self.any_limp = limp != 0;
    }

    /// Not 0 for the joints of which something is not within its bounds.
    pub(super) fn outside(&self) -> &[u64] {
        &self.outside
    }

    /// Whether any drive is without stiffness.
    pub(super) fn any_limp(&self) -> bool {
        self.any_limp
    }
}
