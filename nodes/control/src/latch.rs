//! What holds beyond one control loop: whether the robot is stopped, in motion, or waits for somebody to start it.
//!
//! Kept by the node over deactivation and cleanup, and in a small file over the end of its process, so that neither
//! a new start by `ros2 launch` nor one after a crash or a loss of power is a way round a stop. The file is there
//! while there is something to keep: it goes when the process ends in good order without a stop.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sinew_control::Mode;
use sinew_control::gate::{Check, SafeAction, Stop, Verdict};

use super::latch_file::{read, try_writing, write};
use sinew_node::sync::lock;

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
    /// The stop that was cleared, which records of before still show.
    cleared: Option<Stop>,
    file: Option<PathBuf>,
    /// What the file says.
    written: LatchState,
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
    }

    /// Keeps that the robot was put to damping, before any loop shows it.
    pub(super) fn ask_to_damp(&self) {
        let mut state = self.state();
        if !matches!(state.kept, LatchState::Stopped { .. }) {
            state.kept = LatchState::Waiting;
            state.damp_asked = true;
        }
    }

    /// Somebody asked for a start: the loop may show motion from here on.
    pub(super) fn ask_to_start(&self) {
        self.state().damp_asked = false;
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
        state.kept = match (stop, mode, state.kept) {
            (Some(stop), _, _) => {
                state.stop_asked = false;
                LatchState::Stopped { stop }
            }
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
        let mut state = self.state();
        if state.written == state.kept {
            return Ok(());
        }
        let kept = state.kept;
        if let Some(file) = &state.file {
            write(file, kept).with_context(|| format!("latch_file: {}: cannot be written", file.display()))?;
        }
        state.written = kept;
        Ok(())
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        // The node has ended in good order. Who starts it again is a human, and it may start the robot.
        if self.kept() == LatchState::Waiting {
            self.state().kept = LatchState::Nothing;
        }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tilt() -> Stop {
        asked_for(Check::Tilt, SafeAction::Damp)
    }

    fn opened(file: &Path) -> (Latch, Option<String>) {
        let latch = Latch::default();
        let told = latch.open(Some(file.to_owned()), SafeAction::Damp).unwrap();
        (latch, told)
    }

    #[test]
    fn a_stop_outlives_the_process_until_it_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/control.latch.json");
        let (latch, told) = opened(&file);
        assert_eq!((latch.kept(), told), (LatchState::Nothing, None));
        latch.follow(Mode::Run, None);
        latch.follow(Mode::Stopped, Some(tilt()));
        latch.save().unwrap();
        latch.rest(Some(tilt()));
        drop(latch);

        let (latch, told) = opened(&file);
        assert_eq!(latch.stop(), Some(tilt()));
        assert!(told.unwrap().contains("not cleared"));
        latch.clear();
        latch.save().unwrap();
        // Killed here, it still does not start by itself.
        assert_eq!(opened(&file).0.kept(), LatchState::Waiting);
        drop(latch);
        assert!(!file.exists());
    }

    #[test]
    fn a_process_that_was_killed_in_motion_is_a_stop_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("control.latch.json");
        let (latch, _) = opened(&file);
        latch.follow(Mode::Stand, None);
        latch.save().unwrap();
        std::mem::forget(latch);
        let (latch, told) = opened(&file);
        assert_eq!(latch.stop().unwrap().verdict.check, Check::EndedInMotion);
        assert!(told.unwrap().contains("without a last safe action"));
        // And for the one after that.
        std::mem::forget(latch);
        assert_eq!(opened(&file).0.stop().unwrap().verdict.check, Check::EndedInMotion);
    }

    #[test]
    fn a_good_end_without_a_stop_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("control.latch.json");
        let (latch, _) = opened(&file);
        latch.follow(Mode::Run, None);
        latch.save().unwrap();
        assert!(file.exists());
        latch.rest(None);
        latch.save().unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_stop_that_was_asked_for_is_not_lost_to_a_tick_of_before() {
        let latch = Latch::default();
        latch.follow(Mode::Run, None);
        latch.ask_for_stop(Check::OperatorStop, SafeAction::Damp);
        latch.follow(Mode::Run, None);
        latch.rest(None);
        assert_eq!(latch.stop().unwrap().verdict.check, Check::OperatorStop);
    }

    #[test]
    fn damping_that_was_asked_for_is_not_lost_to_a_tick_of_before_or_to_a_robot_that_never_moved() {
        for before in [Mode::Damp, Mode::Run] {
            let latch = Latch::default();
            latch.follow(before, None);
            latch.ask_to_damp();
            latch.follow(before, None);
            latch.rest(None);
            assert_eq!(latch.kept(), LatchState::Waiting);
            latch.ask_to_start();
            latch.follow(Mode::Stand, None);
            assert_eq!(latch.kept(), LatchState::Moving);
        }
    }

    #[test]
    fn a_stop_that_was_cleared_does_not_come_back_with_a_record_of_before_but_a_new_one_does() {
        let latch = Latch::default();
        latch.follow(Mode::Stopped, Some(tilt()));
        latch.clear();
        latch.follow(Mode::Stopped, Some(tilt()));
        assert_eq!(latch.kept(), LatchState::Waiting);
        let mut again = tilt();
        again.verdict.tick = 7;
        latch.follow(Mode::Stopped, Some(again));
        assert_eq!(latch.stop(), Some(again));
    }

    #[test]
    fn a_file_that_nobody_can_read_is_taken_for_a_stop() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("control.latch.json");
        for text in ["", "{", "{\"state\":\"sleeping\"}", "\u{0}\u{0}\u{0}"] {
            std::fs::write(&file, text).unwrap();
            let (latch, told) = opened(&file);
            assert!(latch.stop().is_some(), "{text}");
            assert!(told.unwrap().contains("not what Sinew writes"));
            std::mem::forget(latch);
        }
    }

    #[test]
    fn a_stop_is_kept_whatever_the_file_is_called_and_from_one_file_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stop.new");
        let (latch, _) = opened(&file);
        latch.follow(Mode::Stopped, Some(tilt()));
        latch.save().unwrap();
        for _ in 0..3 {
            // Killed, and started again.
            let (latch, _) = opened(&file);
            assert_eq!(latch.stop(), Some(tilt()));
            std::mem::forget(latch);
        }
        let other = folder.path().join("other.json");
        std::fs::write(&other, "{\"state\":\"waiting\"}").unwrap();
        latch.open(Some(other.clone()), SafeAction::Damp).unwrap();
        assert_eq!(latch.stop(), Some(tilt()));
        assert_eq!(opened(&other).0.stop(), Some(tilt()));
        std::mem::forget(latch);
    }

    #[test]
    fn what_is_no_plain_file_is_refused_rather_than_waited_for_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (file, is) in [
            (pipe, "a pipe"),
            (socket, "a socket"),
            (folder.path().into(), "a folder"),
        ] {
            let latch = Latch::default();
            for _ in 0..2 {
                let error = latch.open(Some(file.clone()), SafeAction::Damp).unwrap_err();
                let error = format!("{error:#}");
                assert!(error.contains("latch_file") && error.contains(is), "{error}");
            }
            drop(latch);
            assert!(!std::fs::metadata(file).unwrap().is_file());
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let file = folder.path().join("file/control.latch.json");
        let error = Latch::default().open(Some(file), SafeAction::Damp).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("latch_file") && error.contains("`none`"), "{error}");
    }
}
