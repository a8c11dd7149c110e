//! Whether the control loop notices that it is recorded.

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
use crate::replay::{COMMAND, running_loop, start};

const RATE_HZ: f64 = 500.0;
const PRIORITY: i32 = 80;

/// Turns of `ticks` ticks at 500 Hz without and with a recorder that signs and waits for the disk.
pub(crate) fn measure(params: &Path, ticks: usize, turns: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let folder = tempfile::tempdir()?;
    let mut of: [Vec<u64>; 2] = Default::default();
    let mut cpu_secs = 0.0;
    for turn in 0..2 * turns {
        let recorded = turn % 2 == 1;
        let file = folder.path().join(format!("{turn}.mcap"));
        let (nanos, cpu) = one_turn(&loaded, &params, recorded.then_some(file.as_path()), ticks)?;
        of[turn % 2].extend(nanos);
        cpu_secs += cpu;
    }
    let [off, on] = &mut of;
    let walked_secs = (turns * ticks) as f64 / RATE_HZ;
    Ok(Figures::from([
        ("off_p50_us", quantile(off, 0.5)),
        ("off_p99_us", quantile(off, 0.99)),
        ("on_p50_us", quantile(on, 0.5)),
        ("on_p99_us", quantile(on, 0.99)),
        ("recorder_cpu_percent", 100.0 * cpu_secs / walked_secs),
    ]))
}

/// How long each tick took, ns, and the recorder's processor time, s.
fn one_turn(loaded: &PolicyOnRobot, params: &Params, file: Option<&Path>, ticks: usize) -> Result<(Vec<u64>, f64)> {
    let (mut control, operator) = running_loop(loaded, params, RATE_HZ, Box::new(MonotonicClock))?;
    let recorder = match file {
        Some(file) => {
            let identity = Some(Identity::generate()?);
            let source = params.loop_source();
            Some(RunRecorder::begin(file, loaded, &control, &source, true, identity)?)
        }
        None => None,
    };
    let ended = AtomicBool::new(false);
    let ended = &ended;
    thread::scope(|scope| {
        let recording = recorder.map(|mut recorder| {
            scope.spawn(move || {
                recorder.drain_until(|| ended.load(Ordering::Relaxed));
                let cpu = thread_cpu_secs();
                recorder.finish().map(|run| (run, cpu))
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
        let nanos = ticking
            .join()
            .map_err(|_| anyhow::anyhow!("the control thread panicked"));
        ended.store(true, Ordering::Relaxed);
        let mut cpu = 0.0;
        if let Some(recording) = recording {
            let (run, secs) = recording
                .join()
                .map_err(|_| anyhow::anyhow!("the recorder panicked"))??;
            ensure!(run.lost == 0, "{} ticks were lost", run.lost);
            cpu = secs;
        }
        Ok((nanos??, cpu))
    })
}

/// Processor time of the calling thread, s.
fn thread_cpu_secs() -> f64 {
    let mut used = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `used` is a valid timespec; CLOCK_THREAD_CPUTIME_ID exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut used) };
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}

fn quantile(nanos: &mut [u64], share: f64) -> f64 {
    nanos.sort_unstable();
    let rank = (share * nanos.len() as f64).ceil() as usize;
    nanos[rank.max(1) - 1] as f64 * 1e-3
}
