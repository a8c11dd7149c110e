//! Which policy runs, for reports.

use std::collections::BTreeMap;

use serde::Serialize;
use sinew_models::Provision;

use super::PolicyOnRobot;

/// Which policy runs.
#[derive(Debug, Clone, Serialize)]
pub struct PolicySummary {
    /// Its file.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// SHA-256 of the files beside it that hold its weights, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights_sha256: BTreeMap<String, String>,
    /// Name and version of the release that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Name and dialect of its contract.
    pub contract: String,
    /// On what it runs, and why not on what was tried before; null where nobody has loaded it.
    pub inference: Option<Provision>,
}

impl PolicySummary {
    /// Of the policy that was loaded.
    pub fn of(loaded: &PolicyOnRobot) -> Self {
        Self {
            path: loaded.policy_file.path().display().to_string(),
            sha256: loaded.policy_file.sha256().to_owned(),
            weights_sha256: loaded.policy_file.weights_sha256().clone(),
            release: loaded.release().map(str::to_owned),
            contract: format!("{} ({})", loaded.contract.name, loaded.contract.dialect),
            inference: loaded.provision(),
        }
    }
}
