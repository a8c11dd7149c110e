//! Ticks that begin with nothing in the caches, for a simulator of caches to count what they touch.

use std::hint::black_box;
use std::path::Path;

use anyhow::Result;
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::clock::VirtualClock;
use sinew_control::tick::ControlLoop;

use crate::Figures;
use crate::replay::{COMMAND, running_loop, start};

/// More than the last-level cache that is simulated.
const EVICTED_BYTES: usize = 1 << 25;
const LINE_BYTES: usize = 64;

/// Makes `ticks` whole ticks, every one with an inference, each after everything else was read out of the caches.
pub(crate) fn measure(params: &Path, ticks: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let clock = Box::new(VirtualClock::default());
    let (mut control, operator) = running_loop(&loaded, &params, loaded.contract.policy_rate_hz, clock)?;
    start(&mut control, &operator)?;
    let other = vec![1_u8; EVICTED_BYTES];
    for _ in 0..ticks {
        operator.command(COMMAND);
        black_box(
            other
                .iter()
                .step_by(LINE_BYTES)
                .fold(0_u8, |sum, byte| sum.wrapping_add(*byte)),
        );
        cold_tick(&mut control);
    }
    Ok(Figures::from([("ticks", ticks as f64)]))
}

/// The name that callgrind is told to count in.
#[inline(never)]
fn cold_tick(control: &mut ControlLoop) {
    black_box(control.tick());
}
