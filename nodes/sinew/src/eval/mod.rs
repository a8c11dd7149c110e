//! Randomised episodes: how many are survived, and how well the velocity is kept.

mod comparison;
mod scene;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;
use sinew_control::command::VelocityCommand;
use sinew_control::contract::CommandRanges;
use sinew_sim::{Engine, SimParams};

pub use self::comparison::Comparison;
use self::scene::random_scene;
use crate::params::Params;
use crate::run::{
    CommandSource, FollowSummary, InferenceLatency, Limits, Metrics, PolicyOnRobot, PolicySummary, RunError,
    RunRecorder, SafetySummary, commanded_loop, drive, simulated_loop,
};
use sinew_node::sync::unpoisoned;
use sinew_node_course::Course;
use sinew_node_recorder::{LoopRecordingError, own_identity};

/// Time between changes of command and between pushes, s.
const CHANGE_SECS: f64 = 5.0;
/// How long an episode goes on after the robot has arrived at its target, s: long enough to stand.
const LINGER_SECS: f64 = 3.0;
/// Share of commands that ask to stand still.
const STANDING_SHARE: f64 = 0.2;

/// What an evaluation varies; each episode draws from these.
#[derive(Debug, Clone)]
pub struct EvalParams {
    /// Number of episodes.
    pub episodes: usize,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Length of an episode, s, after the start sequence.
    pub seconds: f64,
    /// One command for all the time, instead of changing ones.
    pub command: Option<VelocityCommand>,
    /// Whether the robot is pushed.
    pub pushes: bool,
    /// Whether mass, friction, motor strength and delay vary.
    pub randomise: bool,
    /// Threads.
    pub threads: usize,
    /// Where each episode is recorded: `walk.mcap` makes `walk_episode0.mcap` and so on.
    pub record: Option<PathBuf>,
}

/// One episode.
#[derive(Debug, Clone, Serialize)]
pub struct Episode {
    /// Its number; with the seed it gives the episode again.
    pub episode: usize,
    /// Whether it was walked to the end without fall or stop.
    pub survived: bool,
    /// Time walked, s.
    pub seconds: f64,
    /// Mean error of the velocity, m/s; `None` where it was too short to be measured.
    pub velocity_error_mps: Option<f64>,
    /// Distance between start and end, m.
    pub displacement_m: f64,
    /// Way over ground, m.
    pub distance_m: f64,
    /// Mean mechanical power, W.
    pub mean_power_w: f64,
    /// Largest torque as a share of its joint's limit.
    pub torque_peak_share: f64,
    /// The simulator's parameters that were drawn.
    pub drawn: Randomisation,
    /// How the robot followed what it saw, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow: Option<FollowSummary>,
    /// Why the robot no longer answered, where it says so: a simulation that diverged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The gate.
    pub safety: SafetySummary,
}

impl Episode {
    /// Whether there was a target that was not reached.
    pub fn missed_target(&self) -> bool {
        self.follow.as_ref().is_some_and(|follow| !follow.reached())
    }

    fn is_lost(&self) -> bool {
        !self.survived || self.missed_target()
    }
}

/// What was drawn for an episode.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Randomisation {
    /// Factor of all masses.
    pub mass_scale: f64,
    /// Friction of the ground.
    pub friction: Option<f64>,
    /// Factor of gains and torque limits.
    pub motor_strength: f64,
    /// Delay of commands, s.
    pub command_delay_secs: f64,
    /// Speed that a push gives, m/s.
    pub push_mps: f64,
}

/// The result of an evaluation; `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Name of the robot.
    pub robot: String,
    /// The policy.
    pub policy: PolicySummary,
    /// What moved the robot.
    pub engine: Engine,
    /// Number of episodes.
    pub episodes: usize,
    /// Their seed.
    pub seed: u64,
    /// Length of an episode, s.
    pub seconds: f64,
    /// Whether the robot was pushed.
    pub pushes: bool,
    /// Whether masses, friction, strength of motors and delay varied.
    pub randomised: bool,
    /// The one command of all the time, [m/s, m/s, rad/s], where commands did not change.
    pub command: Option<[f64; 3]>,
    /// How long inferences took, µs, where they took time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<InferenceLatency>,
    /// Share of episodes without fall or stop, 0 to 1.
    pub survival: f64,
    /// Mean over the episodes of the mean velocity error, m/s; `None` where every episode was too short to be measured.
    pub velocity_error_mps: Option<f64>,
    /// Largest distance between start and end of an episode, m.
    pub displacement_max_m: f64,
    /// Mean mechanical power, W.
    pub mean_power_w: f64,
    /// Mean energy of an episode, J.
    pub energy_j: f64,
    /// Largest torque of all as a share of its joint's limit.
    pub torque_peak_share: f64,
    /// Share of episodes in which the robot stands before its target, where it follows one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<f64>,
    /// Verdicts of all episodes.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// Episodes that were not survived, or in which a target was not reached.
    pub lost: Vec<Episode>,
}

/// Runs all episodes side by side; `progress(done, lost)` is called after each.
///
/// # Errors
/// Where an episode cannot begin.
pub fn evaluate(
    params: &Params,
    loaded: &PolicyOnRobot,
    eval: &EvalParams,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Evaluation, RunError> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Result<Episode, RunError>>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let episode = next.fetch_add(1, Ordering::Relaxed);
            if episode >= eval.episodes {
                return;
            }
            let result = run_episode(params, loaded, eval, episode);
            let failed = result.is_err();
            let Ok(mut all) = results.lock() else { return };
            all.push(result);
            let lost = all.iter().flatten().filter(|episode| episode.is_lost()).count();
            progress(all.len(), lost);
            if failed {
                next.store(eval.episodes, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        // This thread works, too: an evaluation needs no other.
        for others in 1..eval.threads.min(eval.episodes) {
            if let Err(error) = std::thread::Builder::new().spawn_scoped(scope, work) {
                tracing::warn!("{others} episodes at a time instead of {}: {error}", eval.threads);
                break;
            }
        }
        work();
    });
    let results = unpoisoned(results.into_inner());
    let mut episodes = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    episodes.sort_by_key(|episode| episode.episode);
    Ok(summarise(loaded, params, eval, episodes))
}

fn summarise(loaded: &PolicyOnRobot, params: &Params, eval: &EvalParams, episodes: Vec<Episode>) -> Evaluation {
    let n = episodes.len().max(1) as f64;
    let mean = |value: &dyn Fn(&Episode) -> f64| episodes.iter().map(value).sum::<f64>() / n;
    let errors: Vec<f64> = episodes
        .iter()
        .filter_map(|episode| episode.velocity_error_mps)
        .collect();
    let mut verdicts = BTreeMap::new();
    for episode in &episodes {
        for (name, count) in &episode.safety.verdicts {
            *verdicts.entry(*name).or_insert(0) += count;
        }
    }
    let largest = |value: &dyn Fn(&Episode) -> f64| episodes.iter().map(value).fold(0.0, f64::max);
    Evaluation {
        robot: loaded.robot.name.clone(),
        policy: PolicySummary::of(loaded),
        engine: params.sim.engine,
        episodes: episodes.len(),
        seed: eval.seed,
        seconds: eval.seconds,
        pushes: eval.pushes,
        randomised: eval.randomise,
        command: eval.command.map(|command| command.to_array()),
        latency_us: params.inference_latency,
        survival: mean(&|episode| f64::from(u8::from(episode.survived))),
        velocity_error_mps: (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64),
        displacement_max_m: largest(&|episode| episode.displacement_m),
        mean_power_w: mean(&|episode| episode.mean_power_w),
        energy_j: mean(&|episode| episode.mean_power_w * episode.seconds),
        torque_peak_share: largest(&|episode| episode.torque_peak_share),
        reached: (episodes.iter().any(|episode| episode.follow.is_some()))
            .then(|| mean(&|episode| f64::from(u8::from(!episode.is_lost())))),
        verdicts,
        lost: episodes.into_iter().filter(Episode::is_lost).collect(),
    }
}

fn run_episode(
    params: &Params,
    loaded: &PolicyOnRobot,
    eval: &EvalParams,
    episode: usize,
) -> Result<Episode, RunError> {
    // Each episode has its own stream, so that it is the same whichever thread runs it.
    let mut rng = Pcg64Mcg::seed_from_u64(eval.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ episode as u64);
    let drawn = draw(&mut rng, eval, &params.sim);
    let mut params = params.clone();
    params.sim = SimParams {
        seed: rng.random(),
        mass_scale: drawn.mass_scale,
        friction: drawn.friction,
        motor_strength: drawn.motor_strength,
        command_delay_secs: drawn.command_delay_secs,
        push_speed_m_s: drawn.push_mps,
        push_period_secs: CHANGE_SECS,
        ..params.sim
    };
    let course = match eval.command {
        Some(command) => Course::constant(command),
        None => random_course(&mut rng, &loaded.contract.command_ranges, eval.seconds),
    };
    let (mut control, operator, mut commands) = match params.follow {
        Some(_) => {
            params.sim.scene = random_scene(&mut rng, &params);
            commanded_loop(loaded, &params, false, 1)?
        }
        None => {
            let (control, operator) = simulated_loop(loaded, &params, false, 1)?;
            (control, operator, CommandSource::Course(course))
        }
    };
    let mut metrics = Metrics::on_slope(&loaded.model, 0, params.sim.slope_rad);
    let limits = Limits {
        seconds: eval.seconds,
        linger_secs: LINGER_SECS,
        interrupted: &AtomicBool::new(false),
    };
    let mut recorder = match &eval.record {
        Some(file) => {
            let file = file_of_episode(file, episode);
            let source = params.loop_source();
            let identity = own_identity().map_err(LoopRecordingError::from)?;
            Some(RunRecorder::begin(&file, loaded, &control, &source, false, identity)?)
        }
        None => None,
    };
    drive(&mut control, &operator, &mut commands, limits, &mut metrics, || {
        if let Some(recorder) = &mut recorder {
            recorder.drain();
        }
    });
    recorder.map(RunRecorder::finish).transpose()?;
    let follower = commands.end();
    Ok(Episode {
        episode,
        survived: !metrics.fell && control.stop().is_none(),
        seconds: metrics.seconds(),
        velocity_error_mps: metrics.velocity_error_mps(),
        displacement_m: metrics.displacement_m(),
        distance_m: metrics.distance_m(),
        mean_power_w: metrics.mean_power_w(),
        torque_peak_share: metrics.torque_peak_share(),
        drawn,
        follow: follower.map(|follower| FollowSummary::of(&follower, &metrics)),
        failure: control.gate().failure(),
        safety: SafetySummary::of(&control, &loaded.robot),
    })
}

/// The file of one episode's recording.
fn file_of_episode(file: &Path, episode: usize) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}_episode{episode}.mcap"))
}

fn draw(rng: &mut Pcg64Mcg, eval: &EvalParams, nominal: &SimParams) -> Randomisation {
    // Always drawn, so that switching one variation off does not change the others.
    let drawn = Randomisation {
        mass_scale: rng.random_range(0.85..=1.15),
        friction: Some(rng.random_range(0.4..=1.2)),
        motor_strength: rng.random_range(0.9..=1.1),
        command_delay_secs: rng.random_range(0.0..=0.02),
        push_mps: rng.random_range(0.0..=0.5),
    };
    let push_mps = if eval.pushes { drawn.push_mps } else { 0.0 };
    if eval.randomise {
        Randomisation { push_mps, ..drawn }
    } else {
        Randomisation {
            mass_scale: nominal.mass_scale,
            friction: nominal.friction,
            motor_strength: nominal.motor_strength,
            command_delay_secs: nominal.command_delay_secs,
            push_mps,
        }
    }
}

fn random_course(rng: &mut Pcg64Mcg, ranges: &CommandRanges, seconds: f64) -> Course {
    let changes = (seconds / CHANGE_SECS).ceil().max(1.0) as usize;
    let steps = (0..changes).map(|i| {
        let mut within = |[lo, hi]: [f64; 2]| rng.random_range(lo..=hi);
        let command = VelocityCommand::new(
            within(ranges.lin_vel_x),
            within(ranges.lin_vel_y),
            within(ranges.ang_vel_z),
        );
        let stand = rng.random::<f64>() < STANDING_SHARE;
        (
            i as f64 * CHANGE_SECS,
            if stand { VelocityCommand::default() } else { command },
        )
    });
    Course::from_steps(steps.collect())
}
