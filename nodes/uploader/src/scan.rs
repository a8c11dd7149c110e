//! Which recordings a folder has, which are finished, and which of them go.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::fraction;
use crate::recording::ends_whole;

/// How a recording ends.
const EXTENSION: &str = ".mcap";
/// How the names of recordings begin that the recorder made because something happened.
const EVENT: &str = "event_";

/// Which recordings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// All of them.
    All,
    /// Those of something that happened: `event_….mcap`, or with a file `NAME.mcap.event` beside them.
    OnEvent,
    /// A share of them, `sample_share`: chosen by their names, so that it is the same ones each time.
    Sampled,
}

/// A recording, and what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recording {
    /// Its name, without `.mcap`.
    pub(crate) name: String,
    /// The file.
    pub(crate) path: PathBuf,
}

impl Recording {
    /// Of a file.
    pub(crate) fn of(path: &Path) -> Result<Self, String> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_suffix(EXTENSION));
        let is_name = |name: &&str| {
            let is_plain = |c: char| c.is_alphanumeric() || "._-+ ".contains(c);
            !name.is_empty() && !name.starts_with('.') && name.len() <= 200 && name.chars().all(is_plain)
        };
        match name.filter(is_name) {
            Some(name) => Ok(Self {
                name: name.to_owned(),
                path: path.to_owned(),
            }),
            None => Err(format!(
                "{}: expected a name of letters, digits, `.`, `_`, `-`, `+` and spaces that ends in {EXTENSION}",
                path.display()
            )),
        }
    }

    /// The file of that ending beside it.
    fn with(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }

    pub(crate) fn proof(&self) -> PathBuf {
        self.with(".proof")
    }

    fn event(&self) -> PathBuf {
        self.with(".event")
    }

    /// The files beside it that go with it.
    pub(crate) fn beside(&self) -> Vec<PathBuf> {
        let mut beside = vec![self.proof(), self.event()];
        beside.retain(|path| path.is_file());
        beside
    }

    /// Whether one of the rules lets it go.
    pub(crate) fn goes(&self, rules: &[Rule], share: f64) -> bool {
        rules.iter().any(|rule| match rule {
            Rule::All => true,
            Rule::OnEvent => self.name.starts_with(EVENT) || self.event().exists(),
            Rule::Sampled => fraction(&self.name) < share,
        })
    }
}

/// Watches a folder: a recording without a proof is finished once it has not grown for a while.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// How long each unfinished file was when, by its path.
    seen: HashMap<PathBuf, (u64, Instant)>,
}

/// What a folder has.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Finished recordings, by name.
    pub(crate) finished: Vec<Recording>,
    /// How many are still being written, or are not whole.
    pub(crate) unfinished: usize,
    /// What is wrong with the names of others.
    pub(crate) misnamed: Vec<String>,
}

impl Scan {
    /// Looks into the folder.
    pub(crate) fn look(&mut self, folder: &Path, settle: Duration, now: Instant) -> io::Result<Found> {
        let mut found = Found::default();
        let mut seen = HashMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_recording = path.to_str().is_none_or(|path| path.ends_with(EXTENSION));
            if !is_recording || !path.is_file() {
                continue;
            }
            let recording = match Recording::of(&path) {
                Ok(recording) => recording,
                Err(error) => {
                    found.misnamed.push(error);
                    continue;
                }
            };
            if recording.proof().is_file() {
                found.finished.push(recording);
                continue;
            }
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let size = metadata.len();
            let since = match self.seen.get(&path) {
                Some((before, since)) if *before == size => *since,
                _ => now,
            };
            seen.insert(path.clone(), (size, since));
            if now.saturating_duration_since(since) >= settle && ends_whole(&path) {
                found.finished.push(recording);
            } else {
                found.unfinished += 1;
            }
        }
        self.seen = seen;
        found.finished.sort_by(|a, b| a.name.cmp(&b.name));
        found.misnamed.sort();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::MAGIC;

    const SETTLE: Duration = Duration::from_secs(10);

    fn names(found: &Found) -> Vec<&str> {
        found.finished.iter().map(|recording| recording.name.as_str()).collect()
    }

    #[test]
    fn a_recording_is_finished_with_its_proof_or_once_it_rests_and_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        let whole = [&MAGIC[..], b"records", MAGIC].concat();
        write("proven.mcap", b"");
        write("proven.mcap.proof", b"");
        write("resting.mcap", &whole);
        write("cut.mcap", &whole[..20]);
        write("notes.txt", b"");
        let (mut scan, began) = (Scan::default(), Instant::now());
        let found = scan.look(folder.path(), SETTLE, began).unwrap();
        assert_eq!((names(&found), found.unfinished), (vec!["proven"], 2));
        let found = scan.look(folder.path(), SETTLE, began + SETTLE).unwrap();
        assert_eq!((names(&found), found.unfinished), (vec!["proven", "resting"], 1));
        write("resting.mcap", &[&whole[..], MAGIC].concat());
        let found = scan.look(folder.path(), SETTLE, began + 2 * SETTLE).unwrap();
        assert_eq!(names(&found), ["proven"], "it has grown");
    }

    #[test]
    fn rules_let_go_all_those_of_events_or_a_share_that_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let recording = |name: &str| Recording::of(&folder.path().join(format!("{name}.mcap"))).unwrap();
        assert!(recording("run").goes(&[Rule::All], 0.0));
        assert!(!recording("run").goes(&[], 1.0));
        assert!(!recording("run").goes(&[Rule::OnEvent], 1.0));
        assert!(recording("event_fall").goes(&[Rule::OnEvent], 0.0));
        fs::write(folder.path().join("run.mcap.event"), "fall").unwrap();
        assert!(recording("run").goes(&[Rule::OnEvent], 0.0));
        let chosen = |share: f64| -> Vec<_> {
            let all = (0..1000).map(|i| recording(&format!("run_{i}")));
            all.filter(|one| one.goes(&[Rule::Sampled], share))
                .map(|one| one.name)
                .collect()
        };
        let (few, more) = (chosen(0.1), chosen(0.3));
        assert!((60..140).contains(&few.len()) && few.iter().all(|name| more.contains(name)));
        assert_eq!(few, chosen(0.1));
        assert_eq!((chosen(0.0).len(), chosen(1.0).len()), (0, 1000));
    }

    #[test]
    fn a_name_that_is_none_for_an_object_is_told() {
        for name in [".mcap", ".hidden.mcap", "a\nb.mcap", "a:b.mcap", "run.bag"] {
            let error = Recording::of(Path::new(name)).unwrap_err();
            assert!(error.contains("expected a name of letters"), "{error}");
        }
        assert_eq!(Recording::of(Path::new("x/Lauf 1.mcap")).unwrap().name, "Lauf 1");
    }
}
