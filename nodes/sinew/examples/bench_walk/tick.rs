//! What the control tick costs on top of the bare C call of its network.

use std::path::Path;

use anyhow::{Context, Result};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::alloc::thread_allocations;
use sinew_control::clock::{MonotonicClock, VirtualClock, monotonic_nanos};
use sinew_control::io::Clock;

use crate::Figures;
use crate::bare::{BareNetwork, check};
use crate::replay::{COMMAND, running_loop, start};

/// Ticks and bare calls that are made first, and not counted.
const WARM_UP: usize = 1000;
const PERIOD_NANOS: u64 = 1_000_000;

/// Makes `ticks` whole ticks (every one with an inference) and as many bare calls, in turn; then
/// `paced_ticks` of each, every one after a sleep to the next millisecond, when caches are cold.
pub(crate) fn measure(params: &Path, ticks: usize, paced_ticks: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let policy = loaded.policy()?;
    let [observation, action] = [policy.observation_len(), policy.action_len()].map(|len| len as i64);
    // Of the size that observations have.
    let input: Vec<_> = (0..observation).map(|i| (i as f32).sin()).collect();
    let mut bare = BareNetwork::load(loaded.policy_file.path(), &input, &[1, observation], &[1, action])?;
    check(bare.run())?;
    let clock = Box::new(VirtualClock::default());
    let (mut control, operator) = running_loop(&loaded, &params, loaded.contract.policy_rate_hz, clock)?;
    start(&mut control, &operator)?;

    let mut allocations = 0;
    let mut pair = |wait: &mut dyn FnMut()| {
        operator.command(COMMAND);
        wait();
        let before = thread_allocations();
        let began = monotonic_nanos();
        let record = control.tick();
        let tick_nanos = monotonic_nanos() - began;
        allocations += thread_allocations() - before;
        wait();
        let began = monotonic_nanos();
        let status = bare.run();
        let bare_nanos = monotonic_nanos() - began;
        check(status)?;
        let inference_nanos = record.inference_nanos;
        let inference_nanos =
            inference_nanos.with_context(|| format!("a tick without an inference: {:?}", control.stop()))?;
        Ok([tick_nanos, inference_nanos, bare_nanos])
    };
    let mut no_wait = || {};
    for _ in 0..WARM_UP {
        pair(&mut no_wait)?;
    }
    let hot = medians_us(ticks, || pair(&mut no_wait))?;
    let mut next = monotonic_nanos();
    let mut sleep = || {
        next += PERIOD_NANOS;
        MonotonicClock.sleep_until(next);
    };
    let paced = medians_us(paced_ticks, || pair(&mut sleep))?;
    Ok(Figures::from([
        ("tick_p50_us", hot[0]),
        ("inference_p50_us", hot[1]),
        ("bare_p50_us", hot[2]),
        ("paced_tick_p50_us", paced[0]),
        ("paced_bare_p50_us", paced[2]),
        ("rust_allocations", allocations as f64),
    ]))
}

/// The medians of each of the durations that `pair` measures, over `count` calls of it.
fn medians_us<const N: usize>(count: usize, mut pair: impl FnMut() -> Result<[u64; N]>) -> Result<[f64; N]> {
    let pairs = (0..count).map(|_| pair()).collect::<Result<Vec<_>>>()?;
    Ok(std::array::from_fn(|side| {
        let mut nanos: Vec<u64> = pairs.iter().map(|pair| pair[side]).collect();
        nanos.sort_unstable();
        nanos[nanos.len() / 2] as f64 * 1e-3
    }))
}
