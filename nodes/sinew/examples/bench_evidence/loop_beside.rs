//! Whether the control loop notices that it is recorded, and watched.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, ensure};
use sinew::params::Params;
use sinew::run::{PolicyOnRobot, RunRecorder};
use sinew_control::clock::MonotonicClock;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_recording::Identity;

use crate::Figures;
use crate::cpu::thread_secs;
use crate::mosquitto::Mosquitto;
use crate::replay::{COMMAND, running_loop, start};
use crate::watchers::Watchers;

const RATE_HZ: f64 = 500.0;
const PRIORITY: i32 = 80;

/// What is beside the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Recorder,
    /// The recorder, and the nodes `metrics` and `telemetry`.
    All,
}

/// Each with the name that its figures have.
const SIDES: [(Beside, &str); 3] = [
    (Beside::Nothing, "off"),
    (Beside::Recorder, "recorded"),
    (Beside::All, "all"),
];

/// What one turn came to.
struct Turn {
    tick_nanos: Vec<u64>,
    /// Processor time, s.
    recorder_secs: f64,
    metrics_secs: f64,
    telemetry_secs: f64,
}

/// Turns of `ticks` ticks at 500 Hz, with nothing beside the loop, with a recorder that signs and waits for the disk, and
/// with that and the nodes `metrics`, read every second, and `telemetry`, which sends to a mosquitto where there is one
/// and else keeps everything on disk.
pub(crate) fn measure(params: &Path, ticks: usize, turns: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let folder = tempfile::tempdir()?;
    let broker = Mosquitto::start(folder.path())?;
    let mut figures = Figures::from([("has_broker".to_owned(), f64::from(u8::from(broker.is_some())))]);
    let mut nanos: [Vec<u64>; SIDES.len()] = Default::default();
    let (mut recorder_secs, mut metrics_secs, mut telemetry_secs) = (0.0, 0.0, 0.0);
    for turn in 0..turns {
        for nth in 0..SIDES.len() {
            // The first one changes, so that whatever else the machine does meets all of them.
            let side = (turn + nth) % SIDES.len();
            let folder = folder.path().join(format!("{turn}-{nth}"));
            std::fs::create_dir(&folder)?;
            let port = broker.as_ref().map(Mosquitto::port);
            let turn = one_turn(&loaded, &params, SIDES[side].0, port, &folder, ticks)?;
            nanos[side].extend(turn.tick_nanos);
            if SIDES[side].0 == Beside::All {
                recorder_secs += turn.recorder_secs;
                metrics_secs += turn.metrics_secs;
                telemetry_secs += turn.telemetry_secs;
            }
        }
    }
    for ((_, name), nanos) in SIDES.iter().zip(&mut nanos) {
        for (share, quantile_name) in [(0.5, "p50"), (0.99, "p99")] {
            figures.insert(format!("{name}_{quantile_name}_us"), quantile(nanos, share));
        }
    }
    let walked_secs = (turns * ticks) as f64 / RATE_HZ;
    for (name, secs) in [
        ("recorder", recorder_secs),
        ("metrics", metrics_secs),
        ("telemetry", telemetry_secs),
    ] {
        figures.insert(format!("{name}_cpu_percent"), 100.0 * secs / walked_secs);
    }
    Ok(figures)
}

/// A walk of `ticks` ticks in a new loop.
fn one_turn(
    loaded: &PolicyOnRobot,
    params: &Params,
    beside: Beside,
    broker: Option<u16>,
    folder: &Path,
    ticks: usize,
) -> Result<Turn> {
    let (mut control, operator) = running_loop(loaded, params, RATE_HZ, Box::new(MonotonicClock))?;
    let source = params.loop_source();
    let recorder = if beside == Beside::Nothing {
        None
    } else {
        let identity = Some(Identity::generate()?);
        let file = folder.join("walk.mcap");
        Some(RunRecorder::begin(&file, loaded, &control, &source, true, identity)?)
    };
    let watchers = if beside == Beside::All {
        let shown = loaded.shown_loop("/control".to_owned(), &control, &source);
        Some(Watchers::start(shown, broker, folder)?)
    } else {
        None
    };
    let before = watchers.as_ref().map(Watchers::cpu_secs).unwrap_or_default();
    let ended = AtomicBool::new(false);
    let ended = &ended;
    thread::scope(|scope| {
        let recording = recorder.map(|mut recorder| {
            scope.spawn(move || {
                recorder.drain_until(|| ended.load(Ordering::Relaxed));
                let secs = thread_secs();
                recorder.finish().map(|run| (run, secs))
            })
        });
        let ticking = scope.spawn(move || -> Result<Vec<u64>> {
            let refused = enter_realtime(&RealtimeParams {
                priority: PRIORITY,
                ..RealtimeParams::default()
            });
            ensure!(refused.is_empty(), "{}", refused.join("; "));
            start(&mut control, &operator)?;
            let mut nanos = Vec::with_capacity(ticks);
            for _ in 0..ticks {
                operator.command(COMMAND);
                nanos.push(control.tick().tick_nanos);
            }
            ensure!(control.stop().is_none(), "stopped: {:?}", control.stop());
            Ok(nanos)
        });
        let tick_nanos = ticking
            .join()
            .map_err(|_| anyhow::anyhow!("the control thread panicked"));
        let after = watchers.as_ref().map(Watchers::cpu_secs).unwrap_or_default();
        ended.store(true, Ordering::Relaxed);
        let mut recorder_secs = 0.0;
        if let Some(recording) = recording {
            let (run, secs) = recording
                .join()
                .map_err(|_| anyhow::anyhow!("the recorder panicked"))??;
            ensure!(run.lost == 0, "{} ticks were lost", run.lost);
            recorder_secs = secs;
        }
        watchers.map(Watchers::end).transpose()?;
        Ok(Turn {
            tick_nanos: tick_nanos??,
            recorder_secs,
            metrics_secs: after.metrics - before.metrics,
            telemetry_secs: after.telemetry - before.telemetry,
        })
    })
}

fn quantile(nanos: &mut [u64], share: f64) -> f64 {
    nanos.sort_unstable();
    let rank = (share * nanos.len() as f64).ceil() as usize;
    nanos[rank.max(1) - 1] as f64 * 1e-3
}
