//! `sinew run`, `up`, `plan`, `policy check` and `eval` read a robot's files alike: what one takes the others take, and
//! what one refuses the others refuse, with the same words.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::root;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use tempfile::TempDir;

fn sinew(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(root())
        .output()
        .unwrap()
}

/// Each way to read a file: for a moment only.
const WAYS: [(&str, &[&str]); 3] = [
    ("run", &["--pace", "fast", "--seconds", "0.01"]),
    ("up", &["--seconds", "0.2"]),
    ("plan", &[]),
];

/// What came of it: nothing, where the files were taken, else the error.
fn outcome(way: (&str, &[&str]), files: &[PathBuf]) -> Result<String, String> {
    let files = files.iter().map(|file| file.to_str().unwrap());
    let args: Vec<&str> = std::iter::once(way.0)
        .chain(files)
        .chain(way.1.iter().copied())
        .collect();
    let output = sinew(&args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        // A robot that falls in such a moment was taken, too.
        Some(0 | 3) => Ok(said),
        Some(2) => {
            let error = said
                .find("error: ")
                .unwrap_or_else(|| panic!("{args:?} says no error: {said}"));
            Err(said[error..].to_owned())
        }
        other => panic!("{args:?} ended with {other:?}: {said}"),
    }
}

/// What came of it in every way, which is one and the same.
fn agreed(files: &[PathBuf]) -> Result<(), String> {
    let outcomes = WAYS.map(|way| outcome(way, files).map(drop));
    for (way, other) in WAYS.iter().zip(&outcomes) {
        assert_eq!(
            other,
            &outcomes[0],
            "{} and {} disagree about {}",
            way.0,
            WAYS[0].0,
            std::fs::read_to_string(&files[0]).unwrap_or_default()
        );
    }
    outcomes.into_iter().next().unwrap()
}

/// A file of the repository, with its paths made absolute.
fn shipped(name: &str) -> String {
    let root = root().canonicalize().unwrap();
    let text = std::fs::read_to_string(root.join("launch/robots").join(name)).unwrap();
    let text = text.replace("../../", &format!("{}/", root.display()));
    text.replace("extends: ", &format!("extends: {}/launch/robots/", root.display()))
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn parameters_outside_their_ranges_are_refused_with_the_same_words() {
    let folder = TempDir::new().unwrap();
    let cases = [
        (
            "follow: {ros__parameters: {max_speed_m_s: 50}}",
            "node `follow`: `max_speed_m_s`: expected double from 0.0 to 10.0, found 50.0",
        ),
        (
            "perception: {ros__parameters: {threshold: 7}}",
            "node `perception`: `threshold`: expected double from 0.0 to 1.0, found 7.0",
        ),
        (
            "control: {ros__parameters: {realtime: {priority: 5000}}}",
            "node `control`: `realtime.priority`: expected",
        ),
        (
            "perception: {ros__parameters: {cameras: [left, right]}}",
            "node `perception`: `cameras`: expected the simulator's camera alone, camera, found left, which nobody",
        ),
        (
            "follow: {ros__parameters: {camera_name: front}}",
            "node `follow`: `camera_name`: expected a camera that `perception` looks at: camera; found front",
        ),
        (
            "sim: {ros__parameters: {scene: {rate_hz: 0}}}",
            "node `sim`: `scene.rate_hz`: expected above 0, for `perception` needs a camera",
        ),
        (
            "folow: {ros__parameters: {target: ball}}",
            "no such node; did you mean `follow`?",
        ),
        (
            "/**: {ros__parameters: {use_sim_tme: true}}",
            "did you mean `use_sim_time`?",
        ),
        ("control: {ros__parameters: {rate: 200}}", "`rate`: no such parameter"),
        ("follow: {ros__parameters: {target: zebra}}", "expected a class of"),
        ("sim: {ros__parameters: {keyframe: squat}}", "squat"),
    ];
    let ball = write(&folder, "ball.yaml", &shipped("strider_ball.yaml"));
    for (more, words) in cases {
        let refused = agreed(&[ball.clone(), write(&folder, "more.yaml", more)]);
        let refused = refused.expect_err(more);
        assert!(refused.contains(words), "{more}: {refused}");
    }
}

#[test]
fn what_is_meant_for_others_is_taken() {
    let folder = TempDir::new().unwrap();
    let strider = write(&folder, "strider.yaml", &shipped("strider.yaml"));
    for more in [
        "/**: {ros__parameters: {use_sim_time: false}}",
        "my_node: {ros__parameters: {speed: 1.0}}",
        "/left/sim: {ros__parameters: {seed: 7}}",
        "camera: {ros__parameters: {source: /dev/video0}}",
    ] {
        let files = [strider.clone(), write(&folder, "more.yaml", more)];
        assert_eq!(agreed(&files), Ok(()), "{more}");
    }
}

#[test]
fn a_camera_of_another_name_is_one_name_for_all() {
    let folder = TempDir::new().unwrap();
    let ball = write(&folder, "ball.yaml", &shipped("strider_ball.yaml"));
    let front = write(
        &folder,
        "front.yaml",
        "perception: {ros__parameters: {cameras: [front]}}",
    );
    let said = outcome(("up", &["--seconds", "3"]), &[ball, front]).unwrap();
    assert!(said.contains("searching") || said.contains("approaching"), "{said}");
}

#[test]
fn a_detector_without_follow_is_started_by_all_who_start_nodes() {
    let folder = TempDir::new().unwrap();
    let text = shipped("strider_ball.yaml");
    let (without, _) = text.split_once("\nfollow:").unwrap();
    let file = write(&folder, "seeing.yaml", without);
    let plan = sinew(&["plan", file.to_str().unwrap(), "--json"]);
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let names: Vec<&str> = plan["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["control", "sim", "perception", "course"]);
    assert_eq!(plan["commander"], "course");
    let said = outcome(("up", &["--seconds", "2"]), &[file]).unwrap();
    assert!(said.contains("spotter.onnx"), "{said}");
}

/// The blocks of YAML in a document that are whole robot files.
fn robot_files(document: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(document).unwrap();
    let blocks = text
        .split("```yaml\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    blocks
        .filter(|block| block.contains("robot_description"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_robot_file_of_the_documents_is_taken_in_every_way() {
    let root = root().canonicalize().unwrap();
    let go1 = root.join("../shared/robots/unitree_go1");
    let mut documents = vec![root.join("README.md")];
    documents.extend(
        std::fs::read_dir(root.join("docs"))
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    let mut seen = 0;
    for document in documents
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
    {
        for block in robot_files(document) {
            let folder = TempDir::new().unwrap();
            for name in ["sim", "models"] {
                std::os::unix::fs::symlink(root.join(name), folder.path().join(name)).unwrap();
            }
            seen += 1;
            if block.contains("go1/") {
                if !go1.is_dir() {
                    eprintln!(
                        "skipped: ../shared/robots/unitree_go1 is missing, for {}",
                        document.display()
                    );
                    continue;
                }
                std::os::unix::fs::symlink(&go1, folder.path().join("go1")).unwrap();
            }
            let file = write(&folder, "robot.yaml", &block);
            assert_eq!(agreed(&[file]), Ok(()), "{}", document.display());
        }
    }
    assert!(seen >= 2, "{seen}");
}

/// One change of a text that somebody might make by mistake.
fn mutated(text: &str, rng: &mut Pcg64Mcg) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let keyed: Vec<usize> = (0..lines.len())
        .filter(|&i| lines[i].contains(": ") && !lines[i].trim_start().starts_with('#'))
        .collect();
    let i = keyed[rng.random_range(0..keyed.len())];
    let (key, value) = lines[i]
        .split_once(": ")
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .unwrap();
    const VALUES: [&str; 12] = [
        "-1", "0", "1e9", ".nan", ".inf", "true", "text", "[]", "{}", "null", "[1, 2]", "'3'",
    ];
    match rng.random_range(0..5) {
        0 => lines[i] = format!("{key}: {}", VALUES[rng.random_range(0..VALUES.len())]),
        1 => {
            lines.remove(i);
        }
        2 => {
            let mut letters: Vec<char> = key.chars().collect();
            let first = letters.iter().position(|c| c.is_alphabetic()).unwrap();
            let second = (first + 1).min(letters.len() - 1);
            letters.swap(first, second);
            lines[i] = format!("{}: {value}", letters.into_iter().collect::<String>());
        }
        3 => lines.insert(i, lines[i].clone()),
        _ => lines[i] = format!(" {}", lines[i]),
    }
    lines.join("\n")
}

/// Each case starts three programs: there are few, unless more are asked for.
#[test]
fn a_mutated_file_is_taken_or_refused_alike() {
    let cases: u64 = std::env::var("SINEW_FILE_CASES").map_or(12, |cases| cases.parse().unwrap());
    let texts = ["strider.yaml", "strider_ball.yaml"].map(shipped);
    let mut refused = 0;
    for case in 0..cases {
        let mut rng = Pcg64Mcg::seed_from_u64(case);
        let folder = TempDir::new().unwrap();
        let text = mutated(&texts[case as usize % texts.len()], &mut rng);
        refused += usize::from(agreed(&[write(&folder, "robot.yaml", &text)]).is_err());
    }
    assert!(refused > 0, "no mutation was one that is refused");
}
