//! The policy of a recording, out of the recording.

use std::path::Path;

use sinew_control::replay::PolicySource;
use sinew_models::{ModelFile, OnnxPolicy, SessionOptions, sha256};
use sinew_node_recorder::{InstalledPolicy, RecordedLoop};

use super::ReplayError;

/// The policy that a recorded loop ran.
#[derive(Debug)]
pub struct RecordedPolicy {
    /// Its file, as it was kept in the recording.
    pub file: ModelFile,
    /// What the recording says it ran on, such as `cpu`.
    pub provider: Option<String>,
}

/// Takes the policy out of a recording.
///
/// # Errors
/// Where it was too large to be kept, or is not the file whose SHA-256 the recording has.
pub fn recorded_policy(recorded: &RecordedLoop) -> Result<RecordedPolicy, ReplayError> {
    let Some((name, bytes)) = recorded.attached.get("policy") else {
        return Err(ReplayError::Unfit(
            "the policy is not in the recording, for it was too large: give the file that ran with `--policy`"
                .to_owned(),
        ));
    };
    let fact = |key: &str| recorded.facts.get(key);
    // Weights that lay beside a model are inside the one that was kept, which then has another hash.
    let had_weights_beside = recorded.facts.keys().any(|key| key.starts_with("policy_sha256."));
    if let Some(expected) = fact("policy_sha256")
        && !had_weights_beside
        && *expected != sha256(bytes)
    {
        return Err(ReplayError::Unfit(format!(
            "the policy in the recording is not the one that ran: expected SHA-256 {expected}, found {}",
            sha256(bytes)
        )));
    }
    Ok(RecordedPolicy {
        file: ModelFile::from_bytes(Path::new(name), bytes.clone())?,
        provider: fact("policy_provider").cloned(),
    })
}

/// A session of a policy, on the CPU as it ran unless the recording says otherwise.
pub(super) fn session(
    file: &ModelFile,
    contract: &sinew_control::contract::PolicyContract,
) -> Result<OnnxPolicy, ReplayError> {
    Ok(OnnxPolicy::load(file, contract, &SessionOptions::default())?)
}

/// The policies that were installed while the loop ticked, each loaded when its time comes.
pub(super) fn installed_policies(recorded: &RecordedLoop) -> PolicySource {
    let installed = recorded.installed.clone();
    Box::new(move |number| {
        let InstalledPolicy { contract, file } = installed.get(&number)?.clone();
        let (name, bytes) = file?;
        let file = ModelFile::from_bytes(Path::new(&name), bytes).ok()?;
        let policy = session(&file, &contract).ok()?;
        Some((contract, Box::new(policy)))
    })
}
