//! Reports as files: one for each robot, in a folder.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::report::{MOST_BYTES, ReportError, RobotReport};
use crate::Digest;

/// Most reports that are read of a folder, and kept of a fleet.
pub(super) const MOST_REPORTS: usize = 100_000;
/// Longest name of a file, without what tells it from others.
const LONGEST_FILE_NAME: usize = 64;

impl RobotReport {
    /// Writes it into a folder of reports, in the place of what the robot said before.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let file = folder.join(file_name(&self.robot));
        sinew_files::replace(&file, &serde_json::to_vec(self)?, 0o644)
    }
}

/// The name of a robot's file: its own where that is a plain one, or what is plain of it and its digest, behind a dot that no
/// plain name has.
fn file_name(robot: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let plain: String = (robot.chars().take(LONGEST_FILE_NAME))
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    if plain == robot {
        format!("{plain}.json")
    } else {
        format!("{plain}.{}.json", Digest::of(robot.as_bytes()))
    }
}

/// Reads all reports of a folder, the newest of each robot, and says which files are none.
///
/// # Errors
/// Where the folder cannot be read, or has too many files.
pub fn read_reports(folder: &Path) -> io::Result<(Vec<RobotReport>, Vec<String>)> {
    let (mut reports, mut complaints) = (BTreeMap::<String, RobotReport>::new(), Vec::new());
    let mut files = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        files += 1;
        if files > MOST_REPORTS {
            return Err(io::Error::other(format!(
                "expected at most {MOST_REPORTS} reports, found more"
            )));
        }
        match read_report(&path) {
            Ok(report) => {
                let known = reports.get(&report.robot);
                if known.is_none_or(|known| report.is_after(known)) {
                    reports.insert(report.robot.clone(), report);
                }
            }
            Err(reason) => complaints.push(format!("{}: {reason}", path.display())),
        }
    }
    Ok((reports.into_values().collect(), complaints))
}

fn read_report(path: &Path) -> Result<RobotReport, String> {
    let bytes = sinew_files::read(path, MOST_BYTES as u64).map_err(|error| error.to_string())?;
    RobotReport::parse(&bytes).map_err(|error| match &error {
        ReportError::Json(cause) => format!("{error}: {cause}"),
        _ => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::Subscriber;
    use crate::store::{Barred, State};

    fn report(robot: &str, at_secs: u64) -> RobotReport {
        let subscriber = Subscriber {
            robot: robot.to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        };
        RobotReport::of(&subscriber, at_secs, &State::default())
    }

    #[test]
    fn what_robots_say_is_read_as_it_was_written_and_what_is_no_report_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = report("../strider", 1).with_trouble(Some("no\nroute"));
        first.barred.insert(
            "walk-2".to_owned(),
            Barred::RolledBack {
                rule: "fell".to_owned(),
            },
        );
        let second = report("bh", 2);
        for report in [&first, &second, &second] {
            report.write(folder.path()).unwrap();
        }
        std::fs::write(folder.path().join("torn.json"), "{").unwrap();
        std::fs::write(folder.path().join("readme.txt"), "").unwrap();
        let (reports, complaints) = read_reports(folder.path()).unwrap();
        assert_eq!(reports, [first, second]);
        assert_eq!(reports[0].trouble.as_deref(), Some("no route"));
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("torn.json"), "{complaints:?}");
    }

    #[test]
    fn robots_with_different_names_have_different_files() {
        let long = "x".repeat(200);
        let names = ["a_b", "a b", "a/b", "..", "a_b.json", "ä", &long, &long[1..]];
        let files: std::collections::BTreeSet<String> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(files.len(), names.len(), "{files:?}");
        assert_eq!(file_name("strider-7"), "strider-7.json");
        assert!(files.iter().all(|file| !file.contains('/') && !file.starts_with('.')));
    }
}
