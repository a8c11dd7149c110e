//! The robot's disk is full.

use std::process::Command;

use super::*;

/// A small file system of its own, until it is dropped.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then(|| Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

/// The numbers that messages have announced as missing.
fn announced(events: &[Value], class: Class) -> BTreeSet<u64> {
    let mut numbers = BTreeSet::new();
    for event in events.iter().filter(|event| event["class"] == class.name()) {
        let gaps = event["gaps"].as_str().unwrap_or_default();
        for gap in gaps.split(", ").filter(|gap| !gap.is_empty()) {
            let (range, _) = gap.split_once(' ').unwrap();
            let (from, to) = range.split_once('-').unwrap();
            numbers.extend(from.parse::<u64>().unwrap()..=to.parse().unwrap());
        }
    }
    numbers
}

#[test]
fn a_full_disk_costs_no_safety_message_and_every_other_number_comes_or_is_announced() {
    if !broker::is_there() {
        return;
    }
    let Some(small) = Small::mount() else {
        eprintln!("skipped: mounting a small tmpfs needs root");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path(), "allow_anonymous true");
    let counted = Counted::at(broker.plain);
    let way = Way::to(broker.robots);
    way.cut();
    let plain = BrokerParams {
        tls: false,
        ..params(way.port)
    };
    let robot = Robot::start(&small.0.path().join("spool"), &plain);
    // Twice what the disk takes.
    const BULK: u64 = 2000;
    const SAFETY: u64 = 100;
    for n in 0..BULK {
        robot.send(Class::Bulk, json!({ "n": n, "text": "x".repeat(1000) }));
        if n % (BULK / SAFETY) == 0 {
            robot.send(Class::Safety, json!({ "n": n }));
        }
    }
    way.mend();
    counted.wait_for(Class::Safety, all(SAFETY));
    // Gaps are told by the messages behind them.
    wait("every number of the class bulk has come, or was announced", || {
        robot.send(Class::Bulk, json!({}));
        std::thread::sleep(Duration::from_millis(100));
        let came = counted.of(Class::Bulk);
        let told = announced(&counted.1.lock().unwrap(), Class::Bulk);
        came.len() as u64 > BULK / 10 && (1..=BULK).all(|n| came.contains(&n) || told.contains(&n))
    });
    let told = announced(&counted.1.lock().unwrap(), Class::Bulk);
    assert!(told.len() as u64 > BULK / 10, "{} were announced", told.len());
    assert!(announced(&counted.1.lock().unwrap(), Class::Safety).is_empty());
    drop(robot);
}
