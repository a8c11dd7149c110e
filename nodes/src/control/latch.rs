//! What holds beyond one control loop: whether the robot is stopped, in motion, or waits for somebody to start it.
//!
//! Kept by the node over deactivation and cleanup, and in a small file over the end of its process, so that neither
//! a new start by `ros2 launch` nor one after a crash or a loss of power is a way round a stop. The file is there
//! while there is something to keep: it goes when the process ends in good order without a stop.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sinew_control::Mode;
use sinew_control::gate::{Check, SafeAction, Stop, Verdict};

/// `latch_file` that stands for no file.
const NONE: &str = "none";
/// More than any such file has.
const MOST_BYTES: u64 = 64 << 10;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum Kept {
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
    kept: Kept,
    /// Somebody asked for a stop that no loop has shown yet.
    stop_asked: bool,
    /// The stop that was cleared, which records of before still show.
    cleared: Option<Stop>,
    file: Option<PathBuf>,
    /// What the file says.
    written: Kept,
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        state.file = file;
        state.written = Kept::Nothing;
        if let Some(file) = state.file.clone() {
            state.written = read(&file).unwrap_or_else(|error| {
                told = Some(format!("{error:#}: taken for a process that ended in motion"));
                Kept::Moving
            });
            let found = match state.written {
                Kept::Moving => Kept::Stopped {
                    stop: asked_for(Check::EndedInMotion, safe_action),
                },
                found => found,
            };
            if found != Kept::Nothing {
                told.get_or_insert_with(|| format!("{}: {}", file.display(), in_words(state.written)));
                state.kept = found;
            }
            // Found out now rather than when there is something to keep.
            try_writing(&file)?;
        }
        drop(state);
        self.save()?;
        Ok(told)
    }

    /// What is kept now.
    pub(super) fn kept(&self) -> Kept {
        self.state().kept
    }

    /// The stop that a loop has to begin with.
    pub(super) fn stop(&self) -> Option<Stop> {
        match self.kept() {
            Kept::Stopped { stop } => Some(stop),
            Kept::Nothing | Kept::Moving | Kept::Waiting => None,
        }
    }

    /// Latches a stop that is asked for, before any loop shows it.
    pub(super) fn ask_for_stop(&self, check: Check, safe_action: SafeAction) {
        let mut state = self.state();
        if !matches!(state.kept, Kept::Stopped { .. }) {
            let stop = asked_for(check, safe_action);
            state.kept = Kept::Stopped { stop };
        }
        state.stop_asked = true;
    }

    /// Forgets a stop: the robot waits for somebody to start it.
    pub(super) fn clear(&self) {
        let mut state = self.state();
        state.stop_asked = false;
        if let Kept::Stopped { stop } = state.kept {
            state.cleared = Some(stop);
            state.kept = Kept::Waiting;
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
                Kept::Stopped { stop }
            }
            (None, _, kept) if state.stop_asked => kept,
            (None, Mode::Stand | Mode::Run, _) => Kept::Moving,
            (None, Mode::Damp | Mode::Stopped, Kept::Nothing) => Kept::Nothing,
            (None, Mode::Damp | Mode::Stopped, _) => Kept::Waiting,
        };
    }

    /// A loop has ended in good order, the robot in its safe action, after `stop` was latched or without one.
    pub(super) fn rest(&self, stop: Option<Stop>) {
        let mut state = self.state();
        match (stop, state.kept) {
            (Some(stop), _) => state.kept = Kept::Stopped { stop },
            (None, Kept::Moving) => state.kept = Kept::Nothing,
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
        if self.kept() == Kept::Waiting {
            self.state().kept = Kept::Nothing;
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

fn in_words(kept: Kept) -> &'static str {
    match kept {
        Kept::Nothing => "nothing is kept",
        Kept::Moving => "the process before ended without a last safe action, while the robot moved",
        Kept::Stopped { .. } => "the robot was stopped before this start, and the stop was not cleared",
        Kept::Waiting => "the robot was put to damping before this start: only ~/start starts it",
    }
}

/// The file of the node `full_name`: what the parameter says, or the usual place.
///
/// # Errors
/// Where there is no usual place.
pub(super) fn file_of(
    parameter: Option<&Path>,
    full_name: &str,
    simulated: bool,
    variable: impl Fn(&str) -> Option<OsString>,
) -> anyhow::Result<Option<PathBuf>> {
    match parameter {
        Some(path) if path.file_name().is_some_and(|name| name == NONE) => return Ok(None),
        Some(path) => return Ok(Some(path.to_owned())),
        // Nothing real can have moved.
        None if simulated => return Ok(None),
        None => {}
    }
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    let Some(state) = state else {
        bail!(
            "latch_file: expected a path, found none, and neither XDG_STATE_HOME nor HOME is set: a stop would be \
             forgotten when the process ends; give a path, or `none` if that is right for this robot"
        );
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '.' };
    let name: String = full_name.trim_start_matches('/').chars().map(plain).collect();
    Ok(Some(state.join("sinew").join(name + ".latch.json")))
}

fn read(file: &Path) -> anyhow::Result<Kept> {
    let mut text = String::new();
    let opened = match std::fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kept::Nothing),
        Err(error) => return Err(error).with_context(|| format!("latch_file: {}: cannot be read", file.display())),
    };
    let read = opened.take(MOST_BYTES).read_to_string(&mut text);
    read.with_context(|| format!("latch_file: {}: cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("latch_file: {}: not what Sinew writes", file.display()))
}

fn write(file: &Path, kept: Kept) -> anyhow::Result<()> {
    if kept == Kept::Nothing {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    let beside = file.with_extension("new");
    let written = std::fs::File::create(&beside)?;
    serde_json::to_writer(&written, &kept)?;
    // On the disk before it has its name: a loss of power leaves the old file or the new one.
    written.sync_all()?;
    Ok(std::fs::rename(&beside, file)?)
}

fn try_writing(file: &Path) -> anyhow::Result<()> {
    let tried = || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = file.with_extension("new");
        std::fs::File::create(&beside)?;
        std::fs::remove_file(beside)
    };
    tried().with_context(|| {
        format!(
            "latch_file: {}: cannot be written, so that a stop would be forgotten when the process ends; give a path \
             that can be, or `none` if that is right for this robot",
            file.display()
        )
    })
}

#[cfg(test)]
mod tests {
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
        assert_eq!((latch.kept(), told), (Kept::Nothing, None));
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
        assert_eq!(opened(&file).0.kept(), Kept::Waiting);
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
    fn a_stop_that_was_cleared_does_not_come_back_with_a_record_of_before_but_a_new_one_does() {
        let latch = Latch::default();
        latch.follow(Mode::Stopped, Some(tilt()));
        latch.clear();
        latch.follow(Mode::Stopped, Some(tilt()));
        assert_eq!(latch.kept(), Kept::Waiting);
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
    fn a_place_that_cannot_be_written_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let file = folder.path().join("file/control.latch.json");
        let error = Latch::default().open(Some(file), SafeAction::Damp).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("latch_file") && error.contains("`none`"), "{error}");
    }

    #[test]
    fn the_usual_place_is_the_users_state_folder() {
        let home = |name: &str| (name == "HOME").then(|| "/home/me".into());
        let file = file_of(None, "/left/control", false, home).unwrap().unwrap();
        assert_eq!(file, Path::new("/home/me/.local/state/sinew/left.control.latch.json"));
        let xdg = |name: &str| (name == "XDG_STATE_HOME").then(|| "/state".into());
        let file = file_of(None, "/../control", false, xdg).unwrap().unwrap();
        assert_eq!(file, Path::new("/state/sinew/...control.latch.json"));
        assert!(file_of(None, "/control", false, |_| None).is_err());
        assert_eq!(file_of(None, "/control", true, home).unwrap(), None);
        let none = Some(Path::new("launch/none"));
        assert_eq!(file_of(none, "/control", false, home).unwrap(), None);
        let given = Some(Path::new("/var/lib/robot.json"));
        assert_eq!(file_of(given, "/control", true, home).unwrap().as_deref(), given);
    }
}
