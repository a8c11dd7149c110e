//! The files of one recording against each other.

use super::file::Placed;
use super::{Finding, Kind};

/// What does not hold between files of one recording.
pub(super) fn verify(mut files: Vec<Placed>, in_part: bool) -> Vec<Finding> {
    files.sort_by_key(|placed| placed.file);
    let mut findings = Vec::new();
    let mut say = |placed: &Placed, kind, what| {
        findings.push(Finding {
            path: placed.path.clone(),
            kind,
            record: None,
            what,
        });
    };
    let deleted = files.iter().map(|placed| placed.deleted_files).max().unwrap_or(0);
    if let Some(first) = files.first()
        && first.file > deleted
        && !in_part
    {
        let what = missing(deleted, first.file, "before this one");
        say(first, Kind::FileMissing, what);
    }
    for pair in files.windows(2) {
        let [one, next] = pair else { continue };
        if one.file == next.file {
            let what = format!(
                "it is file {} of its recording, as is {}",
                next.file,
                one.path.display()
            );
            say(next, Kind::FileMisplaced, what);
            continue;
        }
        if one.file + 1 < next.file {
            // A gap among files that the quota deleted is the quota's.
            if next.file > deleted && !in_part {
                say(
                    next,
                    Kind::FileMissing,
                    missing((one.file + 1).max(deleted), next.file, "before this one"),
                );
            }
            continue;
        }
        if let (Some((hash, is_last)), previous) = (one.sealed, next.previous) {
            if is_last {
                let what = format!("{} was signed as the last file of the recording", one.path.display());
                say(next, Kind::FileMisplaced, what);
            } else if previous != Some(hash) {
                let what = format!("it was signed after another file than {}", one.path.display());
                say(next, Kind::FileMisplaced, what);
            }
        }
    }
    if let Some(last) = files.last()
        && let Some((_, false)) = last.sealed
        && !in_part
    {
        let what = "it was signed as one that others follow: they are missing, or the recording was interrupted before \
                    the next one had anything in it";
        say(last, Kind::FileMissing, what.to_owned());
    }
    findings
}

fn missing(from: u64, to: u64, place: &str) -> String {
    if from + 1 == to {
        format!("file {from} of the recording is missing {place}")
    } else {
        format!("files {from} to {} of the recording are missing {place}", to - 1)
    }
}
