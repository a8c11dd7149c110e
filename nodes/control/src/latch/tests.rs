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
    // Neither after a kill nor after a good end does it start by itself.
    assert_eq!(opened(&file).0.kept(), LatchState::Waiting);
    drop(latch);
    assert_eq!(opened(&file).0.kept(), LatchState::Waiting);
}

#[test]
fn a_robot_that_will_move_is_kept_as_moving_until_it_does_unless_it_is_stopped_or_damped_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("control.latch.json");
    let (latch, _) = opened(&file);
    assert!(latch.will_move().unwrap());
    assert!(std::fs::read_to_string(&file).unwrap().contains("moving"));
    latch.follow(Mode::Damp, None);
    assert_eq!(latch.kept(), LatchState::Moving);
    latch.follow(Mode::Stand, None);
    latch.follow(Mode::Damp, None);
    assert_eq!(latch.kept(), LatchState::Waiting);
    assert!(latch.will_move().unwrap());
    latch.ask_to_damp();
    assert!(!latch.will_move().unwrap());
    assert_eq!(latch.kept(), LatchState::Waiting);
    latch.ask_to_start();
    assert!(latch.will_move().unwrap());
    latch.ask_for_stop(Check::OperatorStop, SafeAction::Damp);
    assert!(!latch.will_move().unwrap());
    assert!(latch.stop().is_some());
}

#[test]
fn a_robot_whose_stop_could_not_be_kept_does_not_move() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (latch, _) = opened(&state.join("control.latch.json"));
    // As on a disk that is full, or was taken away: root writes past permissions.
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::write(&state, "").unwrap();
    let refused = format!("{:#}", latch.will_move().unwrap_err());
    assert!(refused.contains("cannot be written"), "{refused}");
    assert_eq!((latch.kept(), latch.failure()), (LatchState::Waiting, Some(refused)));
    let refused = format!("{:#}", latch.expect_to_keep().unwrap_err());
    assert!(refused.contains("a stop would be forgotten"), "{refused}");
    std::fs::remove_file(&state).unwrap();
    latch.expect_to_keep().unwrap();
    assert!(latch.will_move().unwrap());
    assert_eq!(latch.failure(), None);
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
