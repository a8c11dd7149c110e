//! Term names, and how each is built.

use std::collections::BTreeMap;
use std::fmt;

use crate::contract::{Misfit, TermSpec};

use super::builtin;
use super::settings::{numbers, param_misfit};
use super::terms::{Term, TermInputs, TermSetup};

type Factory = Box<dyn Fn(&TermSpec, &TermSetup<'_>) -> Result<Box<dyn Term>, Misfit> + Send + Sync>;

/// Term names and how each is built.
pub struct TermRegistry {
    factories: BTreeMap<String, Factory>,
}

impl fmt::Debug for TermRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.factories.keys()).finish()
    }
}

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
        let mut registry = Self {
            factories: BTreeMap::new(),
        };
        builtin::register(&mut registry);
        registry
    }

    /// Adds a term, or replaces the one of that name.
    pub fn register<F>(&mut self, name: &str, factory: F)
    where
        F: Fn(&TermSpec, &TermSetup<'_>) -> Result<Box<dyn Term>, Misfit> + Send + Sync + 'static,
    {
        self.factories.insert(name.to_owned(), Box::new(factory));
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// Builds the term that `spec` names, or says that there is none.
    pub fn build(&self, spec: &TermSpec, setup: &TermSetup<'_>) -> Result<Box<dyn Term>, Misfit> {
        let Some(factory) = self.factories.get(&spec.name) else {
            return Err(Misfit::new(
                format!("observation_names.{}", spec.name),
                format!("one of {}", self.names().collect::<Vec<_>>().join(", ")),
                format!("`{}`, which is not registered", spec.name),
            ));
        };
        if !spec.params.contains_key("elements") {
            return factory(spec, setup);
        }
        let mut whole = spec.clone();
        whole.params.remove("elements");
        Ok(Box::new(Picked::new(spec, factory(&whole, setup)?)?))
    }
}

/// Some values of another term.
struct Picked {
    term: Box<dyn Term>,
    elements: Vec<usize>,
    values: Vec<f32>,
}

impl Picked {
    fn new(spec: &TermSpec, term: Box<dyn Term>) -> Result<Self, Misfit> {
        let len = term.len();
        let elements = numbers(spec, "elements", &[])?;
        let out_of_range = |&&at: &&f64| at.fract() != 0.0 || !(0.0..len as f64).contains(&at);
        if let Some(&bad) = elements.iter().find(out_of_range) {
            let expected = format!("whole numbers from 0, less than the term's {len} values");
            return Err(param_misfit(spec, "elements", &expected, bad));
        }
        Ok(Self {
            term,
            elements: elements.iter().map(|&at| at as usize).collect(),
            values: vec![0.0; len],
        })
    }
}

impl Term for Picked {
    fn len(&self) -> usize {
        self.elements.len()
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        self.term.write(inputs, &mut self.values);
        for (slot, &at) in out.iter_mut().zip(&self.elements) {
            *slot = self.values[at];
        }
    }
    fn reset(&mut self) {
        self.term.reset();
    }
}
