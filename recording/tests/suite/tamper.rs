//! Whatever somebody does to a recording is found: by Sinew, and by the verifier in Python, which has none of its code.
//! `SINEW_TAMPERS` is how many cases there are, 2000 without it; `SINEW_READERS` the Python environment with the verifier's
//! packages, which `cargo xtask test` provides.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sinew_recording::{CHAIN_TOPIC, Finding, Identity, Kind, Writer, WriterOptions, verify};

use crate::common::tampered::{self, Owned};
use crate::common::{channel, options, python, string};

/// Files of the recording that is tampered with.
const FILES: usize = 3;

/// A recording of three files, and its robot.
struct Original {
    folder: tempfile::TempDir,
    identity: Identity,
}

impl Original {
    fn record(identity: Identity) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rolled = WriterOptions {
            roll_secs: Some(0.199),
            ..options(Some(&identity))
        };
        let mut writer = Writer::create(&folder.path().join("walk"), rolled).unwrap();
        writer
            .attach("walk.onnx", "application/octet-stream", &[7; 40])
            .unwrap();
        let channels = ["/one", "/two"].map(|topic| channel(&mut writer, topic));
        for n in 0..60_u64 {
            let time = 1_000_000_000 + n * 10_000_000;
            writer
                .write(channels[n as usize % 2], time, time, &string(&format!("message {n}")))
                .unwrap();
            // A chain point every ten messages.
            if n % 10 == 9 {
                writer.flush().unwrap();
            }
        }
        assert_eq!(writer.finish().unwrap().files.len(), FILES);
        Self { folder, identity }
    }

    fn file(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("walk_{number}.mcap"))
    }

    /// A folder with the same files, as links until they are written.
    fn copy_to(&self, folder: &Path) {
        fs::create_dir(folder).unwrap();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            fs::hard_link(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What somebody does.
#[derive(Debug, Clone)]
enum Tamper {
    /// A bit of a file or of its proof is another.
    Flip {
        file: usize,
        proof: bool,
        at: usize,
        bit: u8,
    },
    /// A file, or its proof, ends early.
    Truncate {
        file: usize,
        proof: bool,
        len: usize,
    },
    /// Bytes come in somewhere.
    Insert {
        file: usize,
        proof: bool,
        at: usize,
        bytes: Vec<u8>,
    },
    Change {
        file: usize,
        record: usize,
        how: u8,
    },
    Remove {
        file: usize,
        record: usize,
        count: usize,
    },
    Repeat {
        file: usize,
        record: usize,
        at: usize,
    },
    Swap {
        file: usize,
        record: usize,
        other: usize,
    },
    Move {
        file: usize,
        record: usize,
        to: usize,
    },
    /// A record of another file comes in.
    Import {
        file: usize,
        record: usize,
        at: usize,
    },
    /// A file goes, with its proof or without.
    RemoveFile {
        file: usize,
        with_proof: bool,
    },
    RemoveProof {
        file: usize,
    },
    /// Files change their names, with their proofs or without.
    SwapFiles {
        file: usize,
        with_proofs: u8,
    },
    /// A file is there twice, with its proof.
    RepeatFile {
        file: usize,
    },
}

fn tamper() -> impl Strategy<Value = Tamper> {
    let (file, place) = (0..FILES, any::<usize>());
    let bytes = prop::collection::vec(any::<u8>(), 1..20);
    prop_oneof![
        6 => (file.clone(), prop::bool::weighted(0.2), place, 0..8_u8)
            .prop_map(|(file, proof, at, bit)| Tamper::Flip { file, proof, at, bit }),
        2 => (file.clone(), any::<bool>(), place).prop_map(|(file, proof, len)| Tamper::Truncate { file, proof, len }),
        1 => (file.clone(), any::<bool>(), place, bytes)
            .prop_map(|(file, proof, at, bytes)| Tamper::Insert { file, proof, at, bytes }),
        4 => (file.clone(), place, any::<u8>()).prop_map(|(file, record, how)| Tamper::Change { file, record, how }),
        3 => (file.clone(), place, 1..8_usize).prop_map(|(file, record, count)| Tamper::Remove { file, record, count }),
        2 => (file.clone(), place, place).prop_map(|(file, record, at)| Tamper::Repeat { file, record, at }),
        2 => (file.clone(), place, place).prop_map(|(file, record, other)| Tamper::Swap { file, record, other }),
        2 => (file.clone(), place, place).prop_map(|(file, record, to)| Tamper::Move { file, record, to }),
        2 => (file.clone(), place, place).prop_map(|(file, record, at)| Tamper::Import { file, record, at }),
        1 => (file.clone(), any::<bool>()).prop_map(|(file, with_proof)| Tamper::RemoveFile { file, with_proof }),
        1 => file.clone().prop_map(|file| Tamper::RemoveProof { file }),
        1 => (file.clone(), 1..3_u8).prop_map(|(file, with_proofs)| Tamper::SwapFiles { file, with_proofs }),
        1 => file.prop_map(|file| Tamper::RepeatFile { file }),
    ]
}

impl Tamper {
    /// Does it in a folder that has a copy. False where nothing came of it, such as a record that changes places with
    /// itself.
    fn apply(&self, folder: &Path) -> bool {
        let path =
            |file: usize, proof: bool| folder.join(format!("walk_{file}.mcap{}", if proof { ".proof" } else { "" }));
        let rename = |from: &Path, to: &Path| fs::rename(from, to).unwrap();
        match self {
            Self::Flip { file, proof, at, bit } => {
                let path = path(*file, *proof);
                let mut bytes = fs::read(&path).unwrap();
                let at = at % bytes.len();
                bytes[at] ^= 1 << bit;
                replace(&path, &bytes);
            }
            Self::Truncate { file, proof, len } => {
                let path = path(*file, *proof);
                let bytes = fs::read(&path).unwrap();
                replace(&path, &bytes[..len % bytes.len()]);
            }
            Self::Insert { file, proof, at, bytes } => {
                let path = path(*file, *proof);
                let mut all = fs::read(&path).unwrap();
                let at = at % (all.len() + 1);
                all.splice(at..at, bytes.iter().copied());
                replace(&path, &all);
            }
            Self::RemoveFile { file, with_proof } => {
                fs::remove_file(path(*file, false)).unwrap();
                if *with_proof {
                    fs::remove_file(path(*file, true)).unwrap();
                }
            }
            Self::RemoveProof { file } => fs::remove_file(path(*file, true)).unwrap(),
            Self::SwapFiles { file, with_proofs } => {
                let other = (file + 1) % FILES;
                let proof = *with_proofs == 2;
                let aside = folder.join("aside");
                rename(&path(*file, proof), &aside);
                rename(&path(other, proof), &path(*file, proof));
                rename(&aside, &path(other, proof));
            }
            Self::RepeatFile { file } => {
                for proof in [false, true] {
                    let name = path(9, proof);
                    fs::copy(path(*file, proof), name).unwrap();
                }
            }
            Self::Change { file, .. }
            | Self::Remove { file, .. }
            | Self::Repeat { file, .. }
            | Self::Swap { file, .. }
            | Self::Move { file, .. }
            | Self::Import { file, .. } => {
                let records = tampered::read(&path(*file, false));
                let changed = self.rewritten(&records, &tampered::read(&path((file + 1) % FILES, false)));
                tampered::write(&path(*file, false), &changed);
                return tampered::read(&path(*file, false)) != records;
            }
        }
        true
    }

    fn rewritten(&self, records: &[Owned], others: &[Owned]) -> Vec<Owned> {
        let mut all = records.to_vec();
        let count = all.len();
        match *self {
            Self::Change { record, how, .. } => change(&mut all[record % count], how),
            Self::Remove {
                record, count: gone, ..
            } => {
                let at = record % count;
                all.drain(at..(at + gone).min(count));
            }
            Self::Repeat { record, at, .. } => all.insert(at % (count + 1), records[record % count].clone()),
            Self::Swap { record, other, .. } => all.swap(record % count, other % count),
            Self::Move { record, to, .. } => {
                let moved = all.remove(record % count);
                all.insert(to % count, moved);
            }
            Self::Import { record, at, .. } => all.insert(at % (count + 1), others[record % others.len()].clone()),
            _ => {}
        }
        all
    }
}

fn change(record: &mut Owned, how: u8) {
    match record {
        Owned::Channel {
            topic,
            schema,
            metadata,
            ..
        } => match how % 4 {
            0 => topic.push('x'),
            1 => schema.0.push('x'),
            2 => schema.2.push(b'#'),
            _ => drop(metadata.insert("x".to_owned(), String::new())),
        },
        Owned::Message {
            sequence, times, data, ..
        } => match how % 4 {
            0 => *sequence ^= 1 << (how / 8),
            1 => times[0] ^= 1 << (how / 8),
            2 => times[1] ^= 1 << (how / 8),
            _ => {
                let at = usize::from(how) % data.len();
                data[at] ^= 4;
            }
        },
        Owned::Attachment { name, times, data } => match how % 3 {
            0 => name.push('x'),
            1 => times[usize::from(how / 4) % 2] += 1,
            _ => data.push(how),
        },
        Owned::Metadata(name, map) => match how % 3 {
            0 => name.push('x'),
            1 => drop(map.insert("x".to_owned(), String::new())),
            _ => {
                let value = map.values_mut().next().unwrap();
                value.push('0');
            }
        },
    }
}

fn findings(folder: &Path, identity: &Identity) -> Vec<Finding> {
    match verify(&[folder.to_owned()], identity.public(), false) {
        Ok(report) => {
            assert_eq!(report.holds(), report.findings.is_empty());
            report.findings
        }
        Err(error) => vec![Finding {
            path: folder.to_owned(),
            kind: Kind::NotSigned,
            record: None,
            what: error.to_string(),
        }],
    }
}

fn cases() -> usize {
    std::env::var("SINEW_TAMPERS").map_or(2000, |count| count.parse().unwrap())
}

#[test]
fn what_was_recorded_holds_and_every_tamper_is_found_by_both_verifiers() {
    let original = Original::record(Identity::generate().unwrap());
    assert_eq!(findings(original.folder.path(), &original.identity), []);
    let scratch = tempfile::tempdir_in(original.folder.path().parent().unwrap()).unwrap();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = tamper();
    let mut expected = Vec::new();
    for n in 0..cases() {
        let tamper = strategy.new_tree(&mut runner).unwrap().current();
        let folder = scratch.path().join(n.to_string());
        original.copy_to(&folder);
        if !tamper.apply(&folder) {
            fs::remove_dir_all(&folder).unwrap();
            continue;
        }
        let found = findings(&folder, &original.identity);
        assert!(!found.is_empty(), "{n}: {tamper:?} was not found");
        expected.push((folder, tamper, found));
    }
    assert!(expected.len() > cases() * 8 / 10, "{}", expected.len());
    by_python(&original, expected);
}

#[test]
fn a_file_that_ends_anywhere_is_found() {
    let identity = Identity::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.mcap");
    let mut writer = Writer::create(&path, options(Some(&identity))).unwrap();
    let channel = channel(&mut writer, "/one");
    for n in 0..6 {
        writer.write(channel, n, n, &string(&n.to_string())).unwrap();
        if n == 3 {
            writer.flush().unwrap();
        }
    }
    writer.finish().unwrap();
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        replace(&path, &whole[..len]);
        let found = findings(folder.path(), &identity);
        let [found] = &found[..] else {
            panic!("{len}: {found:?}")
        };
        let is_cut = matches!(found.kind, Kind::Cut | Kind::Damaged | Kind::OtherBytes);
        assert!(is_cut, "{len} of {}: {found:?}", whole.len());
    }
    replace(&path, &whole);
    assert_eq!(findings(folder.path(), &identity), []);
}

/// File, kind, record, words.
type ByPython = (String, String, Option<u64>, String);

/// The verifier in Python finds the same, in one process for all folders, where its packages can be had.
fn by_python(original: &Original, expected: Vec<(PathBuf, Tamper, Vec<Finding>)>) {
    let Some(python) = crate::common::python() else { return };
    let key = original.folder.path().join("key.txt");
    fs::write(&key, original.identity.public().pem()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify_recording.py");
    let call = |more: &[&Path]| {
        let output = Command::new(&python)
            .arg(&script)
            .arg("--key")
            .arg(&key)
            .args(more)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.code(),
            text,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, text, errors) = call(&[original.folder.path()]);
    assert_eq!(code, Some(0), "{text}{errors}");
    for some in expected.chunks(500) {
        let mut args = vec![Path::new("--batch")];
        args.extend(some.iter().map(|(folder, ..)| folder.as_path()));
        let (code, text, errors) = call(&args);
        assert_eq!((code, text.lines().count()), (Some(0), some.len()), "{errors}");
        for (line, (folder, tamper, found)) in text.lines().zip(some) {
            let (name, by_python): (String, Vec<ByPython>) = serde_json::from_str(line).unwrap();
            assert_eq!(name, folder.file_name().unwrap().to_string_lossy());
            assert!(
                !by_python.is_empty(),
                "{name}: {tamper:?} was not found by Python: {found:?}"
            );
            let (file, kind, record, _) = &by_python[0];
            let is_named = |finding: &Finding| {
                let is_of_file = finding.path.file_name().is_some_and(|name| name == file.as_str());
                is_of_file && (finding.record == *record || finding.what.contains("of another place"))
            };
            // Python tells no changed record from a removed, added or moved one.
            assert!(
                kind != "record" || found.iter().any(is_named),
                "{name}: {tamper:?}: {:?}, {found:?}",
                by_python[0]
            );
        }
    }
}

#[test]
fn the_other_verifier_refuses_what_is_no_recording_or_no_key_in_plain_words() {
    let Some(python) = python() else { return };
    let original = Original::record(Identity::generate().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("key.pem"), original.identity.public().pem()).unwrap();
    fs::write(path("empty.mcap"), "").unwrap();
    for pipe in ["pipe", "pipe.mcap"] {
        assert!(Command::new("mkfifo").arg(path(pipe)).status().unwrap().success());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify_recording.py");
    let call = |key: &str, what: &Path| {
        let args = [script.as_path(), "--key".as_ref(), &path(key), what];
        let output = Command::new(&python).args(args).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let dev = Path::new("/dev/zero");
    let missing = path("missing.mcap");
    for (key, what) in [
        ("key.pem", path("empty.mcap").as_path()),
        ("key.pem", &path("pipe")),
        ("key.pem", dev),
        ("key.pem", &missing),
        ("empty.mcap", original.folder.path()),
        ("pipe", original.folder.path()),
        ("missing.pem", original.folder.path()),
    ] {
        let (code, said) = call(key, what);
        assert_eq!(code, Some(2), "{key}, {}: {said}", what.display());
        assert!(!said.contains("Traceback"), "{said}");
    }
    // A pipe that has a recording's name in a folder is not what was signed.
    assert_eq!(call("key.pem", folder.path()).0, Some(4));
}

#[test]
fn the_record_that_was_changed_is_named() {
    let original = Original::record(Identity::generate().unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let records = tampered::read(&original.file(1));
    let topics: std::collections::BTreeMap<u16, &String> = records
        .iter()
        .filter_map(|record| match record {
            Owned::Channel { id, topic, .. } => Some((*id, topic)),
            _ => None,
        })
        .collect();
    for (at, record) in records.iter().enumerate() {
        let Owned::Message { channel, times, .. } = record else {
            continue;
        };
        if *topics[channel] == CHAIN_TOPIC {
            continue;
        }
        let mut next = records[at + 1..].iter();
        let is_next_of_users = next
            .next()
            .is_some_and(|next| matches!(next, Owned::Message { channel, .. } if *topics[channel] != CHAIN_TOPIC));
        for (kind, changed) in [
            (Kind::Changed, {
                let mut all = records.clone();
                change(&mut all[at], 3);
                all
            }),
            (Kind::Removed, {
                let mut all = records.clone();
                all.remove(at);
                all
            }),
            (Kind::Added, {
                let mut all = records.clone();
                let mut added = record.clone();
                change(&mut added, 3);
                all.insert(at, added);
                all
            }),
            (Kind::Reordered, {
                let mut all = records.clone();
                all.swap(at, at + 1);
                all
            }),
        ] {
            // A chain point that changes places is another tamper.
            if kind == Kind::Reordered && !is_next_of_users {
                continue;
            }
            let folder = scratch.path().join(format!("{at}-{}", kind.name()));
            original.copy_to(&folder);
            tampered::write(&folder.join("walk_1.mcap"), &changed);
            let found = findings(&folder, &original.identity);
            let [found] = &found[..] else {
                panic!("{kind:?} {at}: {found:?}")
            };
            assert_eq!((found.kind, found.record), (kind, Some(at as u64)), "{found:?}");
            assert!(found.path.ends_with("walk_1.mcap"));
            if kind == Kind::Changed {
                let (topic, secs) = (topics[channel], times[0] as f64 / 1e9);
                assert!(found.what.contains(&format!("{topic:?} at {secs:.9} s")), "{found:?}");
            }
        }
    }
}
