//! The observation terms that Sinew knows; [`TermRegistry::builtin`] lists them.

use crate::contract::{Misfit, TermSpec};

use super::gait::{GaitPhase, PhaseLayout};
use super::registry::TermRegistry;
use super::settings::{known_params, numbers, param_misfit, scalar};
use super::terms::{Term, TermInputs};

impl TermRegistry {
    /// The terms that Sinew knows:
    ///
    /// | name | values |
    /// |---|---|
    /// | `base_lin_vel` | base velocity in the base frame, m/s (3); only where the robot knows it |
    /// | `base_ang_vel` | gyro, rad/s (3) |
    /// | `projected_gravity` | unit vector, base frame (3) |
    /// | `imu_lin_acc` | specific force, m/s², base frame (3) |
    /// | `base_quat` | world_from_base as w, x, y, z (4) |
    /// | `base_rpy` | roll, pitch, yaw, rad (3) |
    /// | `velocity_commands` | vx, vy in m/s, yaw rate in rad/s (3) |
    /// | `command_lin_vel`, `command_ang_vel` | their parts: vx, vy (2); yaw rate (1) |
    /// | `joint_pos`, `joint_pos_rel` | positions, as they are or relative to rest, rad |
    /// | `joint_pos_error` | positions relative to the last targets, rad |
    /// | `joint_vel` (or `joint_vel_rel`) | velocities, rad/s |
    /// | `joint_effort` | torques, N·m; a joint whose torque is not measured then counts as not read |
    /// | `last_action` | raw output of the step before; with `lag: n`, n more steps back |
    /// | `gait_phase` | cosine and sine of clocks; see below |
    /// | `sin_phase`, `cos_phase` | the sines, or the cosines, of such clocks alone |
    /// | `foot_contact` | 1 where a foot touches, else 0, one per foot |
    /// | `constant` | the numbers in `value` |
    ///
    /// `gait_phase` has one clock per entry of `offsets` (rad; default `[0, π]`), all at
    /// `frequency_hz` (or `period_secs`). `layout` 0 gives all cosines, then all sines; 1 all
    /// sines, then all cosines; 2 sine and cosine of each clock in turn. While the norm of the
    /// velocity command is below `standing_below`, every clock shows `standing_phase` and starts
    /// over afterwards. `sin_phase` and `cos_phase` have the same parameters, but no `layout`.
    ///
    /// Any term, a registered one too, may have `elements`: only these of its values, counted from 0,
    /// in that order.
    pub fn builtin() -> Self {
        let mut registry = Self::empty();
        register(&mut registry);
        registry
    }
}

/// Adds every term to `registry`.
fn register(registry: &mut TermRegistry) {
    registry.register("base_lin_vel", |spec, setup| {
        if setup.capabilities.base_velocity.is_none() {
            return Err(Misfit::new(
                format!("observations.{}", spec.name),
                "a robot that knows its base velocity (an estimator, or a simulator's ground truth)",
                "a robot that does not",
            ));
        }
        simple(spec, 3, |inputs, out| {
            let v = inputs.state.base_velocity.unwrap_or_default();
            write_all(out, v.iter().copied());
        })
    });
    registry.register("base_ang_vel", |spec, _| {
        simple(spec, 3, |inputs, out| {
            write_all(out, inputs.state.imu.angular_velocity.iter().copied());
        })
    });
    registry.register("projected_gravity", |spec, _| {
        simple(spec, 3, |inputs, out| {
            write_all(out, inputs.state.imu.projected_gravity().iter().copied());
        })
    });
    registry.register("imu_lin_acc", |spec, _| {
        simple(spec, 3, |inputs, out| {
            write_all(out, inputs.state.imu.linear_acceleration.iter().copied());
        })
    });
    registry.register("base_quat", |spec, _| {
        simple(spec, 4, |inputs, out| {
            let q = inputs.state.imu.orientation;
            write_all(out, [q.w, q.i, q.j, q.k].into_iter());
        })
    });
    registry.register("base_rpy", |spec, _| {
        simple(spec, 3, |inputs, out| {
            let (roll, pitch, yaw) = inputs.state.imu.orientation.euler_angles();
            write_all(out, [roll, pitch, yaw].into_iter());
        })
    });
    registry.register("velocity_commands", |spec, _| {
        simple(spec, 3, |inputs, out| {
            write_all(out, inputs.command.to_array().into_iter());
        })
    });
    registry.register("command_lin_vel", |spec, _| {
        simple(spec, 2, |inputs, out| {
            write_all(out, inputs.command.to_array().into_iter());
        })
    });
    registry.register("command_ang_vel", |spec, _| {
        simple(spec, 1, |inputs, out| {
            write_all(out, inputs.command.to_array().into_iter().skip(2));
        })
    });
    registry.register("joint_pos", |spec, setup| {
        simple(spec, setup.joints, |inputs, out| {
            write_all(out, inputs.joints.iter().map(|&j| inputs.state.position[j]));
        })
    });
    registry.register("joint_pos_rel", |spec, setup| {
        simple(spec, setup.joints, |inputs, out| {
            write_difference(out, inputs, inputs.default_position);
        })
    });
    registry.register("joint_pos_error", |spec, setup| {
        simple(spec, setup.joints, |inputs, out| {
            write_difference(out, inputs, inputs.last_target);
        })
    });
    for name in ["joint_vel", "joint_vel_rel"] {
        registry.register(name, |spec, setup| {
            simple(spec, setup.joints, |inputs, out| {
                write_all(out, inputs.joints.iter().map(|&j| inputs.state.velocity[j]));
            })
        });
    }
    registry.register("joint_effort", |spec, setup| {
        simple(spec, setup.joints, |inputs, out| {
            write_all(out, inputs.joints.iter().map(|&j| inputs.state.effort[j]));
        })
    });
    registry.register("last_action", |spec, setup| {
        known_params(spec, &["lag"])?;
        let lag = scalar(spec, "lag", 0.0)?;
        if !(0.0..=16.0).contains(&lag) {
            return Err(param_misfit(spec, "lag", "0 to 16 steps", lag));
        }
        Ok(Box::new(LastAction {
            past: vec![0.0; setup.joints * lag as usize],
            joints: setup.joints,
        }))
    });
    registry.register("foot_contact", |spec, setup| {
        simple(spec, setup.capabilities.feet.len(), |inputs, out| {
            write_all(out, inputs.state.foot_contact.iter().map(|&c| f64::from(c)));
        })
    });
    registry.register("constant", |spec, _| {
        known_params(spec, &["value"])?;
        Ok(Box::new(Constant(numbers(spec, "value", &[])?)))
    });
    registry.register("gait_phase", |spec, _| Ok(Box::new(GaitPhase::new(spec, None)?)));
    registry.register("sin_phase", |spec, _| {
        Ok(Box::new(GaitPhase::new(spec, Some(PhaseLayout::Sin))?))
    });
    registry.register("cos_phase", |spec, _| {
        Ok(Box::new(GaitPhase::new(spec, Some(PhaseLayout::Cos))?))
    });
}

/// A term without memory.
struct Simple<F> {
    len: usize,
    write: F,
}

impl<F: FnMut(&TermInputs<'_>, &mut [f32]) + Send> Term for Simple<F> {
    fn len(&self) -> usize {
        self.len
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        (self.write)(inputs, out);
    }
}

fn simple<F>(spec: &TermSpec, len: usize, write: F) -> Result<Box<dyn Term>, Misfit>
where
    F: FnMut(&TermInputs<'_>, &mut [f32]) + Send + 'static,
{
    known_params(spec, &[])?;
    Ok(Box::new(Simple { len, write }))
}

fn write_all(out: &mut [f32], values: impl Iterator<Item = f64>) {
    for (slot, value) in out.iter_mut().zip(values) {
        *slot = value as f32;
    }
}

fn write_difference(out: &mut [f32], inputs: &TermInputs<'_>, reference: &[f64]) {
    let joints = inputs.joints.iter().zip(reference);
    write_all(out, joints.map(|(&j, zero)| inputs.state.position[j] - zero));
}

/// The newest raw action, or that of `past.len() / joints` steps before it; kept oldest first.
struct LastAction {
    past: Vec<f32>,
    joints: usize,
}

impl Term for LastAction {
    fn len(&self) -> usize {
        self.joints
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        if self.past.is_empty() {
            out.copy_from_slice(inputs.last_action);
            return;
        }
        out.copy_from_slice(&self.past[..self.joints]);
        self.past.copy_within(self.joints.., 0);
        let newest = self.past.len() - self.joints;
        self.past[newest..].copy_from_slice(inputs.last_action);
    }
    fn reset(&mut self) {
        self.past.fill(0.0);
    }
}

struct Constant(Vec<f64>);

impl Term for Constant {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn write(&mut self, _inputs: &TermInputs<'_>, out: &mut [f32]) {
        write_all(out, self.0.iter().copied());
    }
}
