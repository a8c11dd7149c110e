//! What robots said last, collected from messages that come twice, late or from nobody who may send them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::folder::{MOST_REPORTS, read_reports};
use super::report::RobotReport;

/// How far a robot's clock may be ahead of the collector's, s. A report from further ahead would be taken for the newest until
/// that time.
const MOST_AHEAD_SECS: u64 = 24 * 3600;

/// Why a report is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotKept {
    /// The robot has said something newer, or the same.
    #[error("{robot} has said something newer")]
    Older {
        /// The robot.
        robot: String,
    },
    /// The clock of the robot is wrong.
    #[error("the clock of {robot} is {secs} s ahead; expected at most {MOST_AHEAD_SECS}")]
    Ahead {
        /// The robot.
        robot: String,
        /// By how much, s.
        secs: u64,
    },
    /// There are too many robots.
    #[error("expected at most {MOST_REPORTS} robots, found more: {robot} is left out")]
    TooMany {
        /// The robot.
        robot: String,
    },
}

/// The newest report of each robot, in memory, and in a folder where there is one.
#[derive(Debug, Default)]
pub struct Collection {
    reports: BTreeMap<String, RobotReport>,
    folder: Option<PathBuf>,
    /// The robots whose report is not in the folder yet.
    unsaved: BTreeSet<String>,
}

impl Collection {
    /// That of a folder, which is made where it is not there, with what robots said before; says which files are no reports.
    ///
    /// # Errors
    /// Where the folder cannot be made or read.
    pub fn open(folder: &Path) -> io::Result<(Self, Vec<String>)> {
        std::fs::create_dir_all(folder)?;
        let (reports, complaints) = read_reports(folder)?;
        let reports = reports.into_iter().map(|report| (report.robot.clone(), report));
        let collection = Self {
            reports: reports.collect(),
            folder: Some(folder.to_owned()),
            unsaved: BTreeSet::new(),
        };
        Ok((collection, complaints))
    }

    /// Keeps a report in the place of what the robot said before. `now_secs` is the time, seconds since 1970.
    ///
    /// # Errors
    /// Why it is not kept.
    pub fn keep(&mut self, report: RobotReport, now_secs: u64) -> Result<(), NotKept> {
        let robot = report.robot.clone();
        let ahead = report.at_secs.saturating_sub(now_secs);
        if ahead > MOST_AHEAD_SECS {
            return Err(NotKept::Ahead { robot, secs: ahead });
        }
        match self.reports.get(&robot) {
            Some(known) if !report.is_after(known) => return Err(NotKept::Older { robot }),
            None if self.reports.len() >= MOST_REPORTS => return Err(NotKept::TooMany { robot }),
            _ => {}
        }
        self.unsaved.insert(robot.clone());
        self.reports.insert(robot, report);
        Ok(())
    }

    /// Writes what is not in the folder yet; gives how many reports that were. What cannot be written is tried again the next
    /// time.
    ///
    /// # Errors
    /// What the system says of the first that cannot be written.
    pub fn save(&mut self) -> io::Result<usize> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let mut saved = 0;
        while let Some(robot) = self.unsaved.first() {
            if let Some(report) = self.reports.get(robot) {
                report.write(folder)?;
                saved += 1;
            }
            self.unsaved.pop_first();
        }
        Ok(saved)
    }

    /// What robots said last, by their names.
    pub fn reports(&self) -> Vec<RobotReport> {
        self.reports.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::MessageNumber;
    use crate::rollout::Subscriber;
    use crate::store::State;

    const NOW: u64 = 1_800_000_000;

    fn said(robot: &str, sequence: u64, at_secs: u64) -> RobotReport {
        let subscriber = Subscriber {
            robot: robot.to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        };
        RobotReport {
            message: Some(MessageNumber {
                spool: "0123456789abcdef".to_owned(),
                sequence,
            }),
            ..RobotReport::of(&subscriber, at_secs, &State::default())
        }
    }

    #[test]
    fn what_comes_twice_or_late_changes_nothing_also_after_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        let (mut collection, _) = Collection::open(&folder.path().join("reports")).unwrap();
        assert_eq!(collection.keep(said("a", 2, NOW), NOW), Ok(()));
        let older = NotKept::Older { robot: "a".to_owned() };
        assert_eq!(collection.keep(said("a", 2, NOW), NOW), Err(older.clone()));
        assert_eq!(collection.save().unwrap(), 1);
        assert_eq!(collection.save().unwrap(), 0);
        let (mut again, complaints) = Collection::open(&folder.path().join("reports")).unwrap();
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(again.reports(), [said("a", 2, NOW)]);
        assert_eq!(again.keep(said("a", 1, NOW + 9), NOW), Err(older));
        assert_eq!(again.keep(said("a", 3, NOW - 9), NOW), Ok(()));
        assert_eq!(again.keep(said("b", 1, NOW), NOW), Ok(()));
        assert_eq!(again.save().unwrap(), 2);
        let (reports, _) = read_reports(&folder.path().join("reports")).unwrap();
        assert_eq!(reports, [said("a", 3, NOW - 9), said("b", 1, NOW)]);
    }

    #[test]
    fn a_clock_that_is_far_ahead_does_not_silence_its_robot() {
        let mut collection = Collection::default();
        let refused = collection.keep(said("a", 1, NOW + MOST_AHEAD_SECS + 1), NOW);
        assert!(matches!(refused, Err(NotKept::Ahead { .. })), "{refused:?}");
        assert_eq!(collection.keep(said("a", 2, NOW), NOW), Ok(()));
    }

    #[test]
    fn a_folder_that_is_full_or_gone_gets_what_it_lacks_later() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("reports");
        let (mut collection, _) = Collection::open(&place).unwrap();
        collection.keep(said("a", 1, NOW), NOW).unwrap();
        std::fs::remove_dir(&place).unwrap();
        collection.save().unwrap_err();
        std::fs::create_dir(&place).unwrap();
        assert_eq!(collection.save().unwrap(), 1);
    }
}
