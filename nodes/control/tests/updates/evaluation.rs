//! A candidate that has to walk in simulation first, whatever becomes of the program that lets it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sinew_node_control::updates::{EvaluationParams, UpdateParams};
use sinew_releases::store::{Barred, Stage, Told};

use crate::strider::Strider;
use crate::{a_little_off, params};

/// Longer than any of them may take.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(1);

/// The end of a program that says what an evaluation says, of the model that it was given, which is the argument after
/// `--policy`.
const ANSWERS: &str = r#"
while [ "$1" != --policy ]; do shift; done
sha256=$(sha256sum "$2/walk.onnx" | cut -d ' ' -f 1)
echo '3 of 4 episodes, 0 lost' >&2
echo "{\"policy\":{\"sha256\":\"$sha256\"},\"episodes\":4,\"survival\":$survival,\"velocity_error_mps\":0.1}"
"#;

/// A Strider that walks, and a second version that `program` evaluates.
struct Evaluated {
    strider: Strider,
    version: String,
    folder: tempfile::TempDir,
}

impl Evaluated {
    fn by(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (text, program) = (folder.path().join("text"), folder.path().join("program"));
        fs::write(&text, format!("#!/bin/sh\ncd {}\n{script}", folder.path().display())).unwrap();
        // By another process: what another test starts meanwhile has no file open that is to be run.
        let installed = Command::new("install").arg("-m755").args([&text, &program]).status();
        assert!(installed.unwrap().success());
        Self::by_program(program, folder)
    }

    fn by_program(program: PathBuf, folder: tempfile::TempDir) -> Self {
        let params = UpdateParams {
            eval: EvaluationParams {
                files: vec!["robot.yaml".into()],
                episodes: 4,
                budget_secs: 3.0,
                ..EvaluationParams::default()
            },
            ..params()
        };
        let mut strider = Strider::new(params);
        strider.updates = strider.updates.evaluated_by(program);
        strider.run(4.0);
        let (_, contract) = strider.policy();
        let version = strider.stage(&contract, a_little_off);
        Self {
            strider,
            version,
            folder,
        }
    }

    /// Walks until something is told of the version.
    fn until(&mut self, what: &str) -> Told {
        let began = Instant::now();
        let known = self.strider.told.len();
        while began.elapsed() < PATIENCE {
            self.strider.tick();
            sleep(LOOK);
            if let Some(told) = self.strider.told[known..].iter().find(|told| told.what == what) {
                assert_eq!(told.version, self.version);
                return told.clone();
            }
        }
        panic!("not {what}: {:?}", self.strider.told);
    }

    /// Walks until the version is refused, for a reason with these words.
    fn expect_refused(mut self, words: &[&str]) {
        let refused = self.until("refused");
        for word in words {
            assert!(refused.reason.contains(word), "{refused}");
        }
        let status = self.strider.store.status().unwrap();
        let barred = status.state.barred().get(&self.version);
        assert!(matches!(barred, Some(Barred::Refused { .. })), "{barred:?}");
        assert!(self.strider.updates.in_charge().starts_with("factory_"));
        self.strider.expect_walking();
    }

    /// What the program has written into a file.
    fn written(&mut self, file: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            self.strider.tick();
            sleep(LOOK);
            let text = fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
            if text.ends_with('\n') {
                return text;
            }
        }
        panic!("{file} is not written");
    }
}

#[test]
fn one_that_walks_well_enough_in_simulation_is_admitted_with_its_numbers() {
    let mut evaluated = Evaluated::by(&format!("survival=1.0\n{ANSWERS}"));
    let begun = evaluated.until("in simulation");
    assert!(begun.reason.contains("4 episodes of 10 s, with "), "{begun}");
    let admitted = evaluated.until("admitted");
    let words = "in simulation 100.0 % of 4 episodes of 10 s survived, 0.100 m/s off the command";
    assert!(admitted.reason.contains(words), "{admitted}");
    evaluated.strider.expect_walking();
}

#[test]
fn one_below_the_bar_is_refused_with_its_numbers() {
    let evaluated = Evaluated::by(&format!("survival=0.75\n{ANSWERS}"));
    evaluated.expect_refused(&["eval: expected at least 95.0 % survived", "found 75.0 % of 4 episodes"]);
}

#[test]
fn a_result_of_another_policy_is_refused() {
    let other = r#"echo '{"policy":{"sha256":"ab"},"episodes":4,"survival":1,"velocity_error_mps":0}'"#;
    Evaluated::by(other).expect_refused(&["eval: expected 4 episodes of the policy ", "found 4 of ab"]);
}

#[test]
fn a_result_without_a_velocity_error_is_refused() {
    let script = format!("survival=1.0\n{ANSWERS}").replace("_mps\\\":0.1", "_mps\\\":null");
    assert!(script.contains(":null"), "{script}");
    Evaluated::by(&script).expect_refused(&["eval: expected at least", "nobody knows how far off the command"]);
}

#[test]
fn a_program_that_hangs_is_ended_with_the_budget_which_says_how_far_it_was() {
    let hangs = "echo '2 of 4 episodes, 1 lost' >&2\necho $$ > pid\nexec sleep 1000\n";
    let mut evaluated = Evaluated::by(hangs);
    let process = Path::new("/proc").join(evaluated.written("pid").trim());
    assert!(process.exists());
    evaluated.expect_refused(&["eval: expected 4 episodes within 3 s, found 2 on this machine"]);
    assert!(!process.exists());
}

#[test]
fn a_program_without_a_result_is_begun_three_times_and_what_it_said_last_is_told() {
    for (script, words) in [
        ("echo garbage", "its result: "),
        ("kill -9 $$", "signal: 9"),
        (
            "echo 'error: no such robot' >&2; exit 2",
            "exit status: 2: error: no such robot",
        ),
        ("exec yes", "signal: 13"),
    ] {
        let script = format!("echo begun >> attempts\n{script}\n");
        let mut evaluated = Evaluated::by(&script);
        evaluated.until("in simulation");
        let folder = std::mem::replace(&mut evaluated.folder, tempfile::tempdir().unwrap());
        evaluated.expect_refused(&["eval: expected a result, found none in 3 attempts: ", words]);
        let attempts = fs::read_to_string(folder.path().join("attempts")).unwrap();
        assert_eq!(attempts.lines().count(), 3, "{script}");
    }
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("sinew");
    Evaluated::by_program(program, folder).expect_refused(&["found none in 3 attempts: ", "sinew: No such file"]);
}

#[test]
fn the_program_gets_only_what_nobody_else_wants_and_ends_with_the_node() {
    // Of a process of its own: it has what the shell has.
    let mut evaluated = Evaluated::by("cat /proc/self/stat > stat\necho $$ > pid\nexec sleep 1000\n");
    let stat = evaluated.written("stat");
    let process = Path::new("/proc").join(evaluated.written("pid").trim());
    // After the name in brackets: the nineteenth field of all is the nice value, the forty-first the scheduling class.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split_whitespace().collect();
    assert_eq!((fields[19 - 3], fields[41 - 3]), ("19", "5"), "{stat}");
    let own = fs::read_to_string("/proc/thread-self/stat").unwrap();
    let own: Vec<&str> = own.rsplit_once(") ").unwrap().1.split_whitespace().collect();
    assert_ne!(own[41 - 3], "5", "what starts it keeps its own");
    assert!(process.exists());
    drop(evaluated);
    assert!(!process.exists());
}

#[test]
fn a_version_that_is_taken_away_meanwhile_ends_its_evaluation() {
    let mut evaluated = Evaluated::by("echo $$ > pid\nexec sleep 1000\n");
    let process = Path::new("/proc").join(evaluated.written("pid").trim());
    assert_eq!(evaluated.strider.updates.candidate().unwrap().1, Stage::Admission);
    assert!(evaluated.strider.updates.promote().is_err(), "it is not admitted");
    evaluated.strider.store.refuse(&evaluated.version, "yanked").unwrap();
    evaluated.strider.run(0.2);
    assert_eq!(evaluated.strider.updates.candidate(), None);
    assert!(!process.exists());
}
