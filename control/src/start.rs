//! From limp to walking: damp → stand up → run, never a jump.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gate::JointLimits;
use crate::state::JointCommand;

/// What the loop does with the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// No stiffness, only damping.
    Damp,
    /// Joints move from where they are to the rest pose.
    Stand,
    /// The policy is in charge.
    Run,
    /// The gate has stopped the robot.
    Stopped,
}

impl Mode {
    /// Name for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Damp => "damp",
            Mode::Stand => "stand",
            Mode::Run => "run",
            Mode::Stopped => "stopped",
        }
    }
}

/// How the robot is started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StartParams {
    /// Start by itself, or wait for a request.
    pub auto: bool,
    /// Shortest time of damping before standing up, s.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub damp_secs: f64,
    /// Shortest time from the first pose to the rest pose, s: it takes longer where a joint has so far to go that
    /// it would move at more than half of its speed limit.
    // Faster would be a jump.
    #[schemars(range(min = 0.1, max = 60.0))]
    pub stand_secs: f64,
    /// Time at the rest pose before the policy takes over, s.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub settle_secs: f64,
}

impl Default for StartParams {
    fn default() -> Self {
        Self {
            auto: true,
            damp_secs: 0.2,
            stand_secs: 1.0,
            settle_secs: 0.3,
        }
    }
}

impl StartParams {
    /// Shortest time from the start until the policy takes over, s.
    pub fn total_secs(&self) -> f64 {
        self.damp_secs + self.stand_secs + self.settle_secs
    }

    /// Time from `from` to `rest`, rad, of joints with `limits`, s.
    pub fn stand_secs_between(&self, from: &[f64], rest: &[f64], limits: &[JointLimits]) -> f64 {
        let ways = from.iter().zip(rest).map(|(from, rest)| (rest - from).abs());
        // A joint that cannot move takes no time.
        let movable = ways.zip(limits).filter(|(_, limit)| limit.target_speed_rad_s > 0.0);
        movable
            .map(|(way, limit)| STEEPEST * way / (SPEED_SHARE * limit.target_speed_rad_s))
            .fold(self.stand_secs, f64::max)
    }
}

/// The steepest part of a stand moves this many times as fast as its mean.
const STEEPEST: f64 = 1.5;
/// Share of a joint's speed limit at which its target moves at most: the joint itself swings a little beyond.
const SPEED_SHARE: f64 = 0.5;

/// Whether the robot can be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Every sensor was heard.
    Ready,
    /// Some sensor was never heard yet, or some joint is where no start can bring it back from.
    Waiting,
    /// The gate has stopped it.
    Stopped,
}

/// Where in the start sequence the robot is, and the targets that belong there.
#[derive(Debug)]
pub(crate) struct StartSequence {
    params: StartParams,
    mode: Mode,
    wanted: bool,
    since_nanos: Option<u64>,
    from: Vec<f64>,
    /// How long this stand takes.
    stand_secs: f64,
    rest: JointCommand,
    limits: Vec<JointLimits>,
}

impl StartSequence {
    /// To the pose `rest`, which has the gains of every joint, of a robot with these limits.
    pub(crate) fn new(rest: &JointCommand, limits: &[JointLimits], params: &StartParams) -> Self {
        Self {
            params: params.clone(),
            mode: Mode::Damp,
            wanted: params.auto,
            since_nanos: None,
            from: rest.position.clone(),
            stand_secs: params.stand_secs,
            rest: rest.clone(),
            limits: limits.to_vec(),
        }
    }

    /// From here on to another pose, with other gains. Not while the robot stands up: its targets would jump.
    pub(crate) fn set_rest(&mut self, rest: &JointCommand) {
        self.rest.copy_from(rest);
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn begin(&mut self) {
        self.wanted = true;
    }

    pub(crate) fn damp(&mut self) {
        self.wanted = false;
        self.mode = Mode::Damp;
        self.since_nanos = None;
    }

    /// Whether the robot would stand up in the tick at `now_nanos`.
    pub(crate) fn is_due_to_stand(&self, now_nanos: u64, fit: Fit) -> bool {
        let due = self.mode == Mode::Damp && self.wanted && fit == Fit::Ready;
        due && self.lasted_secs(now_nanos) >= self.params.damp_secs
    }

    /// Time in the mode, s.
    fn lasted_secs(&self, now_nanos: u64) -> f64 {
        let since = self.since_nanos.unwrap_or(now_nanos);
        now_nanos.saturating_sub(since) as f64 * 1e-9
    }

    /// The mode of the tick at `now_nanos`, for a robot at `position`, which `stands` up where it damps.
    pub(crate) fn advance(&mut self, now_nanos: u64, fit: Fit, stands: bool, position: &[f64]) -> Mode {
        match fit {
            Fit::Stopped => {
                self.damp();
                self.mode = Mode::Stopped;
                return self.mode;
            }
            // Damping counts from the first complete reading. A stand that has begun goes on: its targets would jump
            // back to where it began.
            Fit::Waiting if self.mode == Mode::Damp => self.since_nanos = None,
            Fit::Waiting | Fit::Ready => {}
        }
        self.since_nanos.get_or_insert(now_nanos);
        match self.mode {
            Mode::Damp if stands => {
                self.from.copy_from_slice(position);
                self.stand_secs = (self.params).stand_secs_between(position, &self.rest.position, &self.limits);
                self.enter(Mode::Stand, now_nanos);
            }
            Mode::Stand if self.lasted_secs(now_nanos) >= self.stand_secs + self.params.settle_secs => {
                self.enter(Mode::Run, now_nanos);
            }
            Mode::Stopped => self.enter(Mode::Damp, now_nanos),
            _ => {}
        }
        self.mode
    }

    fn enter(&mut self, mode: Mode, now_nanos: u64) {
        self.mode = mode;
        self.since_nanos = Some(now_nanos);
    }

    /// Fills `command` with what the mode asks of every joint of a robot at `position`. While
    /// running, that is the rest pose for the joints that the policy does not drive.
    pub(crate) fn targets(&self, now_nanos: u64, position: &[f64], command: &mut JointCommand) {
        match self.mode {
            Mode::Damp | Mode::Stopped => {
                // The target follows the limp joint, so that stiffness can come back without a jump.
                command.position.copy_from_slice(position);
                command.kp.fill(0.0);
                let kd = command.kd.iter_mut().zip(&self.limits);
                kd.for_each(|(kd, limit)| *kd = limit.damp_kd);
            }
            Mode::Run => command.copy_from(&self.rest),
            Mode::Stand => {
                command.copy_from(&self.rest);
                let s = (self.lasted_secs(now_nanos) / self.stand_secs).min(1.0);
                let blend = s * s * (3.0 - 2.0 * s);
                for (target, from) in command.position.iter_mut().zip(&self.from) {
                    *target = from + blend * (*target - from);
                }
            }
        }
    }
}
