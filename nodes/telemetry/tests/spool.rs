//! The spool on a real disk: a process that is killed at any moment, and a disk that is full.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use sinew_node_telemetry::spool::{Class, Limits, Reason, Spool};

/// Set for the child: the folder of its spool.
const FOLDER: &str = "SINEW_TEST_SPOOL";

fn limits() -> Limits {
    Limits::same(1 << 30, 1 << 20, 4096)
}

/// What the child does until it is killed: it tells of each message once it is in the spool, and of each that it has
/// acknowledged before it does so.
#[test]
fn child_of_the_next_test() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let (mut spool, _) = Spool::open(Path::new(&folder), limits()).unwrap();
    let mut out = std::io::stdout();
    // Behind what the test harness says.
    writeln!(out, "\nopen").unwrap();
    for n in 0_u64.. {
        let class = Class::ALL[(n % 5) as usize];
        let text = format!("{class} {n} {}", "x".repeat((n % 200) as usize));
        let sequence = spool.push(class, text.as_bytes()).unwrap();
        writeln!(out, "pushed {class} {sequence} {text}").unwrap();
        if n % 3 == 0
            && let Some(outgoing) = spool.take_next(|_, _| true)
        {
            writeln!(out, "arrived {} {}", outgoing.class, outgoing.sequence).unwrap();
            spool.acknowledge(outgoing.class, outgoing.sequence);
        }
        if n % 50 == 0 {
            spool.sync().unwrap();
        }
    }
}

fn child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_of_the_next_test", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_process_that_is_killed_at_200_random_moments_loses_no_message() {
    let kills: u32 = std::env::var("SINEW_SPOOL_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(200);
    let folder = tempfile::tempdir().unwrap();
    let mut random = Pcg64Mcg::seed_from_u64(11);
    let mut pushed: BTreeMap<(String, u64), String> = BTreeMap::new();
    let mut arrived: BTreeSet<(String, u64)> = BTreeSet::new();
    for _ in 0..kills {
        let mut child = child(folder.path());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // Killed from the moment on when it begins to open the spool, or while it writes.
        if random.random_bool(0.8) {
            while !line.starts_with("open") {
                line.clear();
                assert!(output.read_line(&mut line).unwrap() > 0, "the child has ended");
            }
        }
        // After so much work, wherever it is then: no test depends on how fast the machine is.
        let mut rest = String::new();
        for _ in 0..random.random_range(0..60) {
            output.read_line(&mut rest).unwrap();
        }
        std::thread::sleep(Duration::from_micros(random.random_range(0..1000)));
        child.kill().unwrap();
        child.wait().unwrap();
        output.read_to_string(&mut rest).unwrap();
        // The last line may be cut off.
        for line in rest.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let mut words = line.trim_end_matches('\n').splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default().to_owned();
            match word().as_str() {
                "pushed" => {
                    let (class, sequence) = (word(), word().parse().unwrap());
                    let before = pushed.insert((class.clone(), sequence), word());
                    assert_eq!(before, None, "the number {sequence} of {class} came twice");
                }
                "arrived" => drop(arrived.insert((word(), word().parse().unwrap()))),
                _ => {}
            }
        }
    }
    assert!(pushed.len() > kills as usize, "{} messages", pushed.len());
    let (mut spool, opened) = Spool::open(folder.path(), limits()).unwrap();
    for said in &opened.damage {
        // A record that was being written is no damage of one that was there.
        assert!(said.contains("the last"), "{said}");
    }
    while let Some(outgoing) = spool.take_next(|_, _| true) {
        let name = (outgoing.class.name().to_owned(), outgoing.sequence);
        if let Some(text) = pushed.get(&name) {
            assert_eq!(text.as_bytes(), outgoing.message);
        }
        for gap in &outgoing.gaps {
            assert_eq!(gap.reason, Reason::Restart, "{name:?}");
        }
        arrived.insert(name);
        spool.acknowledge(outgoing.class, outgoing.sequence);
    }
    let lost: Vec<_> = pushed.keys().filter(|name| !arrived.contains(*name)).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), pushed.len());
    println!("{kills} kills, {} messages, none lost", pushed.len());
}

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

#[test]
fn on_a_file_system_that_is_full_the_oldest_of_the_lowest_class_gives_way_and_safety_goes_on() {
    let Some(small) = Small::mount() else {
        eprintln!("skipped: mounting a small tmpfs needs root");
        return;
    };
    let (mut spool, _) = Spool::open(&small.0.path().join("spool"), Limits::same(1 << 30, 1 << 20, 64 << 10)).unwrap();
    let message = vec![b'x'; 1000];
    for _ in 0..3000 {
        spool.push(Class::Bulk, &message).unwrap();
    }
    let bulk = spool.counts(Class::Bulk);
    assert!(bulk.dropped > 1000 && bulk.messages > 500, "{bulk:?}");
    for n in 1..=800 {
        assert_eq!(spool.push(Class::Safety, &message).unwrap(), n);
    }
    let (safety, bulk) = (spool.counts(Class::Safety), spool.counts(Class::Bulk));
    assert_eq!((safety.messages, safety.dropped), (800, 0));
    assert_eq!(bulk.messages + bulk.dropped, 3000);
    spool.close().unwrap();
    let (_, opened) = Spool::open(&small.0.path().join("spool"), limits()).unwrap();
    assert_eq!(opened.damage, Vec::<String>::new());
}

/// How fast it is beside a bare file: `SINEW_SPOOL_BENCH=1`.
#[test]
fn messages_a_second() {
    if std::env::var_os("SINEW_SPOOL_BENCH").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let message = vec![b'x'; 500];
    const MESSAGES: u32 = 100_000;
    let (mut spool, _) = Spool::open(folder.path(), Limits::same(1 << 30, 1 << 20, 256 << 10)).unwrap();
    let began = Instant::now();
    for _ in 0..MESSAGES {
        spool.push(Class::Health, &message).unwrap();
    }
    spool.sync().unwrap();
    let spooled = f64::from(MESSAGES) / began.elapsed().as_secs_f64();
    let began = Instant::now();
    while let Some(outgoing) = spool.take_next(|_, _| true) {
        spool.acknowledge(outgoing.class, outgoing.sequence);
    }
    let taken = f64::from(MESSAGES) / began.elapsed().as_secs_f64();
    let mut file = std::fs::File::create(folder.path().join("bare")).unwrap();
    let began = Instant::now();
    for _ in 0..MESSAGES {
        file.write_all(&message).unwrap();
    }
    file.sync_data().unwrap();
    let bare = f64::from(MESSAGES) / began.elapsed().as_secs_f64();
    println!("messages/s: spool {spooled:.0} in, {taken:.0} out; a file appended {bare:.0}");
}
