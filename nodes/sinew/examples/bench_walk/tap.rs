//! What readers of its tap cost a control loop.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::alloc::thread_allocations;
use sinew_control::clock::{VirtualClock, monotonic_nanos};
use sinew_control::mailbox::Operator;
use sinew_control::tap::TapReader;
use sinew_control::tick::ControlLoop;

use crate::Figures;
use crate::replay::{COMMAND, running_loop, start};

/// How many readers there are, and what their figures are called.
const READERS: [(usize, &str, &str); 3] = [
    (0, "tick_p50_us_0_readers", "tick_p99_us_0_readers"),
    (1, "tick_p50_us_1_readers", "tick_p99_us_1_readers"),
    (4, "tick_p50_us_4_readers", "tick_p99_us_4_readers"),
];
/// How often the ticks take turns between the numbers of readers.
const TURNS: usize = 20;
/// How long a reader sleeps when it has read everything.
const READER_SLEEP: Duration = Duration::from_millis(1);

/// Makes `ticks` whole ticks, every one with an inference, with each number of readers, in turns.
pub(crate) fn measure(params: &Path, ticks: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let clock = Box::new(VirtualClock::default());
    let (mut control, operator) = running_loop(&loaded, &params, loaded.contract.policy_rate_hz, clock)?;
    start(&mut control, &operator)?;
    let mut nanos: [Vec<u64>; READERS.len()] = std::array::from_fn(|_| Vec::with_capacity(ticks));
    let mut allocations = 0;
    let (mut read, mut lost) = (0, 0);
    for _ in 0..TURNS {
        for ((readers, ..), nanos) in READERS.into_iter().zip(&mut nanos) {
            let ended = AtomicBool::new(false);
            thread::scope(|scope| {
                let readers: Vec<_> = (0..readers)
                    .map(|_| {
                        let (tap, ended) = (operator.tap(), &ended);
                        scope.spawn(move || read_until(tap, ended))
                    })
                    .collect();
                allocations += turn(&mut control, &operator, ticks / TURNS, nanos);
                ended.store(true, Ordering::Relaxed);
                for reader in readers {
                    let (here, missed) = reader.join().map_err(|_| anyhow!("a reader panicked"))?;
                    (read, lost) = (read + here, lost + missed);
                }
                Ok::<_, anyhow::Error>(())
            })?;
        }
    }
    let mut figures = Figures::from([
        ("rust_allocations", allocations as f64),
        ("records_read", read as f64),
        ("records_lost", lost as f64),
    ]);
    for ((_, p50, p99), mut nanos) in READERS.into_iter().zip(nanos) {
        nanos.sort_unstable();
        figures.insert(p50, nanos[nanos.len() / 2] as f64 * 1e-3);
        figures.insert(p99, nanos[nanos.len() * 99 / 100] as f64 * 1e-3);
    }
    Ok(figures)
}

/// Adds the durations of `ticks` ticks; returns what they allocated.
fn turn(control: &mut ControlLoop, operator: &Operator, ticks: usize, nanos: &mut Vec<u64>) -> u64 {
    let mut allocations = 0;
    for _ in 0..ticks {
        operator.command(COMMAND);
        let before = thread_allocations();
        let began = monotonic_nanos();
        control.tick();
        nanos.push(monotonic_nanos() - began);
        allocations += thread_allocations() - before;
    }
    allocations
}

/// Reads whatever is there until it has `ended`; returns how many records came, and how many were lost.
fn read_until(mut tap: TapReader, ended: &AtomicBool) -> (u64, u64) {
    let mut read = 0;
    while !ended.load(Ordering::Relaxed) {
        while tap.next_record().is_some() {
            read += 1;
        }
        thread::sleep(READER_SLEEP);
    }
    (read, tap.lost())
}
