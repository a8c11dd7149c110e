//! What hawkBit has assigned to the robot, and what is to be said of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sinew_releases::hawkbit::{Artifact, Deployment, Feedback, Handling};
use sinew_releases::store::State;

/// Largest file of what was noted, bytes.
const MOST_BYTES: u64 = 64 << 10;

/// A release that is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) action: String,
    pub(super) version: String,
    pub(super) archive: Artifact,
    pub(super) signature: Artifact,
    /// Whether it is to be brought now.
    pub(super) is_due: bool,
}

impl Assignment {
    /// The one release of this name in a deployment: its archive, and its signature beside it.
    ///
    /// # Errors
    /// What was expected, for whoever has made the deployment.
    pub(super) fn of(deployment: &Deployment, release: &str) -> Result<Self, String> {
        let version_of = |artifact: &Artifact| {
            let version = artifact.file.name.strip_suffix(".tar")?;
            let number = version.strip_prefix(release)?.strip_prefix('-')?;
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| version.to_owned())
        };
        let archives = deployment.artifacts.iter();
        let mut archives = archives.filter_map(|artifact| Some((version_of(artifact)?, artifact)));
        let names = || {
            let names = deployment
                .artifacts
                .iter()
                .take(8)
                .map(|artifact| artifact.file.name.as_str());
            let names: Vec<&str> = names.collect();
            if names.is_empty() {
                "no file".to_owned()
            } else {
                names.join(", ")
            }
        };
        let expected = || {
            format!(
                "expected one file {release}-N.tar and its signature {release}-N.sig, found {}",
                names()
            )
        };
        let (version, archive) = archives.next().ok_or_else(expected)?;
        if archives.next().is_some() {
            return Err(expected());
        }
        let mut others = deployment.artifacts.iter();
        let signature = others.find(|artifact| artifact.file.name == format!("{version}.sig"));
        Ok(Self {
            signature: signature.ok_or_else(expected)?.clone(),
            action: deployment.action.clone(),
            version,
            archive: archive.clone(),
            is_due: deployment.download != Handling::Skip && deployment.update != Handling::Skip,
        })
    }

    /// What is to be said of it. `refused` is why it was not taken, where that is not in the store.
    pub(super) fn feedback(&self, state: &State, refused: Option<&str>) -> Feedback {
        let version = &self.version;
        let is_it = |found: &str| found == version;
        if let Some(why) = state.barred().get(version) {
            return Feedback::Failed(format!("{version} {why}"));
        }
        if state.release_in_charge().is_some_and(|release| is_it(&release.version)) {
            return if state.is_on_probation() {
                Feedback::Proceeding(format!("{version} is in charge, on probation"))
            } else {
                Feedback::Succeeded(format!("{version} is in charge, settled"))
            };
        }
        if let Some((_, held)) = state.candidate().filter(|(_, held)| is_it(&held.release.version)) {
            return Feedback::Proceeding(format!("{version}: {}", held.stage));
        }
        match (refused, state.may_stage(version)) {
            (Some(refused), _) => Feedback::Failed(refused.to_owned()),
            (None, Err(why)) => Feedback::Proceeding(format!("{version} waits: {why}")),
            (None, Ok(())) if !self.is_due => {
                Feedback::Proceeding(format!("{version} waits: hawkBit does not let it be installed yet"))
            }
            (None, Ok(())) => Feedback::Proceeding(format!("{version} is being brought")),
        }
    }
}

/// What has to be known of an assignment after a new start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Noted {
    pub(super) action: String,
    pub(super) version: String,
    /// What was said last of it, so that it is not said again with each question.
    pub(super) told: String,
}

impl Noted {
    /// What the file says; nothing where it says nothing that can be read: all that is lost by it is that something is said
    /// twice, and that the wish to call a release off finds none.
    pub(super) fn read(file: &Path) -> Self {
        let bytes = sinew_files::read(file, MOST_BYTES).ok();
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub(super) fn write(&self, file: &Path) -> std::io::Result<()> {
        sinew_files::replace(file, &serde_json::to_vec(self)?, 0o644)
    }
}

/// The file of it, in the folder of the store.
pub(super) fn noted_in(store: &Path) -> PathBuf {
    store.join("hawkbit.json")
}
