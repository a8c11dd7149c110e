//! What a simulated robot and its world are set up with.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::ranges::{self, OutOfRange};

use crate::camera::SceneParams;

/// What moves the robot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The physics that are part of every Sinew.
    #[default]
    Embedded,
    /// MuJoCo, in a Sinew that was built with the feature `mujoco`, on a machine that has its library.
    Mujoco,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Mujoco => "mujoco",
        })
    }
}

/// The least friction of a contact that MuJoCo is stable with, but for none: a flat box that slides begins to jump at a
/// thousandth and diverges below.
const LEAST_MUJOCO_FRICTION: f64 = 0.01;

/// Parameters of a [`SimRobot`](crate::SimRobot). All have defaults; an unknown key is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SimParams {
    /// What moves the robot. All else means the same to both engines, or is refused by name.
    pub engine: Engine,
    /// Length of a physics step in s.
    #[schemars(range(min = 1e-5, max = 0.02))]
    pub timestep_secs: f64,
    /// Solver substeps in each physics step; only 1 with `engine: mujoco`, which has none.
    #[schemars(range(min = 1, max = 64))]
    pub solver_iterations: usize,
    /// Friction of all contacts with the ground. Left out, the description's own counts.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: Option<f64>,
    /// Slope of the ground in rad; positive climbs towards +x.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub slope_rad: f64,
    /// Gravity in m/s², downwards. Left out, the description's own counts.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub gravity_m_s2: Option<f64>,
    /// Keyframe to start from. Left out, it is `home`, else the first one; without any, the joints start at zero.
    pub keyframe: Option<String>,
    /// Bodies, geoms or sites that are the feet. Left empty, the ends of limbs that stand on the ground are the feet.
    pub feet: Vec<String>,
    /// Site or body that carries the IMU, which reads in that body's axes. Left out, it is a site with a gyro, else a
    /// site or body whose name begins with `imu` (in both cases one on the base first), else the base. Where its
    /// body is rigidly fixed to another, the IMU then reads in the axes of that one.
    pub imu: Option<String>,
    /// Seed of everything random.
    pub seed: u64,

    /// Factor on every mass and inertia.
    #[schemars(range(min = 0.01, max = 100.0))]
    pub mass_scale: f64,
    /// Where a joint has a damping of its own and a position actuator without `kv`, that damping is taken to be
    /// the drive's kd as well (MuJoCo Playground): together they are the larger of the two. With `false` they add up.
    pub kd_includes_joint_damping: bool,
    /// Factor on the drives' stiffness, damping and torque limit.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub motor_strength: f64,
    /// How long a command takes to reach the drives, in s, rounded to physics steps; 0 to 0.1.
    #[schemars(range(min = 0.0, max = 0.1))]
    pub command_delay_secs: f64,
    /// The drives damp by themselves when no command came for this long, in s.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub command_timeout_secs: f64,

    /// Standard deviation of the gyro's noise per axis, rad/s. It is not quite zero by default, because an
    /// IMU that reads the same twice looks broken to a safety gate.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub gyro_noise_rad_s: f64,
    /// Largest constant error of the gyro per axis, rad/s; drawn once from the seed.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub gyro_bias_rad_s: f64,
    /// Standard deviation of the accelerometer's noise per axis, m/s².
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub accel_noise_m_s2: f64,
    /// Largest constant error of the accelerometer per axis, m/s²; drawn once from the seed.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub accel_bias_m_s2: f64,
    /// Standard deviation of the noise of the orientation about each axis, rad.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tilt_noise_rad: f64,
    /// Largest constant error of the orientation about each axis, rad; drawn once from the seed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tilt_bias_rad: f64,
    /// Standard deviation of the joint encoders' position noise, rad.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub joint_position_noise_rad: f64,
    /// Largest constant error of each joint encoder, rad; drawn once from the seed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub joint_position_bias_rad: f64,
    /// Standard deviation of the joint velocity noise, rad/s.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub joint_velocity_noise_rad_s: f64,

    /// Speed that a push adds to the base, m/s, in a random horizontal direction; 0 for no pushes.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub push_speed_m_s: f64,
    /// Time between pushes in s.
    #[schemars(range(min = 0.01, max = 1e6))]
    pub push_period_secs: f64,

    /// Whether `RobotState::base_velocity` is filled with the true velocity.
    pub base_velocity_truth: bool,
    /// Damping that the joints' drives add by themselves to whatever is commanded, N·m·s/rad, in robot order; empty for
    /// none. Where no parameter file says it, that of the policy, with `control: drive_damping: true`.
    #[schemars(inner(range(min = 0.0, max = 1e6)))]
    pub drive_damping: Vec<f64>,
    /// How long the base is held at its start pose, feet just touching the ground, in s from the first
    /// command on; 0 for not at all. Where no parameter file says it, half a second longer than the start takes, so
    /// that a policy that begins without a past has one when it is let go.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub harness_secs: f64,

    /// What the camera sees: props, light and the camera itself. The physics know nothing of it.
    pub scene: SceneParams,
}

impl Default for SimParams {
    fn default() -> Self {
        Self {
            engine: Engine::Embedded,
            timestep_secs: 0.004,
            solver_iterations: 1,
            friction: None,
            slope_rad: 0.0,
            gravity_m_s2: None,
            keyframe: None,
            feet: Vec::new(),
            imu: None,
            seed: 0,
            mass_scale: 1.0,
            kd_includes_joint_damping: true,
            motor_strength: 1.0,
            command_delay_secs: 0.0,
            command_timeout_secs: 0.1,
            gyro_noise_rad_s: 0.002,
            gyro_bias_rad_s: 0.0,
            accel_noise_m_s2: 0.01,
            accel_bias_m_s2: 0.0,
            tilt_noise_rad: 0.0,
            tilt_bias_rad: 0.0,
            joint_position_noise_rad: 0.0,
            joint_position_bias_rad: 0.0,
            joint_velocity_noise_rad_s: 0.0,
            push_speed_m_s: 0.0,
            push_period_secs: 5.0,
            base_velocity_truth: false,
            drive_damping: Vec::new(),
            harness_secs: 0.0,
            scene: SceneParams::default(),
        }
    }
}

impl SimParams {
    /// Whether a robot and its world can be made with these; what the description must have is for them to say.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        ranges::check(self)?;
        self.check_engine()?;
        self.scene.check().map_err(|outside| outside.within("scene"))
    }

    /// Whether this program has the engine, and whether all means the same to it.
    fn check_engine(&self) -> Result<(), OutOfRange> {
        if self.engine == Engine::Embedded {
            return Ok(());
        }
        if !cfg!(feature = "mujoco") {
            return Err(OutOfRange {
                name: "engine".to_owned(),
                expected:
                    "`embedded`, for this program was built without MuJoCo (`cargo xtask mujoco` builds one with it)"
                        .to_owned(),
                found: format!("`{}`", self.engine),
            });
        }
        let usual = Self::default().solver_iterations;
        if self.solver_iterations != usual {
            return Err(OutOfRange {
                name: "solver_iterations".to_owned(),
                expected: format!(
                    "{usual} with `engine: mujoco`, whose steps have no substeps: give a smaller `timestep_secs`"
                ),
                found: self.solver_iterations.to_string(),
            });
        }
        if let Some(friction) = self
            .friction
            .filter(|&friction| 0.0 < friction && friction < LEAST_MUJOCO_FRICTION)
        {
            return Err(OutOfRange {
                name: "friction".to_owned(),
                expected: format!(
                    "0, or at least {LEAST_MUJOCO_FRICTION} with `engine: mujoco`, which diverges between"
                ),
                found: friction.to_string(),
            });
        }
        Ok(())
    }
}
