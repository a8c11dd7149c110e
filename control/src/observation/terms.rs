//! The observation terms that Sinew knows, and the registry to which users add theirs.

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};
use std::fmt;

use crate::command::VelocityCommand;
use crate::contract::{Misfit, TermSpec};
use crate::io::Capabilities;
use crate::robot::RobotDescription;
use crate::state::RobotState;

/// Everything a term may look at. Per-joint slices named *policy order* have one element per joint
/// of the contract.
#[derive(Debug)]
pub struct TermInputs<'a> {
    /// The newest state of the robot.
    pub state: &'a RobotState,
    /// The velocity command in force.
    pub command: VelocityCommand,
    /// Index in robot order of every policy joint.
    pub joints: &'a [usize],
    /// Rest positions, rad, policy order.
    pub default_position: &'a [f64],
    /// Raw network output of the last step, policy order; zeros at the start.
    pub last_action: &'a [f32],
    /// Joint targets of the last step, rad, policy order; the rest positions at the start.
    pub last_target: &'a [f64],
    /// Policy steps since the policy took over, 0 at the first.
    pub step: u64,
    /// Time between policy steps, s.
    pub step_secs: f64,
}

/// What a term may know when it is built.
#[derive(Debug)]
pub struct TermSetup<'a> {
    /// The robot.
    pub robot: &'a RobotDescription,
    /// What the robot measures.
    pub capabilities: &'a Capabilities,
    /// Number of joints in the contract.
    pub joints: usize,
}

/// One part of an observation.
pub trait Term: Send {
    /// Number of values.
    fn len(&self) -> usize;

    /// Whether it has no value at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes [`len`](Self::len) raw values: scale, clip and history are the builder's work.
    /// Called once per policy step; must not allocate.
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]);

    /// Forgets what it remembers between steps.
    fn reset(&mut self) {}
}

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
    /// | `joint_effort` | torques, N·m |
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

#[derive(Clone, Copy)]
enum PhaseLayout {
    CosThenSin,
    SinThenCos,
    Interleaved,
    Sin,
    Cos,
}

/// Clocks that a walking policy steps to. The phase advances *before* it is shown, except on the
/// first step, as training environments do it.
struct GaitPhase {
    frequency_hz: f64,
    offsets: Vec<f64>,
    layout: PhaseLayout,
    standing: Option<(f64, f64)>,
    elapsed_steps: u64,
}

impl GaitPhase {
    /// `layout` where the term's name says it, else its parameter does.
    fn new(spec: &TermSpec, layout: Option<PhaseLayout>) -> Result<Self, Misfit> {
        let params = [
            "frequency_hz",
            "period_secs",
            "offsets",
            "standing_phase",
            "standing_below",
            "layout",
        ];
        let named = usize::from(layout.is_some());
        known_params(spec, &params[..params.len() - named])?;
        let frequency_hz = match (
            spec.params.contains_key("frequency_hz"),
            spec.params.contains_key("period_secs"),
        ) {
            (true, false) => scalar(spec, "frequency_hz", 0.0)?,
            (false, true) => 1.0 / scalar(spec, "period_secs", 0.0)?,
            _ => {
                return Err(Misfit::new(
                    format!("observations.{}", spec.name),
                    "either `frequency_hz` or `period_secs`",
                    "both or neither",
                ));
            }
        };
        if !(frequency_hz > 0.0 && frequency_hz <= 100.0) {
            return Err(param_misfit(
                spec,
                "frequency_hz",
                "more than 0 and at most 100 Hz",
                frequency_hz,
            ));
        }
        let layout = match (layout, scalar(spec, "layout", 0.0)?) {
            (Some(layout), _) => layout,
            (None, 0.0) => PhaseLayout::CosThenSin,
            (None, 1.0) => PhaseLayout::SinThenCos,
            (None, 2.0) => PhaseLayout::Interleaved,
            (None, other) => return Err(param_misfit(spec, "layout", "0, 1 or 2", other)),
        };
        let standing = match scalar(spec, "standing_below", 0.0)? {
            below if below > 0.0 => Some((below, scalar(spec, "standing_phase", PI)?)),
            _ => None,
        };
        Ok(Self {
            frequency_hz,
            offsets: numbers(spec, "offsets", &[0.0, PI])?,
            layout,
            standing,
            elapsed_steps: 0,
        })
    }
}

impl Term for GaitPhase {
    fn len(&self) -> usize {
        match self.layout {
            PhaseLayout::Sin | PhaseLayout::Cos => self.offsets.len(),
            _ => 2 * self.offsets.len(),
        }
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        let standing = self
            .standing
            .filter(|&(below, _)| inputs.command.norm() < below)
            .map(|(_, phase)| phase);
        let elapsed = self.elapsed_steps as f64 * inputs.step_secs;
        let n = self.offsets.len();
        for (i, offset) in self.offsets.iter().enumerate() {
            let phase = standing.unwrap_or(TAU * (self.frequency_hz * elapsed).fract() + offset);
            let (sin, cos) = (phase.sin() as f32, phase.cos() as f32);
            match self.layout {
                PhaseLayout::CosThenSin => (out[i], out[n + i]) = (cos, sin),
                PhaseLayout::SinThenCos => (out[i], out[n + i]) = (sin, cos),
                PhaseLayout::Interleaved => (out[2 * i], out[2 * i + 1]) = (sin, cos),
                PhaseLayout::Sin => out[i] = sin,
                PhaseLayout::Cos => out[i] = cos,
            }
        }
        self.elapsed_steps = if standing.is_some() { 0 } else { self.elapsed_steps + 1 };
    }
    fn reset(&mut self) {
        self.elapsed_steps = 0;
    }
}

/// Refuses settings that the term does not have: a misspelt one would silently do nothing.
fn known_params(spec: &TermSpec, known: &[&str]) -> Result<(), Misfit> {
    match spec.params.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(Misfit::new(
            format!("observations.{}.{key}", spec.name),
            format!(
                "one of scale, clip, history, elements{}{}",
                if known.is_empty() { "" } else { ", " },
                known.join(", ")
            ),
            format!("`{key}`"),
        )),
    }
}

fn scalar(spec: &TermSpec, key: &str, default: f64) -> Result<f64, Misfit> {
    match spec.params.get(key).map(Vec::as_slice) {
        None => Ok(default),
        Some([value]) if value.is_finite() => Ok(*value),
        Some(other) => Err(Misfit::new(
            format!("observations.{}.{key}", spec.name),
            "one finite number",
            format!("{other:?}"),
        )),
    }
}

fn numbers(spec: &TermSpec, key: &str, default: &[f64]) -> Result<Vec<f64>, Misfit> {
    let values = spec.params.get(key).map_or(default, Vec::as_slice);
    if !values.is_empty() && values.iter().all(|v| v.is_finite()) {
        return Ok(values.to_vec());
    }
    Err(Misfit::new(
        format!("observations.{}.{key}", spec.name),
        "one or more finite numbers",
        format!("{values:?}"),
    ))
}

fn param_misfit(spec: &TermSpec, key: &str, expected: &str, found: f64) -> Misfit {
    Misfit::new(format!("observations.{}.{key}", spec.name), expected, found.to_string())
}
