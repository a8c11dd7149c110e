//! What a robot says of its releases: a file for each robot, in a folder or out of its telemetry.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::rollout::Subscriber;
use crate::store::{Barred, Stage, State};

/// Longest report, bytes.
const MOST_BYTES: u64 = 1 << 20;
/// Most reports that are read of a folder.
const MOST_REPORTS: usize = 100_000;

/// What a robot says of its releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotReport {
    /// The robot.
    pub robot: String,
    /// The channel that it follows.
    pub channel: String,
    /// The groups that it belongs to.
    pub groups: Vec<String>,
    /// When it said so, seconds since 1970 by its clock.
    pub at_secs: u64,
    /// The version in charge, such as `strider_walk-3`; empty where there is none.
    pub in_charge: String,
    /// Its slot.
    pub slot: String,
    /// Whether it is still watched.
    pub on_probation: bool,
    /// The version that may follow, and how far it has come.
    pub candidate: Option<(String, Stage)>,
    /// The versions that are not tried again, and why.
    pub barred: BTreeMap<String, Barred>,
    /// The version that an operator holds.
    pub pinned: Option<String>,
}

impl RobotReport {
    /// Of what a robot's store knows.
    pub fn of(subscriber: &Subscriber, at_secs: u64, state: &State) -> Self {
        Self {
            robot: subscriber.robot.clone(),
            channel: subscriber.channel.clone(),
            groups: subscriber.groups.clone(),
            at_secs,
            in_charge: state
                .release_in_charge()
                .map_or_else(String::new, |release| release.version.clone()),
            slot: state.in_charge().name().to_owned(),
            on_probation: state.is_on_probation(),
            candidate: state
                .candidate()
                .map(|(_, held)| (held.release.version.clone(), held.stage)),
            barred: state.barred().clone(),
            pinned: state.pinned().map(str::to_owned),
        }
    }

    /// Who says so.
    pub fn subscriber(&self) -> Subscriber {
        Subscriber {
            robot: self.robot.clone(),
            channel: self.channel.clone(),
            groups: self.groups.clone(),
        }
    }

    /// Writes it into a folder of reports, in the place of what the robot said before.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || "_-".contains(c) {
                c
            } else {
                '_'
            }
        };
        let name: String = self.robot.chars().take(200).map(plain).collect();
        sinew_files::replace(&folder.join(name + ".json"), &serde_json::to_vec(self)?, 0o644)
    }
}

/// Reads all reports of a folder, and says which files are none.
///
/// # Errors
/// Where the folder cannot be read, or has too many files.
pub fn read_reports(folder: &Path) -> io::Result<(Vec<RobotReport>, Vec<String>)> {
    let (mut reports, mut complaints) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        if reports.len() + complaints.len() >= MOST_REPORTS {
            return Err(io::Error::other(format!(
                "expected at most {MOST_REPORTS} reports, found more"
            )));
        }
        let read = sinew_files::read(&path, MOST_BYTES).map_err(|error| error.to_string());
        let report = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
        match report {
            Ok(report) => reports.push(report),
            Err(reason) => complaints.push(format!("{}: {reason}", path.display())),
        }
    }
    reports.sort_by(|one: &RobotReport, other| one.robot.cmp(&other.robot));
    Ok((reports, complaints))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_robots_say_is_read_as_it_was_written_and_what_is_no_report_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let robot = |robot: &str| Subscriber {
            robot: robot.to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        };
        let mut first = RobotReport::of(&robot("../strider"), 1, &State::default());
        first.barred.insert(
            "walk-2".to_owned(),
            Barred::RolledBack {
                rule: "fell".to_owned(),
            },
        );
        let second = RobotReport::of(&robot("bh"), 2, &State::default());
        for report in [&first, &second, &second] {
            report.write(folder.path()).unwrap();
        }
        std::fs::write(folder.path().join("torn.json"), "{").unwrap();
        std::fs::write(folder.path().join("readme.txt"), "").unwrap();
        let (reports, complaints) = read_reports(folder.path()).unwrap();
        assert_eq!(reports, [first, second]);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("torn.json"), "{complaints:?}");
    }
}
