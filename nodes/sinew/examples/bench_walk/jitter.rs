//! How late the control loop wakes up at 1 kHz.

use std::path::Path;

use anyhow::{Result, ensure};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::clock::MonotonicClock;
use sinew_control::realtime::{RealtimeParams, enter_realtime};

use crate::Figures;
use crate::replay::{COMMAND, running_loop, start};

const RATE_HZ: f64 = 1000.0;

/// Runs the loop with its policy for `ticks` ticks; the 99th percentile of how long after its time
/// a tick began, in whole microseconds as cyclictest has them.
pub(crate) fn measure(params: &Path, ticks: usize, priority: i32) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let (mut control, operator) = running_loop(&loaded, &params, RATE_HZ, Box::new(MonotonicClock))?;
    let refused = enter_realtime(&RealtimeParams {
        priority,
        ..RealtimeParams::default()
    });
    ensure!(refused.is_empty(), "{}", refused.join("; "));
    start(&mut control, &operator)?;
    let mut late_us = Vec::with_capacity(ticks);
    for _ in 0..ticks {
        operator.command(COMMAND);
        late_us.push(control.tick().jitter_nanos / 1000);
    }
    ensure!(control.stop().is_none(), "stopped: {:?}", control.stop());
    late_us.sort_unstable();
    let rank = (0.99 * ticks as f64).ceil() as usize;
    Ok(Figures::from([
        ("p50_us", late_us[ticks / 2] as f64),
        ("p99_us", late_us[rank - 1] as f64),
    ]))
}
