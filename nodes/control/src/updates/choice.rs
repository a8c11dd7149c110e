//! Which policy of a robot's files is meant: the one that its store of releases has in charge, or another.

use std::path::PathBuf;
use std::str::FromStr;

use serde_yaml_ng::Value;
use sinew_control::robot::RobotDescription;
use sinew_releases::bundle::MANIFEST;
use sinew_releases::store::{Store, StoreError};

use super::ReleasedPolicy;
use crate::{LoopAssemblyError, LoopSource};

/// Which policy of a robot's files is meant. A store of releases is read for it and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PolicyChoice {
    /// The one that the node `control` begins with: of `policy.updates.store` where that has a release, else of
    /// `policy.path`.
    #[default]
    AsNode,
    /// The one that `policy.updates.store` has in charge, and none where it has no release; of `policy.path` where there
    /// is no such parameter.
    InCharge,
    /// That of `policy.path`, whatever a store has in charge.
    Path,
    /// Another file in the place of `policy.path`.
    File(PathBuf),
    /// That of a release in a folder.
    Release(PathBuf),
}

impl FromStr for PolicyChoice {
    type Err = std::convert::Infallible;

    /// `path`, the folder of a release, or a policy file.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = PathBuf::from(text);
        Ok(if text == "path" {
            Self::Path
        } else if path.join(MANIFEST).exists() {
            Self::Release(path)
        } else {
            Self::File(path)
        })
    }
}

impl PolicyChoice {
    /// The parameters with the file that is meant.
    #[must_use]
    pub fn applied(&self, mut source: LoopSource) -> LoopSource {
        if let Self::File(file) = self {
            source.control.policy.path.clone_from(file);
        }
        source
    }

    /// The release that is meant; `None` where it is `policy.path`.
    pub(crate) fn release(
        &self,
        source: &LoopSource,
        robot: &RobotDescription,
        overrides: Option<&Value>,
    ) -> Result<Option<ReleasedPolicy>, LoopAssemblyError> {
        let folder = match (self, &source.control.policy.updates.store) {
            (Self::Release(folder), _) => {
                let release = ReleasedPolicy::of_folder(folder, robot, overrides);
                return release.map(Some).map_err(|reason| LoopAssemblyError::Release {
                    folder: folder.clone(),
                    reason,
                });
            }
            (Self::AsNode | Self::InCharge, Some(folder)) => folder,
            (Self::AsNode | Self::InCharge, None) | (Self::Path | Self::File(_), _) => return Ok(None),
        };
        let in_store = |cause| LoopAssemblyError::Store {
            folder: folder.clone(),
            cause,
        };
        let makes_factory = *self == Self::AsNode;
        let store = match Store::read_only(folder) {
            Err(StoreError::Missing { .. }) if makes_factory => return Ok(None),
            store => store.map_err(in_store)?,
        };
        let has_factory = store.status().map_err(in_store)?.state.factory().is_some();
        if makes_factory && !has_factory {
            return Ok(None);
        }
        let loaded = store.in_charge().map_err(in_store)?;
        for reason in &loaded.passed_over {
            tracing::warn!("{}: {reason}", folder.display());
        }
        let release = ReleasedPolicy::read(&loaded, robot, overrides);
        release.map(Some).map_err(|reason| LoopAssemblyError::Release {
            folder: loaded.folder,
            reason,
        })
    }
}
