//! A robot of nodes whose policy comes out of a store of releases: `sinew up` in real time, on real models.
#![cfg(all(feature = "release", feature = "run"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../control/tests/updates/network.rs"]
mod network;
mod robot;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use robot::{Robot, a_little_off, reversed};
use sinew_releases::store::{Barred, Stage};

/// Longer than any of it takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(240);
/// A machine under load is no reason to stop the robot, nor to refuse a release.
const LENIENT: &str = "control: {ros__parameters: {safety: {stale_secs: 2.0, overrun_secs: 10.0, deadman_secs: 0.0, \
                       inference_budget_secs: 1.0, frozen_secs: 5.0}, realtime: {lock_memory: false}}}\n\
                       sim: {ros__parameters: {harness_secs: 1000000.0}}\n";

fn until<T>(what: &str, robot: &mut Robot, found: impl Fn(&Robot) -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found(robot) {
            return found;
        }
        assert!(
            began.elapsed() < PATIENCE && robot.is_there(),
            "{what}: not seen\n{}",
            robot.said()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Why a version was refused.
fn refusal(robot: &mut Robot, version: &str) -> String {
    until("refused", robot, |robot| {
        match robot.store()?.status().ok()?.state.barred().get(version)? {
            Barred::Refused { reason } => Some(reason.clone()),
            other => panic!("{other:?}"),
        }
    })
}

fn evaluated(files: &str, episodes: u32) -> String {
    format!(
        "control: {{ros__parameters: {{policy: {{updates: {{store: releases, shadow_secs: 1000.0, max_inference_us: 1e6, \
         eval: {{files: [{files}], episodes: {episodes}, episode_secs: 5.0, min_survival: 0.75, budget_secs: 200.0}}}}}}}}}}\n"
    )
}

#[test]
fn a_candidate_walks_in_simulation_before_it_sees_the_robot_and_a_badly_trained_one_falls_there() {
    let mut robot = Robot::start(&[LENIENT, &evaluated("strider.yaml", 4)]);
    let second = robot.stage(2, a_little_off);
    until("in shadow", &mut robot, |robot| {
        let state = robot.store()?.status().ok()?.state;
        let (_, held) = state.candidate()?;
        assert_eq!(held.release.version, second);
        (held.stage == Stage::Shadow).then_some(())
    });
    let admitted = robot.said();
    assert!(admitted.contains("walk-2: admitted: it fits this robot"), "{admitted}");
    assert!(
        admitted.contains("; in simulation 100.0 % of 4 episodes of 5 s survived, "),
        "{admitted}"
    );

    // Correctly made, and trained badly: it does the reverse of everything.
    let third = robot.stage(3, reversed);
    let reason = refusal(&mut robot, &third);
    assert!(
        reason.starts_with("eval: expected at least 75.0 % survived"),
        "{reason}"
    );
    assert!(reason.contains("found 0.0 % of 4 episodes of 5 s survived"), "{reason}");
    robot.expect_walking();
}

#[test]
fn a_candidate_whose_inferences_take_too_long_here_is_refused_and_what_simulates_it_ends_with_the_node() {
    // The simulated robot takes an inference of more than a microsecond for late.
    let late = "control: {ros__parameters: {safety: {inference_budget_secs: 1.0e-6}}}\n";
    let mut robot = Robot::with_file("late.yaml", late, &[LENIENT, &evaluated("strider.yaml, late.yaml", 2)]);
    let second = robot.stage(2, a_little_off);
    let reason = refusal(&mut robot, &second);
    assert!(reason.contains("found 0.0 % of 2 episodes of 5 s survived"), "{reason}");
    // The simulation may be over before the robot stands.
    until("walks", &mut robot, |robot| {
        robot.said().contains("mode: run").then_some(())
    });
    robot.expect_walking();
    drop(robot);

    let mut robot = Robot::start(&[LENIENT, &evaluated("strider.yaml", 1000)]);
    robot.stage(2, a_little_off);
    let child = until("simulates", &mut robot, Robot::child_of_it);
    robot.kill();
    let began = Instant::now();
    while Path::new("/proc").join(child.to_string()).exists() {
        assert!(began.elapsed() < PATIENCE, "{child} outlives the node");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The recordings of something that happened in a folder, by their ending.
fn events(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_event = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("event_") && name.ends_with(ending)
    };
    paths.filter(is_event).collect()
}

#[test]
fn a_candidate_that_disagrees_is_an_event_that_is_recorded_and_uploaded() {
    let nodes = "control: {ros__parameters: {policy: {updates: {store: releases, shadow_secs: 1000.0, max_inference_us: 1e6}}}}\n\
                 recorder: {ros__parameters: {folder: recordings, continuous: false, black_box_secs: 2.0, after_event_secs: 0.5}}\n\
                 uploader: {ros__parameters: {folder: recordings, url: UPLOADED, rules: [on_event], scan_secs: 0.5}}\n";
    let mut robot = Robot::start(&[LENIENT, nodes]);
    let uploaded = robot.folder().join("uploaded");
    // One that wants nearly the same is no event.
    let second = robot.stage(2, a_little_off);
    until("in shadow", &mut robot, |robot| {
        robot.said().contains("walk-2: in shadow").then_some(())
    });
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(
        events(&robot.folder().join("recordings"), ".mcap"),
        [] as [PathBuf; 0],
        "{second}"
    );
    // A newer one takes its place.
    robot.stage(3, reversed);
    let there = until("uploaded", &mut robot, |_| {
        let there = events(&uploaded, "");
        there.into_iter().find(|folder| folder.join("manifest.json").exists())
    });
    let name = there.file_name().unwrap().to_str().unwrap();
    let recording = fs::read(there.join(format!("{name}.mcap"))).unwrap();
    let recording = String::from_utf8_lossy(&recording);
    for words in [
        "sinew.event",
        "disagreement: walk-3 in shadow wants ",
        "where factory_walk-1 does",
    ] {
        assert!(recording.contains(words), "{words}");
    }
    robot.expect_walking();
}

/// Ticks, deadlines that were missed, and how long 99 of 100 ticks took and were late, µs.
fn measured(with: bool, secs: u64) -> [f64; 4] {
    let recorder = "recorder: {ros__parameters: {folder: recordings}}\n";
    let mut robot = Robot::start(&[LENIENT, recorder, &evaluated("strider.yaml", 1000)]);
    if with {
        robot.stage(2, a_little_off);
        until("simulates", &mut robot, Robot::child_of_it);
    } else {
        until("walks", &mut robot, |robot| {
            robot.said().contains("mode: run").then_some(())
        });
    }
    std::thread::sleep(Duration::from_secs(secs));
    robot.end();
    let control = robot.inspected()["control"].clone();
    let ticks = control["ticks"].as_f64().unwrap();
    let missed = control["missed_deadlines"].as_f64().unwrap();
    let p99 = |of: &str| control[of]["p99"].as_f64().unwrap_or_else(|| panic!("{control}"));
    [ticks, missed, p99("tick_us"), p99("jitter_us")]
}

/// For docs/updates.md: by turns without and with an evaluation beside the loop, `SINEW_MEASURE_SECS` each (30).
#[test]
#[ignore = "it measures the machine, and takes minutes"]
fn deadlines_with_and_without_an_evaluation_beside_the_loop() {
    let secs = std::env::var("SINEW_MEASURE_SECS").map_or(30, |secs| secs.parse().unwrap());
    for turn in 0..3 {
        for with in [false, true] {
            let [ticks, missed, tick, jitter] = measured(with, secs);
            println!(
                "{turn} {}: {missed} of {ticks} deadlines missed, p99 of ticks {tick:.0} µs, late by {jitter:.0} µs",
                if with { "with" } else { "without" }
            );
        }
    }
}
