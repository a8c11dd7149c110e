//! What holds beyond one control loop: whether the robot is stopped, in motion, or waits for somebody to start it.
//!
//! LatchState by the node over deactivation and cleanup, and in a small file over the end of its process, so that neither
//! a new start by `ros2 launch` nor one after a crash or a loss of power is a way round a stop. The file is there
//! while there is something to keep: it goes when the process ends in good order, unless the robot is stopped, or waits.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sinew_control::Mode;
use sinew_control::gate::{Check, SafeAction, Stop, Verdict};

use super::latch_file::{read, try_writing, write};
use sinew_node::sync::lock;

#[cfg(test)]
mod tests;

/// How often a file is tried again that could not be written.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum LatchState {
    /// Nothing: the robot may start by itself.
    #[default]
    Nothing,
    /// The robot stands up or walks. Found in a file, it says that a process ended without a last safe action.
    Moving,
    /// A stop is latched.
    Stopped {
        /// Why.
        stop: Stop,
    },
    /// The robot was put to damping, or its stop was cleared: only a request starts it.
    Waiting,
}

#[derive(Debug, Default)]
struct State {
    kept: LatchState,
    /// Somebody asked for a stop that no loop has shown yet.
    stop_asked: bool,
    /// Somebody asked for damping that no loop has shown yet.
    damp_asked: bool,
    /// The robot is about to stand up, which no loop has shown yet.
    stands_up: bool,
    /// The stop that was cleared, which records of before still show.
    cleared: Option<Stop>,
    file: Option<PathBuf>,
    /// What the file says.
    written: LatchState,
    /// Why it does not say what is kept, and when that was found out.
    failed: Option<(String, Instant)>,
}

/// The latch of one node.
#[derive(Default)]
pub(super) struct Latch(Mutex<State>);

impl fmt::Debug for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Latch").field(&self.kept()).finish()
    }
}

impl Latch {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Keeps the latch in a file from here on, and takes what it says; gives a sentence for people about that.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn open(&self, file: Option<PathBuf>, safe_action: SafeAction) -> anyhow::Result<Option<String>> {
        let mut state = self.state();
        if state.file == file {
            return Ok(None);
        }
        let mut told = None;
        let mut written = LatchState::Nothing;
        if let Some(file) = &file {
            // Found out now rather than when there is something to keep. What is refused is refused the next time, too.
            try_writing(file)?;
            written = read(file).unwrap_or_else(|error| {
                told = Some(format!("{error:#}: taken for a process that ended in motion"));
                LatchState::Moving
            });
            let found = match written {
                LatchState::Moving => LatchState::Stopped {
                    stop: asked_for(Check::EndedInMotion, safe_action),
                },
                found => found,
            };
            if found != LatchState::Nothing {
                told.get_or_insert_with(|| format!("{}: {}", file.display(), in_words(written)));
                // A stop of this process stays, whatever another file says.
                if !matches!(state.kept, LatchState::Stopped { .. }) {
                    state.kept = found;
                }
            }
        }
        state.file = file;
        state.written = written;
        drop(state);
        self.save()?;
        Ok(told)
    }

    /// What is kept now.
    pub(super) fn kept(&self) -> LatchState {
        self.state().kept
    }

    /// The stop that a loop has to begin with.
    pub(super) fn stop(&self) -> Option<Stop> {
        match self.kept() {
            LatchState::Stopped { stop } => Some(stop),
            LatchState::Nothing | LatchState::Moving | LatchState::Waiting => None,
        }
    }

    /// Latches a stop that is asked for, before any loop shows it.
    pub(super) fn ask_for_stop(&self, check: Check, safe_action: SafeAction) {
        let mut state = self.state();
        if !matches!(state.kept, LatchState::Stopped { .. }) {
            let stop = asked_for(check, safe_action);
            state.kept = LatchState::Stopped { stop };
        }
        state.stop_asked = true;
        state.stands_up = false;
    }

    /// Keeps that the robot was put to damping, before any loop shows it.
    pub(super) fn ask_to_damp(&self) {
        let mut state = self.state();
        if !matches!(state.kept, LatchState::Stopped { .. }) {
            state.kept = LatchState::Waiting;
            state.damp_asked = true;
            state.stands_up = false;
        }
    }

    /// Expects that a stop could be kept, before somebody may start the robot.
    ///
    /// # Errors
    /// Where the file can no longer be written.
    pub(super) fn expect_to_keep(&self) -> anyhow::Result<()> {
        self.state().file.as_deref().map_or(Ok(()), try_writing)
    }

    /// Somebody asked for a start: the loop may show motion from here on.
    pub(super) fn ask_to_start(&self) {
        self.state().damp_asked = false;
    }

    /// Keeps, in the file too, that the robot moves, before its first command to do so. Tells whether it may: not under
    /// a stop, nor after somebody asked for damping.
    ///
    /// # Errors
    /// Where the file cannot be written: the robot must not move, and waits for somebody to start it.
    pub(super) fn will_move(&self) -> anyhow::Result<bool> {
        let mut state = self.state();
        if state.stop_asked || state.damp_asked || matches!(state.kept, LatchState::Stopped { .. }) {
            return Ok(false);
        }
        state.kept = LatchState::Moving;
        state.stands_up = true;
        let saved = state.save();
        if saved.is_err() {
            state.kept = LatchState::Waiting;
            state.stands_up = false;
        }
        saved.map(|()| true)
    }

    /// Forgets a stop: the robot waits for somebody to start it.
    pub(super) fn clear(&self) {
        let mut state = self.state();
        state.stop_asked = false;
        if let LatchState::Stopped { stop } = state.kept {
            state.cleared = Some(stop);
            state.kept = LatchState::Waiting;
        }
    }

    /// Follows a loop at work: the mode and the stop of its newest tick.
    pub(super) fn follow(&self, mode: Mode, stop: Option<Stop>) {
        let mut state = self.state();
        let same = |cleared: Stop| stop.is_some_and(|stop| is_same(&cleared, &stop));
        if state.cleared.is_some_and(same) {
            return;
        }
        state.cleared = None;
        if stop.is_some() || matches!(mode, Mode::Stand | Mode::Run) {
            state.stands_up = false;
        }
        state.kept = match (stop, mode, state.kept) {
            (Some(stop), _, _) => {
                state.stop_asked = false;
                LatchState::Stopped { stop }
            }
            (None, Mode::Damp, LatchState::Moving) if state.stands_up => LatchState::Moving,
            (None, _, kept) if state.stop_asked => kept,
            (None, Mode::Stand | Mode::Run, kept) if state.damp_asked => kept,
            (None, Mode::Stand | Mode::Run, _) => LatchState::Moving,
            (None, Mode::Damp | Mode::Stopped, LatchState::Nothing) => LatchState::Nothing,
            (None, Mode::Damp | Mode::Stopped, _) => {
                state.damp_asked = false;
                LatchState::Waiting
            }
        };
    }

    /// A loop has ended in good order, the robot in its safe action, after `stop` was latched or without one.
    pub(super) fn rest(&self, stop: Option<Stop>) {
        let mut state = self.state();
        match (stop, state.kept) {
            (Some(stop), _) => state.kept = LatchState::Stopped { stop },
            (None, LatchState::Moving) => state.kept = LatchState::Nothing,
            (None, _) => {}
        }
    }

    /// Writes the file where it does not say yet what is kept.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn save(&self) -> anyhow::Result<()> {
        self.state().save()
    }

    /// The same again and again, for a loop at work: what fails is logged once, and tried again every second.
    pub(super) fn keep_saving(&self) {
        let mut state = self.state();
        let failed = state.failed.as_ref().map(|(_, at)| at.elapsed());
        if failed.is_some_and(|since| since < TRY_AGAIN) {
            return;
        }
        match state.save() {
            Err(error) if failed.is_none() => tracing::error!("{error:#}"),
            Ok(()) if failed.is_some() => tracing::warn!("latch_file: can be written again"),
            Err(_) | Ok(()) => {}
        }
    }

    /// Why the file does not say what is kept.
    pub(super) fn failure(&self) -> Option<String> {
        self.state().failed.as_ref().map(|(failure, _)| failure.clone())
    }
}

impl State {
    fn save(&mut self) -> anyhow::Result<()> {
        let saved = match &self.file {
            Some(file) if self.written != self.kept => {
                write(file, self.kept).with_context(|| format!("latch_file: {}: cannot be written", file.display()))
            }
            // Nothing to write, but does what failed before still fail?
            Some(file) if self.failed.is_some() => try_writing(file),
            _ => Ok(()),
        };
        self.failed = (saved.as_ref().err()).map(|error| (format!("{error:#}"), Instant::now()));
        saved?;
        self.written = self.kept;
        Ok(())
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        if let Err(error) = self.save() {
            tracing::error!("{error:#}");
        }
    }
}

/// Whether two are one stop. (What was found may be NaN, which equals nothing.)
fn is_same(one: &Stop, other: &Stop) -> bool {
    let of = |stop: &Stop| (stop.verdict.check, stop.verdict.joint, stop.verdict.tick);
    of(one) == of(other)
}

fn asked_for(check: Check, action: SafeAction) -> Stop {
    let verdict = Verdict {
        check,
        joint: None,
        value: 1.0,
        limit: 0.0,
        tick: 0,
        not_finite: None,
    };
    Stop { verdict, action }
}

fn in_words(kept: LatchState) -> &'static str {
    match kept {
        LatchState::Nothing => "nothing is kept",
        LatchState::Moving => "the process before ended without a last safe action, while the robot moved",
        LatchState::Stopped { .. } => "the robot was stopped before this start, and the stop was not cleared",
        LatchState::Waiting => "the robot was put to damping before this start: only ~/start starts it",
    }
}
