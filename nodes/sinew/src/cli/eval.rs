//! `sinew eval`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sinew::eval::{Comparison, EvalParams, Evaluation, evaluate};
use sinew::node::positive_secs;
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_sim::Engine;

use super::latency::LatencyArgs;
use super::output::{expect_place, expect_recording, write_json};
use super::robot_files::RobotFiles;
use super::velocity::CommandArg;

/// Engines to evaluate in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engines {
    /// The physics that are part of every Sinew.
    Embedded,
    /// MuJoCo.
    Mujoco,
    /// One after the other.
    Both,
}

impl Engines {
    fn all(self) -> Vec<Engine> {
        match self {
            Self::Embedded => vec![Engine::Embedded],
            Self::Mujoco => vec![Engine::Mujoco],
            Self::Both => vec![Engine::Embedded, Engine::Mujoco],
        }
    }
}

/// Runs randomised episodes side by side: mass ±15 %, friction 0.4 to 1.2, motor strength ±10 %,
/// delay 0 to 20 ms, pushes of up to 0.5 m/s and new commands every 5 s. Where FILE has a section `follow`, the
/// robot goes to its target instead: 1.2 to 4 m away in any direction, of any bright colour, in any light, on any
/// ground; an episode is lost, too, if it does not stand before it at the end.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew eval launch/robots/strider.yaml --episodes 200 --seed 1 --json -\n  \
    sinew eval launch/robots/strider.yaml --episodes 8 --cmd 0,0,0 --no-pushes   does it drift?\n  \
    sinew eval launch/robots/strider_ball.yaml --episodes 100 --seconds 30       does it find its ball?\n  \
    sinew eval launch/robots/strider.yaml --engine both                          does it walk in MuJoCo, too?")]
pub(crate) struct EvalArgs {
    #[command(flatten)]
    files: RobotFiles,
    /// Number of episodes.
    #[arg(long, default_value_t = 50)]
    episodes: usize,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Length of an episode, s.
    #[arg(long, default_value = "20", value_parser = positive_secs, allow_negative_numbers = true)]
    seconds: f64,
    /// One constant command vx,vy,wz instead of changing ones.
    #[arg(long, value_name = "VX,VY,WZ", allow_hyphen_values = true)]
    cmd: Option<CommandArg>,
    /// Do not push the robot.
    #[arg(long)]
    no_pushes: bool,
    /// Do not vary mass, friction, motor strength and delay.
    #[arg(long)]
    nominal: bool,
    #[command(flatten)]
    latency: LatencyArgs,
    /// What moves the robot, instead of what FILE says; with `both` every episode is run in each engine.
    #[arg(long, value_enum)]
    engine: Option<Engines>,
    /// Episodes at a time; all cores when left out.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Record every tick of each episode: walk.mcap makes walk_episode0.mcap and so on, for `sinew replay`.
    #[arg(long, value_name = "FILE.mcap")]
    record: Option<PathBuf>,
    /// Write the result as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
    /// Say after each episode on standard error, in a line, how many are over and how many of them lost: for programs.
    #[arg(long, hide = true)]
    progress_lines: bool,
    /// End as soon as standard input does, and so with the program that has started this one.
    #[arg(long, hide = true)]
    while_stdin: bool,
}

/// Ends this process where whoever has started it does: the system closes the other end of the pipe.
fn end_with_stdin() -> std::io::Result<()> {
    let wait = || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    };
    std::thread::Builder::new().spawn(wait).map(drop)
}

impl EvalArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.episodes > 0, "--episodes: expected at least 1");
        if let Some(to) = &self.json {
            expect_place("--json", Path::new(to))?;
        }
        if let Some(file) = &self.record {
            expect_recording("--record", file)?;
        }
        if self.while_stdin {
            end_with_stdin()?;
        }
        let plan = self.files.plan()?;
        let mut params = Params::of(&plan)?;
        if self.cmd.is_some() {
            params.follow = None;
        }
        params.inference_latency = self.latency.read()?;
        let loaded = plan.loaded();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let eval = EvalParams {
            episodes: self.episodes,
            seed: self.seed,
            seconds: self.seconds,
            command: self.cmd.map(|CommandArg(command)| command),
            pushes: !self.no_pushes,
            randomise: !self.nominal,
            threads: self.threads.map_or(cores, usize::from),
            record: self.record.clone(),
        };
        let engines = self.engine.map_or_else(|| vec![params.sim.engine], Engines::all);
        anyhow::ensure!(
            engines.len() == 1 || self.record.is_none(),
            "--record: expected one engine, found `--engine both`, of which the second would take the files of the first"
        );
        for &engine in &engines {
            params.sim.engine = engine;
            params.sim.check().map_err(|outside| outside.within("sim"))?;
        }
        let mut results = Vec::new();
        for engine in engines {
            params.sim.engine = engine;
            let result = self.episodes(&params, loaded, &eval)?;
            tell(&result, &params)?;
            results.push(result);
        }
        for fallback in loaded.fallbacks() {
            tracing::warn!("{fallback}");
        }
        if let Some(release) = loaded.release() {
            eprintln!("the policy is that of the release {release}");
        }
        match (results.len(), &self.json) {
            (1, None) => {}
            (1, Some(to)) => write_json(to, &results[0])?,
            (_, to) => {
                if let Some(comparison) = Comparison::of(results) {
                    tell_both(&comparison);
                    if let Some(to) = to {
                        write_json(to, &comparison)?;
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Runs all episodes behind a bar that says how far it has come.
    fn episodes(&self, params: &Params, loaded: &PolicyOnRobot, eval: &EvalParams) -> anyhow::Result<Evaluation> {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} episodes, {msg}, {eta} left")?;
        let bar = ProgressBar::new(eval.episodes as u64)
            .with_style(style)
            .with_message("0 lost");
        let result = evaluate(params, loaded, eval, |done, lost| {
            bar.set_message(format!("{lost} lost"));
            bar.set_position(done as u64);
            if self.progress_lines {
                eprintln!("{done} of {} episodes, {lost} lost", eval.episodes);
            }
        })?;
        bar.finish_and_clear();
        Ok(result)
    }
}

fn tell(result: &Evaluation, params: &Params) -> anyhow::Result<()> {
    let engine = match result.engine {
        Engine::Embedded => String::new(),
        other => format!(" in {other}"),
    };
    eprintln!(
        "{}: survived {:.1} % of {} episodes of {} s{engine}",
        result.robot,
        100.0 * result.survival,
        result.episodes,
        result.seconds
    );
    eprintln!(
        "  mean velocity error {}, mean power {:.0} W, torque peak {:.0} % of the limit, farthest from the start {:.3} m",
        velocity_error(result),
        result.mean_power_w,
        100.0 * result.torque_peak_share,
        result.displacement_max_m
    );
    if let Some(reached) = result.reached {
        let target = params.follow.as_ref().map_or("target", |follow| &follow.target);
        eprintln!("  stood before the {target} in {:.1} % of them", 100.0 * reached);
    }
    for episode in &result.lost {
        let reason = match (&episode.safety.stopped, &episode.follow) {
            (Some(stop), _) => stop.check.to_owned(),
            (None, Some(follow)) if episode.survived => follow.to_string(),
            _ => "fell".to_owned(),
        };
        eprintln!(
            "  lost episode {:>4} after {:>4.1} s: {reason} ({})",
            episode.episode,
            episode.seconds,
            serde_json::to_string(&episode.drawn)?
        );
    }
    Ok(())
}

/// In words, also where there is none.
fn velocity_error(result: &Evaluation) -> String {
    result
        .velocity_error_mps
        .map_or_else(|| "unknown".to_owned(), |error| format!("{error:.3} m/s"))
}

/// A line for each engine, and what they say together.
fn tell_both(comparison: &Comparison) {
    eprintln!(
        "{:<10} {:>9} {:>15} {:>8} {:>12}",
        "engine", "survived", "velocity error", "power", "torque peak"
    );
    for result in &comparison.engines {
        eprintln!(
            "{:<10} {:>7.1} % {:>15} {:>6.0} W {:>10.0} %",
            result.engine.to_string(),
            100.0 * result.survival,
            velocity_error(result),
            result.mean_power_w,
            100.0 * result.torque_peak_share
        );
    }
    eprintln!(
        "{}: {:.1} % of {} episodes were lost in neither",
        comparison.robot,
        100.0 * comparison.survival,
        comparison.episodes
    );
}
