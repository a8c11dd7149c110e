//! What a process leaves behind that is killed while it records.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sinew_recording::{CHAIN_TOPIC, Identity, Kind, Reader, Writer, WriterOptions, repair, verify};

use crate::common::{channel, string};

/// Set for the process that is killed: the folder that it records into.
const FOLDER: &str = "SINEW_TEST_RECORDS_INTO";

/// Records until it is killed, and says how many messages are in chunks that were closed.
#[test]
fn record_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let options = WriterOptions {
        chunk_bytes: 2_000,
        identity: Some(Identity::load(&folder.join("identity")).unwrap()),
        ..WriterOptions::default()
    };
    let mut writer = Writer::create(&folder.join("walk.mcap"), options).unwrap();
    let channel = channel(&mut writer, "/one");
    for n in 0_u64.. {
        writer.write(channel, n, n, &string(&format!("message {n}"))).unwrap();
        if n % 40 == 39 {
            writer.flush().unwrap();
            println!("flushed {}", n + 1);
        }
    }
}

#[test]
fn a_writer_that_is_killed_loses_its_last_chunk_at_most() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::create(&folder.path().join("identity"), false).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "power_cut::record_until_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let flushed_of = |line: String| {
            line.split("flushed ")
                .nth(1)
                .and_then(|count| count.parse::<u64>().ok())
        };
        let mut flushed = lines.find_map(flushed_of).unwrap();
        let wait = (0..40_000_u64).new_tree(&mut runner).unwrap().current();
        std::thread::sleep(Duration::from_micros(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        flushed = lines.filter_map(flushed_of).last().unwrap_or(flushed);

        let path = folder.path().join("walk.mcap");
        let reader = Reader::open(&path).unwrap();
        assert!(!reader.info().is_complete);
        let whole = folder.path().join("whole.mcap");
        let repaired = repair(&path, &whole, Some(identity.public())).unwrap();
        let of_user = |path: &Path| {
            let messages = Reader::open(path).unwrap().messages().unwrap();
            let readable = messages.map_while(Result::ok);
            let messages: Vec<_> = readable
                .filter(|message| message.channel.topic != CHAIN_TOPIC)
                .collect();
            for (n, message) in messages.iter().enumerate() {
                assert_eq!(message.data, string(&format!("message {n}")));
            }
            messages.len() as u64
        };
        let count = of_user(&path);
        assert!(
            count >= flushed,
            "round {round}: {count} of {flushed} that were on the disk"
        );
        assert_eq!(of_user(&whole), count);
        assert!(Reader::open(&whole).unwrap().info().is_complete);
        // Forty messages make a chunk; a chain point is the last record of each.
        let proven = repaired.proven.unwrap();
        assert!(
            proven + 1 >= repaired.records.saturating_sub(45) && proven >= flushed,
            "{repaired:?}"
        );
        let report = verify(&[path], identity.public(), false).unwrap();
        assert_eq!(report.findings[0].kind, Kind::NoProof, "{report:?}");
        assert_eq!(report.findings[0].record, Some(proven));
    }
}
