//! Whether the control loop notices that a candidate runs beside it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::clock::MonotonicClock;
use sinew_control::mailbox::Operator;
use sinew_control::policies::LoadedPolicy;
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_control::shadow::Shadow;
use sinew_control::tap::TapReader;
use sinew_control::tick::ControlLoop;

use crate::Figures;
use crate::replay::{COMMAND, running_loop, start};

const RATE_HZ: f64 = 500.0;
const PRIORITY: i32 = 80;
/// How often the node `control` takes the records of its loop for a shadow.
const PERIOD: Duration = Duration::from_millis(5);

/// Turns of `ticks` ticks at 500 Hz, without and with a candidate in shadow, which is the policy in charge once more: it
/// observes the same and is asked as often.
pub(crate) fn measure(params: &Path, ticks: usize, turns: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let mut nanos: [Vec<u64>; 2] = Default::default();
    let mut steps = 0;
    for turn in 0..turns {
        // The first one changes, so that whatever else the machine does meets both.
        for side in [turn % 2, (turn + 1) % 2] {
            let (here, asked) = one_turn(&loaded, &params, side == 1, ticks)?;
            nanos[side].extend(here);
            steps += asked;
        }
    }
    ensure!(steps > 0, "the candidate was never asked");
    let mut figures = Figures::from([("shadow_steps".to_owned(), steps as f64)]);
    for (side, nanos) in ["off", "shadow"].into_iter().zip(&mut nanos) {
        nanos.sort_unstable();
        for (percent, quantile) in [(50, "p50"), (99, "p99")] {
            let at = nanos[nanos.len() * percent / 100];
            figures.insert(format!("{side}_{quantile}_us"), at as f64 * 1e-3);
        }
    }
    Ok(figures)
}

/// A walk in a new loop: how long its ticks took, and how often the shadow was asked.
fn one_turn(loaded: &PolicyOnRobot, params: &Params, is_shadowed: bool, ticks: usize) -> Result<(Vec<u64>, u64)> {
    let (mut control, operator) = running_loop(loaded, params, RATE_HZ, Box::new(MonotonicClock))?;
    let mut at_rate = params.control.clone();
    at_rate.rate_hz = RATE_HZ;
    let shadow = if is_shadowed {
        let of = loaded.loop_of_updates(&at_rate, &control);
        let policy = || -> Result<LoadedPolicy> {
            let session = Box::new(loaded.policy()?);
            let (robot, capabilities) = (&of.robot, &of.capabilities);
            Ok(LoadedPolicy::new(
                &loaded.contract,
                session,
                robot,
                capabilities,
                &of.registry,
                &of.params,
            )?)
        };
        let budget_nanos = (1e9 / RATE_HZ) as u64;
        let shadow = Shadow::new(policy()?, &policy()?, &of.robot, &of.params, budget_nanos);
        Some((shadow, operator.tap()))
    } else {
        None
    };
    let ended = AtomicBool::new(false);
    let ended = &ended;
    thread::scope(|scope| {
        let beside = shadow.map(|(shadow, tap)| scope.spawn(move || follow(shadow, tap, ended)));
        let ticking = scope.spawn(move || walk(&mut control, &operator, ticks));
        let nanos = ticking.join().map_err(|_| anyhow!("the control thread panicked"));
        ended.store(true, Ordering::Relaxed);
        let steps = match beside {
            Some(beside) => beside.join().map_err(|_| anyhow!("the shadow panicked"))??,
            None => 0,
        };
        Ok((nanos??, steps))
    })
}

fn walk(control: &mut ControlLoop, operator: &Operator, ticks: usize) -> Result<Vec<u64>> {
    let refused = enter_realtime(&RealtimeParams {
        priority: PRIORITY,
        ..RealtimeParams::default()
    });
    ensure!(refused.is_empty(), "{}", refused.join("; "));
    start(control, operator)?;
    let mut nanos = Vec::with_capacity(ticks);
    for _ in 0..ticks {
        operator.command(COMMAND);
        nanos.push(control.tick().tick_nanos);
    }
    ensure!(control.stop().is_none(), "stopped: {:?}", control.stop());
    Ok(nanos)
}

/// Shows the shadow every record; returns how often it was asked.
fn follow(mut shadow: Shadow, mut tap: TapReader, ended: &AtomicBool) -> Result<u64> {
    while !ended.load(Ordering::Relaxed) {
        while let Some(record) = tap.next_record() {
            shadow.take(record);
        }
        thread::sleep(PERIOD);
    }
    ensure!(!shadow.has_failed(), "the candidate failed");
    ensure!(tap.lost() == 0, "{} ticks were not seen", tap.lost());
    Ok(shadow.steps())
}
