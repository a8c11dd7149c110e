//! `sinew run`

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use sinew::course::Course;
use sinew::node::positive_secs;
use sinew::params::Params;
use sinew::picture::{RunPicture, View};
use sinew::run::{
    AnnotatedImage, CameraFollower, Limits, Metrics, RecordedRun, RunRecorder, Summary, commanded_loop, drive,
    expected_ticks, heading_velocity, records_kept,
};
use sinew_control::alloc::thread_allocations;
use sinew_control::realtime::enter_realtime;
use sinew_control::record::TickRecord;
use sinew_control::tap::TapReader;
use sinew_control::tick::ControlLoop;
use sinew_node_recorder::own_identity;

use super::FELL_OR_STOPPED;
use super::latency::LatencyArgs;
use super::output::{expect_apart, expect_place, expect_recording, proof_of, write_json};
use super::robot_files::RobotFiles;
use super::velocity::CommandArg;

/// How often a status line is printed.
const STATUS_PERIOD: Duration = Duration::from_millis(500);

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pace {
    /// With the machine's clock, with real-time priority where it is granted.
    Realtime,
    /// As fast as the machine can; the same every time.
    Fast,
}

/// Runs a robot in the simulator.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew run launch/robots/strider.yaml\n  \
    sinew run launch/robots/strider.yaml --cmd 0.5,0,0.2 --seconds 10 --pace fast --json -\n  \
    sinew run launch/robots/strider.yaml --picture walk.png")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    files: RobotFiles,
    /// Time with the policy in charge, s; the start sequence comes before it.
    #[arg(long, default_value = "20", value_parser = positive_secs, allow_negative_numbers = true)]
    seconds: f64,
    /// How time passes.
    #[arg(long, value_enum, default_value = "realtime")]
    pace: Pace,
    /// Seed of the simulator's noise and pushes.
    #[arg(long)]
    seed: Option<u64>,
    /// Constant velocity command vx,vy,wz (m/s, m/s, rad/s) instead of the file's course or target.
    #[arg(long, value_name = "VX,VY,WZ", allow_hyphen_values = true)]
    cmd: Option<CommandArg>,
    #[command(flatten)]
    latency: LatencyArgs,
    /// Write the summary as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
    /// Record every tick: an MCAP file for `sinew replay` and `sinew inspect`, signed where this user has an identity
    /// (`sinew identity new`).
    #[arg(long, value_name = "FILE.mcap")]
    record: Option<PathBuf>,
    /// Draw the run: path, velocities, tick latencies, and what the robot saw.
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
}

impl RunArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(to) = &self.json {
            expect_place("--json", Path::new(to))?;
        }
        if let Some(file) = &self.record {
            expect_recording("--record", file)?;
            let proof = proof_of(file);
            let mut written = vec![("--record", file.as_path()), ("--record", proof.as_path())];
            written.extend(self.json.as_deref().map(|to| ("--json", Path::new(to))));
            written.extend(self.picture.as_deref().map(|file| ("--picture", file)));
            expect_apart(&written)?;
        }
        if let Some(file) = &self.picture {
            anyhow::ensure!(
                file != Path::new("-"),
                "--picture: expected the name of a PNG file, found `-`: a picture is not written to standard output"
            );
            expect_place("--picture", file)?;
        }
        let latency = self.latency.read()?;
        let realtime = self.pace == Pace::Realtime;
        anyhow::ensure!(
            latency.is_none() || !realtime,
            "--latency-us, --latency-from: expected `--pace fast` with it, for in real time an inference takes what it takes \
             on this machine"
        );
        let plan = self.files.plan()?;
        let mut params = Params::of(&plan)?;
        params.inference_latency = latency;
        if let Some(seed) = self.seed {
            params.sim.seed = seed;
        }
        if let Some(CommandArg(command)) = self.cmd {
            params.course = Course::constant(command);
            params.follow = None;
        }
        let loaded = plan.loaded();
        let (mut control, operator, mut commands) =
            commanded_loop(loaded, &params, realtime, records_kept(params.control.rate_hz))?;
        eprintln!("{}", loaded.introduction(&control));
        for fallback in loaded.fallbacks() {
            tracing::warn!("{fallback}");
        }
        if let Some(caution) = loaded.unbounded_torque(&params.robot_description) {
            tracing::warn!("{caution}");
        }

        let identity = own_identity()?;
        let signed = identity.is_some();
        let mut recorder = match &self.record {
            Some(file) => Some(RunRecorder::begin(
                file,
                loaded,
                &control,
                plan.source(),
                realtime,
                identity,
            )?),
            None => None,
        };
        // In virtual time the loop waits for its recorder, in real time it must not.
        let (mut within, beside) = if realtime {
            (None, recorder.as_mut())
        } else {
            (recorder.as_mut(), None)
        };
        let interrupted = Arc::new(AtomicBool::new(false));
        let asked = interrupted.clone();
        // There is no robot but the simulated one: who asks twice need not wait.
        sinew::signals::on_end(move || asked.store(true, Ordering::Relaxed), || {})?;
        let ticks = expected_ticks(params.control.rate_hz, &params.control.start, self.seconds);
        let mut metrics = Metrics::on_slope(&loaded.model, ticks, params.sim.slope_rad);
        let tap = operator.tap();
        let ended = AtomicBool::new(false);
        let wall_secs = thread::scope(|scope| {
            let ticking = thread::Builder::new().name("control".into());
            let ticking = ticking.spawn_scoped(scope, || {
                if realtime {
                    for refused in enter_realtime(&params.control.realtime) {
                        tracing::warn!("{refused}");
                    }
                }
                // The thread's first touch of its counter is not the tick's.
                thread_allocations();
                let began = Instant::now();
                let limits = Limits {
                    seconds: self.seconds,
                    linger_secs: f64::INFINITY,
                    interrupted: &interrupted,
                };
                let after_tick = || {
                    if let Some(recorder) = &mut within {
                        recorder.drain();
                    }
                };
                drive(&mut control, &operator, &mut commands, limits, &mut metrics, after_tick);
                began.elapsed().as_secs_f64()
            });
            let ticking = ticking.context("no thread can be made for the control loop (see `ulimit -u`)")?;
            if let Some(recorder) = beside {
                scope.spawn(|| recorder.drain_until(|| ended.load(Ordering::Relaxed)));
            }
            show_status(tap, || ticking.is_finished());
            ended.store(true, Ordering::Relaxed);
            ticking
                .join()
                .map_err(|_| anyhow::anyhow!("the control thread panicked"))
        })?;

        let follower = commands.end();
        let mut summary = Summary::new(loaded, &control, &metrics, follower.as_ref(), wall_secs);
        summary.latency_us = latency;
        eprintln!("{summary}");
        if let Some(recorder) = recorder {
            let RecordedRun { finished, ticks, lost } = recorder.finish()?;
            let file = finished.files.first().map(|file| file.display().to_string());
            let lost = if lost > 0 {
                format!(", {lost} lost")
            } else {
                String::new()
            };
            let unsigned = if signed {
                ""
            } else {
                ", not signed (`sinew identity new` makes what signs)"
            };
            eprintln!(
                "recording: {}, {ticks} ticks{lost}, {:.1} MB{unsigned}",
                file.unwrap_or_default(),
                finished.bytes as f64 * 1e-6
            );
        }
        if let Some(file) = &self.picture {
            picture(&summary, &control, &metrics, follower.as_ref(), params.control.rate_hz)
                .write_png(file)
                .with_context(|| format!("{}: cannot be written", file.display()))?;
            eprintln!("picture of the run: {}", file.display());
        }
        if let Some(to) = &self.json {
            write_json(to, &summary)?;
        }
        // Ending a run by Ctrl-C stops the robot, but is no fault.
        let ended_by_hand = interrupted.load(Ordering::Relaxed) && !summary.fell;
        Ok(if summary.is_good() || ended_by_hand {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FELL_OR_STOPPED)
        })
    }
}

/// What the loop did since the last status line.
#[derive(Default)]
struct StatusPeriod {
    last: Option<TickRecord>,
    ticks_us: Vec<f64>,
    missed: u64,
    verdicts: u64,
    /// Sum of the velocities in the heading frame, m/s, m/s, rad/s.
    got: [f64; 3],
}

impl StatusPeriod {
    fn add(&mut self, record: TickRecord) {
        self.ticks_us.push(record.tick_nanos as f64 * 1e-3);
        self.missed += record.missed;
        self.verdicts += record.verdicts;
        if let Some(truth) = &record.truth {
            for (sum, v) in self.got.iter_mut().zip(heading_velocity(truth)) {
                *sum += v;
            }
        }
        self.last = Some(record);
    }
}

/// Prints a line of what the loop does, in place on a terminal, until it is `done`.
fn show_status(mut tap: TapReader, done: impl Fn() -> bool) {
    let mut stderr = std::io::stderr();
    let terminal = stderr.is_terminal();
    let mut next = Instant::now() + STATUS_PERIOD;
    let mut since = StatusPeriod::default();
    while !done() {
        thread::sleep(Duration::from_millis(20));
        while let Some(record) = tap.next_record() {
            since.add(record.tick);
        }
        if Instant::now() < next {
            continue;
        }
        next += STATUS_PERIOD;
        let StatusPeriod {
            last,
            mut ticks_us,
            missed,
            verdicts,
            got,
        } = std::mem::take(&mut since);
        let (Some(record), true) = (last, terminal) else {
            continue;
        };
        let n = ticks_us.len() as f64;
        ticks_us.sort_by(f64::total_cmp);
        let p99 = ticks_us[(0.99 * (n - 1.0)) as usize];
        let asked = record.command.to_array();
        // Where the terminal is gone, nobody misses it.
        let _ = write!(
            stderr,
            "\r\x1b[2K{:>6.1} s {:<7} asked {:+.2} {:+.2} m/s {:+.2} rad/s  got {:+.2} {:+.2} {:+.2}  tick p99 {p99:.0} µs  missed {missed}  verdicts {verdicts}",
            record.time_secs,
            record.mode.name(),
            asked[0],
            asked[1],
            asked[2],
            got[0] / n,
            got[1] / n,
            got[2] / n
        );
        let _ = stderr.flush();
    }
    if terminal {
        let _ = write!(stderr, "\r\x1b[2K");
    }
}

fn picture(
    summary: &Summary,
    control: &ControlLoop,
    metrics: &Metrics,
    follower: Option<&CameraFollower>,
    rate_hz: f64,
) -> RunPicture {
    let records = &metrics.running;
    let began = records.first().map_or(0.0, |record| record.time_secs);
    let truths = records.iter().filter_map(|record| record.truth);
    let mut notes = vec![format!(
        "policy {}, {} deadlines missed, {} Rust allocations in ticks",
        summary.policy.contract, summary.missed_deadlines, summary.rust_allocations_in_ticks
    )];
    notes.extend(summary.follow.as_ref().map(ToString::to_string));
    RunPicture {
        title: format!(
            "{} walks {:.1} m in {:.1} s",
            summary.robot, summary.distance_m, summary.seconds
        ),
        notes,
        things_xy_m: follower.map(CameraFollower::things).unwrap_or_default(),
        views: follower.map(views).unwrap_or_default(),
        path_xy_m: truths
            .clone()
            .map(|truth| [truth.position.x, truth.position.y])
            .collect(),
        times_secs: records.iter().map(|record| record.time_secs - began).collect(),
        velocity_asked: records.iter().map(|record| record.command.to_array()).collect(),
        velocity_got: truths.map(|truth| heading_velocity(&truth)).collect(),
        tick_us: control.stats().tick.buckets_us(),
        tick_deadline_us: Some(1e6 / rate_hz),
    }
}

fn views(follower: &CameraFollower) -> Vec<View> {
    let view = |image: &AnnotatedImage| View {
        caption: format!("{:.1} s: {}", image.secs, image.pursuit.name()),
        picture: image.picture.clone(),
    };
    follower.log().annotated.iter().map(view).collect()
}
