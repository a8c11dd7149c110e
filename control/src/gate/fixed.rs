//! What a command says besides its positions: feed-forward and gains, which hardly ever change from tick to tick.

use crate::state::JointCommand;

use super::bounds::LimitRows;

/// The velocities, torques and gains of the last command that was asked for, and what was found of them.
#[derive(Debug)]
pub(super) struct Fixed {
    /// Velocities, torques, stiffnesses and dampings, a row of each.
    rows: Vec<f64>,
    /// Not 0 for the joints of which one of these is not within its bounds.
    outside: Vec<u64>,
    any_limp: bool,
}

impl Fixed {
    /// Of no command yet.
    pub(super) fn new(dof: usize) -> Self {
        Self {
            rows: vec![f64::NAN; 4 * dof],
            outside: vec![1; dof],
            any_limp: true,
        }
    }

    /// Takes the next command; returns whether it differs from the last in anything but its positions.
    pub(super) fn take(&mut self, command: &JointCommand, limits: &LimitRows) -> bool {
        let dof = self.outside.len();
        let fields = [&command.velocity, &command.effort, &command.kp, &command.kd];
        let differing = fields.iter().enumerate().fold(0, |bits, (i, field)| {
            bits | differing_bits(&self.rows[i * dof..(i + 1) * dof], field)
        });
        if differing != 0 {
            self.judge(fields, limits);
        }
        differing != 0
    }

    #[inline(never)]
    fn judge(&mut self, fields: [&Vec<f64>; 4], limits: &LimitRows) {
        let n = self.outside.len();
        for (i, field) in fields.iter().enumerate() {
            self.rows[i * n..(i + 1) * n].copy_from_slice(field);
        }
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

/// The bits in which any of the numbers differ: what is not a number equals itself here.
#[inline(never)]
fn differing_bits(these: &[f64], those: &[f64]) -> u64 {
    let pairs = these.iter().zip(those);
    pairs.fold(0, |bits, (this, that)| bits | (this.to_bits() ^ that.to_bits()))
}
