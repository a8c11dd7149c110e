//! Whoever asks where something is finds it with one look into ARCHITECTURE.md: its map has the question, and the
//! file that it links to has the answer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// A question, and what the file that answers it has in it.
const QUESTIONS: &[(&str, &str)] = &[
    ("where is `cmd_vel` read?", "\"cmd_vel\""),
    ("where is a parameter's documentation?", "`safety.stale_secs`"),
    ("where does another policy take charge of the loop?", "const PLACES"),
    ("where does a candidate walk in simulation first?", "struct Evaluation"),
    ("where does activation start the loop?", "control.tick()"),
    ("where is the provider chosen?", "Provider"),
    ("where is the torque bound?", "torque"),
    ("where do I add a node?", "control::Control"),
    ("where do I add a gate check?", "enum Check"),
    ("where do I add a CLI command?", "enum Command"),
    ("where do I add a policy dialect?", "mjlab"),
    ("where do I add a robot?", "robot_description"),
    ("where do robot files become nodes?", "fn nodes("),
    ("where is an engine chosen, and what is one?", "trait Physics"),
    ("where is a file read and its sections merged?", "struct ParameterFiles"),
    ("where is a recording written, and signed?", "struct Writer"),
    ("where is a recording verified?", "fn verify"),
    ("where do I read what a loop does?", "struct TapReader"),
    (
        "where is decided what of a recording leaves the robot?",
        "struct Filter",
    ),
    (
        "where is decided which release may be in charge of a robot?",
        "fn after(",
    ),
    ("where is a release brought to a robot?", "struct Updates"),
    ("where does somebody else's thread tick the loop?", "pub fn host("),
    ("where does a recording become a data set?", "pub fn export("),
    (
        "where are messages read whose type is known from a schema alone?",
        "pub struct Schema",
    ),
    (
        "where is a release of a model published, and verified?",
        "pub struct Repository",
    ),
    (
        "where does a robot become a model for another simulator?",
        "pub fn export(",
    ),
    ("where does Gazebo start?", "class Gazebo"),
    (
        "where is a repository of releases read and written, in a folder, a bucket, a registry?",
        "enum Source",
    ),
    (
        "where are the Debian package and the image made, and tried?",
        "mod boot;",
    ),
    ("where is systemd's watchdog fed?", "NotifyState::Watchdog"),
    ("where is an object store reached?", "pub fn connect("),
    ("where do I report something on `/diagnostics`?", "pub"),
    (
        "where is a machine's hardware read, and where is decided what is done where it is too hot?",
        "pub struct Readings",
    ),
    ("where is a metric named for Prometheus?", "fn named("),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The first file that the map links to in answer to a question.
fn answer(map: &str, question: &str) -> Option<PathBuf> {
    let row = map.lines().find(|line| line.starts_with(&format!("| {question} |")))?;
    let link = row.split("](").nth(1)?.split(')').next()?;
    Some(root().join(link))
}

#[test]
fn every_question_of_a_newcomer_is_one_step_from_its_answer() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (question, found_there) in QUESTIONS {
        let file = answer(&map, question).unwrap_or_else(|| panic!("no answer: {question}"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(
            text.contains(found_there),
            "{question} {} has no {found_there}",
            file.display()
        );
    }
    let rows = map.lines().filter(|line| line.starts_with("| where ")).count();
    assert_eq!(rows, QUESTIONS.len(), "a question of the map that no test holds");
}
