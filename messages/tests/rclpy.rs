//! rclpy, an independent peer, reads what Sinew writes and writes what Sinew reads, for every shipped message.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use sinew_messages::{Message, cdr, for_each_message, for_each_request_and_response};

/// The packages that no wheel has: where there is no ROS 2 installation, they have no peer here. Those of Sinew
/// are read from recordings by readers that know only their definitions (`schemas.rs`).
const WITHOUT_WHEEL: [&str; 4] = ["controller_manager_msgs/", "sinew_msgs/", "tf2_msgs/", "vision_msgs/"];
const MESSAGES_PER_TYPE: u64 = 8;

#[test]
fn rclpy_reads_what_sinew_writes() {
    let checks = checks();
    let mut sent = String::new();
    for (name, check) in &checks {
        for seed in 0..MESSAGES_PER_TYPE {
            sent += &format!("{name} {}\n", hex(&(check.written)(seed)));
        }
    }
    let Some(answers) = peer(&["echo"], sent) else { return };
    for (name, messages) in by_type(&answers, &checks) {
        for (seed, bytes) in (0..).zip(messages) {
            (checks[name].is_what_was_written)(seed, &bytes);
        }
    }
}

#[test]
fn sinew_writes_the_bytes_that_rclpy_writes() {
    let checks = checks();
    let sent = checks.keys().map(|name| format!("{name}\n")).collect();
    let Some(answers) = peer(&["make", "7", &MESSAGES_PER_TYPE.to_string()], sent) else {
        return;
    };
    for (name, messages) in by_type(&answers, &checks) {
        for theirs in messages {
            let ours = (checks[name].rewritten)(&theirs);
            // rmw estimates the length, and never too low.
            assert!(theirs.len() >= ours.len(), "{name}\n{}\n{}", hex(&ours), hex(&theirs));
            // Fast-CDR leaves in its padding what was in the memory; Sinew writes zeros.
            let differs = |(ours, theirs): (&u8, &u8)| *ours != 0 && ours != theirs;
            assert!(
                !ours.iter().zip(&theirs).any(differs),
                "{name}\n{}\n{}",
                hex(&ours),
                hex(&theirs)
            );
        }
    }
}

/// What can be asked of a message type.
struct Check {
    written: fn(u64) -> Vec<u8>,
    is_what_was_written: fn(u64, &[u8]),
    rewritten: fn(&[u8]) -> Vec<u8>,
}

fn checks() -> BTreeMap<&'static str, Check> {
    let mut checks = BTreeMap::new();
    macro_rules! add {
        ($message:ty) => {{
            let check = Check {
                written: |seed| written(&made_up::<$message>(seed)),
                is_what_was_written: |seed, bytes| assert_eq!(read::<$message>(bytes), made_up::<$message>(seed)),
                rewritten: |bytes| written(&read::<$message>(bytes)),
            };
            checks.insert(<$message>::TYPE, check);
        }};
    }
    for_each_message!(add);
    for_each_request_and_response!(add);
    checks
}

/// A random message. ROS 2 bounds a sequence only in the descriptors of parameters, to one element.
fn made_up<M: Message>(seed: u64) -> M {
    random::message(seed, if M::TYPE.contains("Descri") { 1 } else { 6 })
}

fn written<M: Message>(message: &M) -> Vec<u8> {
    let mut bytes = Vec::new();
    cdr::encode(message, &mut bytes).unwrap();
    bytes
}

fn read<M: Message>(bytes: &[u8]) -> M {
    cdr::decode(bytes).unwrap()
}

/// What `peer.py` answers, or None where there is no ROS environment.
fn peer(arguments: &[&str], input: String) -> Option<String> {
    let Some(environment) = std::env::var_os("SINEW_ROS") else {
        eprintln!("skipped: `cargo xtask ros` makes the ROS environment that SINEW_ROS must name");
        return None;
    };
    let mut child = Command::new(Path::new(&environment).join("bin/python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer.py"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "peer.py ended with {}", output.status);
    writer.join().unwrap().unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The messages in `peer.py`'s answer. Every type must be there.
fn by_type<'a>(answer: &'a str, checks: &BTreeMap<&str, Check>) -> BTreeMap<&'a str, Vec<Vec<u8>>> {
    let mut messages: BTreeMap<&str, Vec<Vec<u8>>> = BTreeMap::new();
    for line in answer.lines() {
        if let Some((name, digits)) = line.split_once(' ') {
            messages.entry(name).or_default().push(unhex(digits));
        } else {
            assert!(
                WITHOUT_WHEEL.iter().any(|package| line.starts_with(package)),
                "rclpy knows no {line}"
            );
        }
    }
    for name in checks
        .keys()
        .filter(|name| !WITHOUT_WHEEL.iter().any(|package| name.starts_with(package)))
    {
        assert_eq!(
            messages.get(name).map(Vec::len),
            Some(MESSAGES_PER_TYPE as usize),
            "{name}"
        );
    }
    messages
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |start| u8::from_str_radix(&digits[start..start + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}
