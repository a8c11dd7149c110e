//! What hawkBit says and is told, as JSON. Keys of newer servers are passed over.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::HawkbitError;
use crate::Digest;
use crate::catalog::TargetFile;

/// Longest text of a message that goes to the server, characters: what it keeps of one.
const MOST_TEXT: usize = 500;
/// The shortest and the longest time between two questions that a server may ask for.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));

type Links = BTreeMap<String, Link>;

/// A link of the answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
}

/// What there is for a device.
#[derive(Debug, Deserialize)]
pub(super) struct Base {
    config: Option<Config>,
    #[serde(rename = "_links", default)]
    pub(super) links: Links,
}

#[derive(Debug, Deserialize)]
struct Config {
    polling: Option<Polling>,
}

#[derive(Debug, Deserialize)]
struct Polling {
    sleep: Option<String>,
}

impl Base {
    /// How often the server wants to be asked, where it says so as `HH:MM:SS`.
    pub(super) fn sleep(&self) -> Option<Duration> {
        let sleep = self.config.as_ref()?.polling.as_ref()?.sleep.as_ref()?;
        let mut parts = sleep.split(':').map(|part| part.parse::<u32>().ok());
        let (hours, minutes, secs) = (parts.next()??, parts.next()??, parts.next()??);
        let whole = 3600 * u64::from(hours) + 60 * u64::from(minutes) + u64::from(secs);
        parts
            .next()
            .is_none()
            .then(|| Duration::from_secs(whole).clamp(PAUSES.0, PAUSES.1))
    }

    pub(super) fn href(&self, name: &str) -> Option<String> {
        self.links.get(name).map(|link| link.href.clone())
    }
}

/// What is to be done with a part of a deployment now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Handling {
    /// Nothing yet: outside of a maintenance window, or ever.
    Skip,
    /// The server asks for it.
    #[default]
    Attempt,
    /// The server demands it.
    Forced,
}

/// A file of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name, length and SHA-256, as the server says.
    pub file: TargetFile,
    pub(super) href: String,
}

/// What a device is to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// What feedback names.
    pub action: String,
    /// Whether it is to be downloaded now.
    pub download: Handling,
    /// Whether it is to be installed now.
    pub update: Handling,
    /// The files of all its modules.
    pub artifacts: Vec<Artifact>,
}

#[derive(Debug, Deserialize)]
struct DeploymentBase {
    id: Id,
    deployment: DeploymentBody,
}

/// A number, which some servers write as a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

impl Id {
    fn into_name(self, what: &str) -> Result<String, HawkbitError> {
        let name = match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        };
        // It becomes a part of an address.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if (1..=64).contains(&name.len()) && name.bytes().all(is_plain) {
            Ok(name)
        } else {
            let shown: String = name.chars().take(40).collect();
            Err(HawkbitError::answer(
                what,
                format!("`id`: expected a number, found {shown:?}"),
            ))
        }
    }
}

#[derive(Debug, Deserialize)]
struct DeploymentBody {
    #[serde(default)]
    download: Handling,
    #[serde(default)]
    update: Handling,
    #[serde(default)]
    chunks: Vec<Chunk>,
}

#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    artifacts: Vec<ArtifactBody>,
}

#[derive(Debug, Deserialize)]
struct ArtifactBody {
    filename: String,
    #[serde(default)]
    hashes: Hashes,
    size: u64,
    #[serde(rename = "_links", default)]
    links: Links,
}

#[derive(Debug, Default, Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

#[derive(Debug, Deserialize)]
struct CancelBase {
    #[serde(rename = "cancelAction")]
    cancel: Cancel,
}

#[derive(Debug, Deserialize)]
struct Cancel {
    #[serde(rename = "stopId")]
    stop: Id,
}

/// Reads an answer.
pub(super) fn base(bytes: &[u8], what: &str) -> Result<Base, HawkbitError> {
    parse(bytes, what)
}

/// Reads a deployment.
pub(super) fn deployment(bytes: &[u8], what: &str) -> Result<Deployment, HawkbitError> {
    let DeploymentBase { id, deployment } = parse(bytes, what)?;
    let bodies = deployment.chunks.into_iter().flat_map(|chunk| chunk.artifacts);
    let artifacts = bodies.map(|body| artifact(body, what)).collect::<Result<_, _>>()?;
    Ok(Deployment {
        action: id.into_name(what)?,
        download: deployment.download,
        update: deployment.update,
        artifacts,
    })
}

/// Reads which action is to be called off.
pub(super) fn cancellation(bytes: &[u8], what: &str) -> Result<String, HawkbitError> {
    let CancelBase { cancel } = parse(bytes, what)?;
    cancel.stop.into_name(what)
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, HawkbitError> {
    serde_json::from_slice(bytes).map_err(|error| HawkbitError::answer(what, format!("it is not as expected: {error}")))
}

fn artifact(body: ArtifactBody, what: &str) -> Result<Artifact, HawkbitError> {
    let name: String = body.filename.chars().take(200).collect();
    let wrong = |key: &str, expected: &str| {
        HawkbitError::answer(what, format!("{name:?}: `{key}`: expected {expected}, found none"))
    };
    let sha256: Option<Digest> = body.hashes.sha256.as_deref().and_then(|text| text.parse().ok());
    // Over TLS where there is both: a client that asks over http does not get the other.
    let link = body.links.get("download").or_else(|| body.links.get("download-http"));
    Ok(Artifact {
        file: TargetFile {
            bytes: body.size,
            sha256: sha256.ok_or_else(|| wrong("hashes.sha256", "a SHA-256"))?,
            name: body.filename,
        },
        href: link.ok_or_else(|| wrong("_links.download", "a link"))?.href.clone(),
    })
}

/// What a device says of a deployment, or of the wish to call it off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// It is at work.
    Proceeding(String),
    /// It is done.
    Succeeded(String),
    /// It came to nothing.
    Failed(String),
    /// It is not called off any more.
    Rejected(String),
}

impl Feedback {
    pub(super) fn to_json(&self, action: &str) -> Value {
        let (execution, finished, text) = match self {
            Self::Proceeding(text) => ("proceeding", "none", text),
            Self::Succeeded(text) => ("closed", "success", text),
            Self::Failed(text) => ("closed", "failure", text),
            Self::Rejected(text) => ("rejected", "none", text),
        };
        let text: String = text.chars().take(MOST_TEXT).collect();
        json!({
            "id": action,
            "status": { "execution": execution, "result": { "finished": finished }, "details": [text] },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn deployment_json() -> Value {
        json!({
            "id": "8",
            "deployment": {
                "download": "forced", "update": "skip", "maintenanceWindow": "unavailable",
                "chunks": [
                    { "part": "os", "version": "1", "name": "other", "artifacts": [] },
                    { "part": "bApp", "version": "3", "name": "walk", "artifacts": [{
                        "filename": "walk-3.tar", "size": 5, "hashes": { "sha1": "x", "md5": "y", "sha256": SHA256 },
                        "_links": { "download": { "href": "https://h/a" }, "download-http": { "href": "http://h/a" } },
                    }] },
                ],
            },
            "actionHistory": { "status": "RUNNING", "messages": [] },
        })
    }

    #[test]
    fn a_deployment_is_read_as_the_api_documents_it() {
        let read = deployment(deployment_json().to_string().as_bytes(), "deployment").unwrap();
        assert_eq!(
            (read.action.as_str(), read.download, read.update),
            ("8", Handling::Forced, Handling::Skip)
        );
        let [artifact] = &read.artifacts[..] else {
            panic!("{read:?}")
        };
        assert_eq!((artifact.file.name.as_str(), artifact.file.bytes), ("walk-3.tar", 5));
        assert_eq!(
            (artifact.file.sha256.to_string().as_str(), artifact.href.as_str()),
            (SHA256, "https://h/a")
        );
        let cancel = br#"{"id": "11", "cancelAction": {"stopId": 8}}"#;
        assert_eq!(cancellation(cancel, "cancel").unwrap(), "8");
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused = |change: fn(&mut Value), said: &str| {
            let mut json = deployment_json();
            change(&mut json);
            let error = deployment(json.to_string().as_bytes(), "deployment")
                .unwrap_err()
                .to_string();
            assert!(error.contains(said), "{error}");
        };
        fn artifact(json: &mut Value) -> &mut Value {
            &mut json["deployment"]["chunks"][1]["artifacts"][0]
        }
        refused(|json| artifact(json)["hashes"] = json!({ "sha1": "x" }), "sha256");
        refused(|json| artifact(json)["hashes"]["sha256"] = json!("short"), "sha256");
        refused(|json| artifact(json)["_links"] = json!({}), "download");
        refused(|json| artifact(json)["size"] = json!(-1), "not as expected");
        refused(|json| json["id"] = json!("../x"), "`id`");
        refused(|json| json["deployment"]["update"] = json!("now"), "not as expected");
    }

    #[test]
    fn the_interval_is_read_and_kept_within_bounds() {
        let sleep = |text: &str| {
            let json = json!({ "config": { "polling": { "sleep": text } }, "_links": {} });
            base(json.to_string().as_bytes(), "base")
                .unwrap()
                .sleep()
                .map(|sleep| sleep.as_secs())
        };
        assert_eq!(sleep("00:05:00"), Some(300));
        assert_eq!(sleep("12:00:30"), Some(43_230));
        assert_eq!((sleep("00:00:00"), sleep("99999:00:00")), (Some(1), Some(86_400)));
        for other in ["", "5", "00:05", "00:05:00:00", "-1:00:00", "a:b:c"] {
            assert_eq!(sleep(other), None, "{other}");
        }
        assert!(base(b"{}", "base").unwrap().sleep().is_none());
    }

    #[test]
    fn feedback_is_what_the_api_documents() {
        let json = Feedback::Failed("x".repeat(1000)).to_json("8");
        assert_eq!(json["id"], "8");
        assert_eq!(json["status"]["execution"], "closed");
        assert_eq!(json["status"]["result"]["finished"], "failure");
        assert_eq!(json["status"]["details"][0].as_str().unwrap().len(), MOST_TEXT);
    }

    proptest! {
        #[test]
        fn no_answer_panics(at: usize, byte: u8, length: usize) {
            let mut text = deployment_json().to_string().into_bytes();
            let place = at % text.len();
            text[place] = byte;
            text.truncate(1 + length % text.len());
            let _ = deployment(&text, "deployment");
            let _ = cancellation(&text, "cancel");
            let _ = base(&text, "base");
        }
    }
}
