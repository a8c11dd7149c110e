//! The script by which a trained policy becomes a release, as a team's own test runner calls it: `deploy/ci/release_model.sh`.
#![cfg(all(feature = "release", feature = "run"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use common::root;
use sinew_releases::fleet::RobotReport;
use sinew_releases::rollout::Subscriber;
use sinew_releases::store::{Barred, State};
use tempfile::TempDir;

/// Few and short: what is tested is the way, not the policy.
const CHANNELS: &str =
    "channels:\n  stable: {min_episodes: 2, min_survival: 1.0, max_velocity_error_mps: 0.4, min_seconds: 3}\n";

struct Team {
    folder: TempDir,
}

impl Team {
    /// With a repository, and ten robots that report what `of` makes of each.
    fn new(of: impl Fn(&mut RobotReport)) -> Self {
        let folder = TempDir::new().unwrap();
        let team = Self { folder };
        std::fs::write(team.path().join("channels.yaml"), CHANNELS).unwrap();
        let init = [
            "release",
            "init",
            "--repo",
            "repo",
            "--keys",
            "keys",
            "--channels",
            "channels.yaml",
        ];
        let made = Command::new(env!("CARGO_BIN_EXE_sinew"))
            .args(init)
            .current_dir(team.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let reports = team.path().join("reports");
        std::fs::create_dir(&reports).unwrap();
        for robot in 0..10 {
            let subscriber = Subscriber {
                robot: format!("robot-{robot}"),
                channel: "stable".to_owned(),
                groups: Vec::new(),
            };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let mut report = RobotReport::of(&subscriber, now.as_secs(), &State::default());
            of(&mut report);
            report.write(&reports).unwrap();
        }
        team
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn release(&self, more: &[(&str, &str)]) -> (Output, String) {
        let mut script = Command::new(root().join("deploy/ci/release_model.sh"));
        script
            .arg(root().join("models/strider/walk.onnx"))
            .current_dir(self.path())
            .env("SINEW", env!("CARGO_BIN_EXE_sinew"))
            .env("ROBOT", root().join("launch/robots/strider.yaml"))
            .envs([
                ("NAME", "walk"),
                ("REPO", "repo"),
                ("KEYS", "keys"),
                ("EPISODES", "2"),
                ("SECONDS_EACH", "3"),
            ])
            .envs([("REPORTS", "reports"), ("SOAK", "0"), ("EVERY", "1")])
            .envs(more.iter().copied());
        let output = script.output().unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        (output, said)
    }
}

#[test]
fn a_model_that_walks_is_published_and_goes_to_all_robots_where_they_settle_on_it() {
    let team = Team::new(|report| report.in_charge = "walk-1".to_owned());
    let (output, said) = team.release(&[]);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for expected in ["survived 100.0 %", "walk-1 goes to 25 %", "walk-1 goes to 100 %"] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_rollout_that_robots_take_back_ends_halted_with_a_code_of_its_own() {
    let team = Team::new(|report| {
        let barred = Barred::RolledBack {
            rule: "stop".to_owned(),
        };
        report.barred.insert("walk-1".to_owned(), barred);
    });
    let (output, said) = team.release(&[("ROLLOUT", "100%")]);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("walk-1 is halted: 10 of 10 robots"), "{said}");
}

#[test]
fn a_model_below_its_channels_bar_is_not_published() {
    let team = Team::new(|_| {});
    let (output, said) = team.release(&[("EPISODES", "1")]);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("at least 2 episodes, found 1"), "{said}");
    assert!(!said.contains("== 3 of 4"), "{said}");
}
