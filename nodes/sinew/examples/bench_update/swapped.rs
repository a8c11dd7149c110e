//! Whether a tick is missed because another policy takes charge in it.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::alloc::thread_allocations;
use sinew_control::clock::MonotonicClock;
use sinew_control::mailbox::Operator;
use sinew_control::policies::{LoadedPolicy, Switch, SwitchWhen};
use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_control::tick::ControlLoop;

use crate::Figures;
use crate::replay::{COMMAND, running_loop, start};

const PRIORITY: i32 = 80;
/// Between two changes, and how long each blends.
const TICKS_BETWEEN: usize = 30;
const BLEND: Duration = Duration::from_millis(100);
/// Ticks that are looked at after each change: all of its blend.
const TICKS_AFTER: usize = 25;

/// Two loads of the robot's policy take turns in charge, at the robot's own rate in real time, on a state as of a walk;
/// and as many ticks without.
pub(crate) fn measure(params: &Path, swaps: usize) -> Result<Figures> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let (mut control, operator) = running_loop(&loaded, &params, params.control.rate_hz, Box::new(MonotonicClock))?;
    let of = loaded.loop_of_updates(&params.control, &control);
    let other = LoadedPolicy::new(
        &loaded.contract,
        Box::new(loaded.policy()?),
        &of.robot,
        &of.capabilities,
        &of.registry,
        &of.params,
    )?;
    let installed = operator.policies().install(1, Box::new(other.numbered(1)));
    installed.map_err(|refused| anyhow!("{refused}"))?;
    let ticking = thread::spawn(move || -> Result<[Turn; 2]> {
        let refused = enter_realtime(&RealtimeParams {
            priority: PRIORITY,
            ..RealtimeParams::default()
        });
        ensure!(refused.is_empty(), "{}", refused.join("; "));
        start(&mut control, &operator)?;
        let mut turns = [Turn::default(), Turn::default()];
        for nth in 0..2 * swaps {
            let turn = &mut turns[nth % 2];
            one(&mut control, &operator, nth % 2 == 1, turn)?;
        }
        ensure!(control.stop().is_none(), "stopped: {:?}", control.stop());
        Ok(turns)
    });
    let [without, with] = ticking.join().map_err(|_| anyhow!("the control thread panicked"))??;
    ensure!(
        with.changes == swaps && without.changes == 0,
        "expected {swaps} changes, found {}",
        with.changes
    );
    Ok(Figures::from([
        ("missed_with".to_owned(), with.missed as f64),
        ("missed_without".to_owned(), without.missed as f64),
        ("longest_with_us".to_owned(), with.longest_nanos as f64 * 1e-3),
        ("longest_without_us".to_owned(), without.longest_nanos as f64 * 1e-3),
        ("allocations".to_owned(), with.allocations as f64),
    ]))
}

/// What was seen with the changes, or without.
#[derive(Default)]
struct Turn {
    changes: usize,
    missed: u64,
    longest_nanos: u64,
    allocations: u64,
}

/// Some ticks, at whose beginning another takes charge, or none.
fn one(control: &mut ControlLoop, operator: &Operator, is_changed: bool, turn: &mut Turn) -> Result<()> {
    let before = operator.policies().in_charge();
    if is_changed {
        let switch = Switch::new(1 - before.place, SwitchWhen::Running, BLEND);
        operator.policies().switch(switch);
    }
    for nth in 0..TICKS_BETWEEN {
        operator.command(COMMAND);
        let allocated = thread_allocations();
        let record = control.tick();
        if nth < TICKS_AFTER {
            turn.missed += record.missed;
            turn.longest_nanos = turn.longest_nanos.max(record.tick_nanos);
            turn.allocations += thread_allocations() - allocated;
        }
    }
    turn.changes += usize::from(operator.policies().in_charge() != before);
    Ok(())
}
