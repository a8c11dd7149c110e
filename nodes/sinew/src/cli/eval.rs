//! `sinew eval`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sinew::eval::{EvalParams, evaluate};
use sinew::node::positive_secs;
use sinew::params::Params;

use super::output::{expect_place, expect_recording, write_json};
use super::robot_files::RobotFiles;
use super::velocity::CommandArg;

/// Runs randomised episodes side by side: mass ±15 %, friction 0.4 to 1.2, motor strength ±10 %,
/// delay 0 to 20 ms, pushes of up to 0.5 m/s and new commands every 5 s. Where FILE has a section `follow`, the
/// robot goes to its target instead: 1.2 to 4 m away in any direction, of any bright colour, in any light, on any
/// ground; an episode is lost, too, if it does not stand before it at the end.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew eval launch/robots/strider.yaml --episodes 200 --seed 1 --json -\n  \
    sinew eval launch/robots/strider.yaml --episodes 8 --cmd 0,0,0 --no-pushes   does it drift?\n  \
    sinew eval launch/robots/strider_ball.yaml --episodes 100 --seconds 30       does it find its ball?")]
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
    /// How long each inference takes, µs, in the simulated time: what it takes on a robot's own computer. The same every
    /// time, whatever it takes here.
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 0.0, value_parser = latency_us, allow_negative_numbers = true)]
    latency_us: f64,
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

/// A latency of up to ten seconds.
fn latency_us(text: &str) -> Result<f64, String> {
    let us: f64 = text.parse().map_err(|_| format!("expected a number, found `{text}`"))?;
    if (0.0..=1e7).contains(&us) {
        Ok(us)
    } else {
        Err(format!("expected 0 to 10000000 µs, found {us}"))
    }
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
        params.inference_latency = Duration::from_secs_f64(self.latency_us * 1e-6);
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
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} episodes, {msg}, {eta} left")?;
        let bar = ProgressBar::new(self.episodes as u64)
            .with_style(style)
            .with_message("0 lost");
        let result = evaluate(&params, loaded, &eval, |done, lost| {
            bar.set_message(format!("{lost} lost"));
            bar.set_position(done as u64);
            if self.progress_lines {
                eprintln!("{done} of {} episodes, {lost} lost", self.episodes);
            }
        })?;
        bar.finish_and_clear();
        for fallback in loaded.fallbacks() {
            tracing::warn!("{fallback}");
        }

        if let Some(release) = loaded.release() {
            eprintln!("the policy is that of the release {release}");
        }
        eprintln!(
            "{}: survived {:.1} % of {} episodes of {} s",
            result.robot,
            100.0 * result.survival,
            result.episodes,
            result.seconds
        );
        eprintln!(
            "  mean velocity error {:.3} m/s, mean power {:.0} W, torque peak {:.0} % of the limit, farthest from the start {:.3} m",
            result.velocity_error_mps,
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
        if let Some(to) = &self.json {
            write_json(to, &result)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
