//! Drives a control loop through a course, in the calling thread.

use std::sync::atomic::{AtomicBool, Ordering};

use sinew_control::mailbox::Operator;
use sinew_control::tick::ControlLoop;
use sinew_control::{Mode, StartParams};

use super::metrics::Metrics;
use crate::course::Course;

/// Time after a stop or an interrupt during which the safe action is still written, s.
const AFTER_STOP_SECS: f64 = 0.5;

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Time with the policy in charge, s.
    pub seconds: f64,
    /// Set from outside (Ctrl-C) to end early, with the robot in its safe action.
    pub interrupted: &'a AtomicBool,
}

/// Ticks until the time is over, the robot has fallen, or the gate has stopped it.
///
/// The course is asked once per tick, in this thread: a run with a virtual clock is a function of
/// its inputs and seed.
pub fn drive(
    control: &mut ControlLoop,
    operator: &Operator,
    course: &Course,
    limits: Limits<'_>,
    metrics: &mut Metrics,
) {
    let mut run_began: Option<f64> = None;
    let mut ending: Option<f64> = None;
    control.begin();
    loop {
        let running_secs = run_began.map_or(0.0, |began| control.elapsed_secs() - began);
        operator.command(course.at(running_secs));
        if ending.is_none() && limits.interrupted.load(Ordering::Relaxed) {
            operator.stop();
        }
        let record = control.tick();
        metrics.push(record);
        if record.mode == Mode::Run && run_began.is_none() {
            run_began = Some(record.time_secs);
        }
        let stopped = control.stop().is_some() || metrics.fell;
        if stopped && ending.is_none() {
            ending = Some(record.time_secs);
        }
        let done = match ending {
            Some(since) => record.time_secs - since >= AFTER_STOP_SECS,
            None => run_began.is_some_and(|began| record.time_secs - began >= limits.seconds),
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
