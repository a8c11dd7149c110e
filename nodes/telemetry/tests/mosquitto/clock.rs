//! The robot's clock jumps, as one does that has found its time on the network.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::SystemTime;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);
/// Where the child process finds the broker, and its folder.
const PORT: &str = "SINEW_TEST_CLOCK_PORT";
const FOLDER: &str = "SINEW_TEST_CLOCK_FOLDER";
/// Messages of the child, and how long it waits after each.
const MESSAGES: u64 = 200;
const PAUSE: Duration = Duration::from_millis(20);

#[test]
fn a_clock_that_jumps_by_a_day_changes_the_time_of_messages_and_nothing_else() {
    if !broker::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path(), "allow_anonymous true");
    let counted = Counted::at(broker.plain);
    let way = Way::to(broker.robots);
    let plain = BrokerParams {
        tls: false,
        ..params(way.port)
    };
    let spool = folder.path().join("spool");
    let now = SystemTime::now();
    let clocks = [now, now - DAY, now + DAY, SystemTime::UNIX_EPOCH - DAY, now];
    let mut expected = Vec::new();
    for (turn, clock) in clocks.into_iter().enumerate() {
        // Some of it waits while the clock jumps, and goes out from a spool that was opened in between.
        let robot = Robot::start(&spool, &plain);
        for n in 0..40 {
            if n == 20 {
                way.cut();
            }
            let draft = Draft::at(clock, "test", None, json!({ "turn": turn }));
            expected.push(draft.time.clone());
            robot.send_draft(Class::Events, draft);
        }
        if turn == 2 {
            broker.signal(libc::SIGSTOP);
            std::thread::sleep(Duration::from_millis(1500));
            broker.signal(libc::SIGCONT);
        }
        drop(robot);
        way.mend();
    }
    let robot = Robot::start(&spool, &plain);
    counted.wait_for(Class::Events, all(200));
    drop(robot);
    broker.kill();
    let events = counted.1.lock().unwrap();
    for event in &*events {
        let sequence: usize = event["sequence"].as_str().unwrap().parse().unwrap();
        assert_eq!(event["time"].as_str(), Some(expected[sequence - 1].as_str()), "{event}");
        assert!(event.get("gaps").is_none(), "{event}");
    }
}

/// libfaketime, which gives a process whatever clock a file names.
fn libfaketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found = libraries.find(|library| library.exists());
    if found.is_none() {
        eprintln!("skipped: a clock that jumps needs the Debian package faketime: sudo apt-get install faketime");
    }
    found
}

/// Ends the child when the test fails.
struct Clocked(Child);

impl Drop for Clocked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A robot in a process of its own, whose clock the next test sets while it sends.
#[test]
fn child_of_the_next_test() {
    let Ok(port) = std::env::var(PORT) else { return };
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let plain = BrokerParams {
        tls: false,
        ..params(port.parse().unwrap())
    };
    let robot = Robot::start(&folder.join("spool"), &plain);
    for n in 0..MESSAGES {
        robot.send(Class::Events, json!({ "n": n }));
        std::fs::write(folder.join("sent"), n.to_string()).unwrap();
        std::thread::sleep(PAUSE);
    }
    // Until the other process has all of them.
    while !folder.join("done").exists() {
        std::thread::sleep(PAUSE);
    }
}

#[test]
fn the_clock_of_a_robot_that_sends_jumps_by_a_day_and_nothing_is_lost() {
    let Some(library) = libfaketime().filter(|_| broker::is_there()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path(), "allow_anonymous true");
    let counted = Counted::at(broker.plain);
    let clock = folder.path().join("clock");
    // Replaced whole: the child reads it all the time.
    let set = |offset: &str| {
        let new = folder.path().join("clock.new");
        std::fs::write(&new, offset).unwrap();
        std::fs::rename(new, &clock).unwrap();
    };
    set("+0");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "clock::child_of_the_next_test", "--nocapture"])
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
        .env(PORT, broker.robots.to_string())
        .env(FOLDER, folder.path())
        .spawn()
        .unwrap();
    let mut child = Clocked(child);
    let sent = || std::fs::read_to_string(folder.path().join("sent")).map_or(0, |n| n.parse().unwrap_or(0));
    for (after, offset) in [(40, "+1d"), (80, "-1d"), (120, "+0"), (160, "-1d")] {
        wait("the robot sends", || sent() >= after);
        set(offset);
        if after == 80 {
            // What waits meanwhile was sent by two clocks.
            broker.signal(libc::SIGSTOP);
            std::thread::sleep(Duration::from_millis(500));
            broker.signal(libc::SIGCONT);
        }
    }
    counted.wait_for(Class::Events, all(MESSAGES));
    std::fs::write(folder.path().join("done"), "").unwrap();
    assert!(child.0.wait().unwrap().success());
    broker.kill();
    let events = counted.1.lock().unwrap();
    let days: BTreeSet<&str> = events
        .iter()
        .map(|event| &event["time"].as_str().unwrap()[..10])
        .collect();
    assert!(days.len() >= 3, "the clock did not jump: {days:?}");
    assert!(events.iter().all(|event| event.get("gaps").is_none()));
}
