//! Drives a control loop as its source of commands says, in the calling thread.

use std::sync::atomic::{AtomicBool, Ordering};

use sinew_control::mailbox::Operator;
use sinew_control::tick::ControlLoop;
use sinew_control::{Mode, StartParams};

use super::command_source::CommandSource;
use super::metrics::Metrics;

/// Time after a stop or an interrupt during which the safe action is still written, s.
const AFTER_STOP_SECS: f64 = 0.5;

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Time with the policy in charge, s.
    pub seconds: f64,
    /// In virtual time: how long it goes on after the robot has arrived at its target, s.
    pub linger_secs: f64,
    /// Set from outside (Ctrl-C) to end early, with the robot in its safe action.
    pub interrupted: &'a AtomicBool,
}

/// Ticks until the time is over, the robot has fallen, or the gate has stopped it.
///
/// The source of commands is asked once per tick, in this thread: a run with a virtual clock is a function of
/// its inputs and seed. After each tick `after_tick` is called.
pub fn drive(
    control: &mut ControlLoop,
    operator: &Operator,
    commands: &mut CommandSource,
    limits: Limits<'_>,
    metrics: &mut Metrics,
    mut after_tick: impl FnMut(),
) {
    let mut run_began: Option<f64> = None;
    let mut ending: Option<f64> = None;
    control.begin();
    loop {
        let running_secs = run_began.map(|began| control.elapsed_secs() - began);
        if let Some(command) = commands.command(running_secs) {
            operator.command(command);
        }
        if ending.is_none() && limits.interrupted.load(Ordering::Relaxed) {
            operator.stop();
        }
        let record = control.tick();
        metrics.push(record);
        after_tick();
        if record.mode == Mode::Run && run_began.is_none() {
            run_began = Some(record.time_secs);
        }
        let stopped = control.stop().is_some() || metrics.fell;
        if stopped && ending.is_none() {
            ending = Some(record.time_secs);
        }
        let done = match ending {
            Some(since) => record.time_secs - since >= AFTER_STOP_SECS,
            None => run_began.is_some_and(|began| {
                let secs = record.time_secs - began;
                secs >= limits.seconds
                    || commands
                        .arrived_secs()
                        .is_some_and(|arrived| secs >= arrived + limits.linger_secs)
            }),
        };
        if done {
            return;
        }
    }
}

/// Room for every record of a run, so that keeping them does not allocate between ticks.
pub fn expected_ticks(rate_hz: f64, start: &StartParams, seconds: f64) -> usize {
    ((start.total_secs() + seconds + AFTER_STOP_SECS + 1.0) * rate_hz) as usize
}
