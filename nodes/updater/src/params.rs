//! Which releases, from where, and how often.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::declared::NodeParams;
use sinew_releases::rollout::Subscriber;
use sinew_releases::{LocationOptions, Place};

use crate::hawkbit::HawkbitParams;
use crate::signer::SignerParams;

/// How addresses of repositories begin.
const SCHEMES: [&str; 10] = ["http", "https", "file", "s3", "s3a", "gs", "az", "azure", "abfs", "oci"];

/// Parameters of the node `updater`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdaterParams {
    /// The repository: a folder's whole path, http://…, https://…, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX,
    /// az://CONTAINER/PREFIX or oci://HOST:PORT/NAME. There is never a secret in it: credentials come from the environment
    /// or `credentials_file`. Empty where `hawkbit` is asked in its place.
    pub url: String,
    /// Where the object store or the registry is, such as `https://storage.example:9000`; the provider's own, or what `url`
    /// says, where it is left out.
    pub endpoint: Option<String>,
    /// Region of the bucket; AWS_REGION of the environment where it is left out.
    pub region: Option<String>,
    /// File of `NAME=value` lines such as AWS_ACCESS_KEY_ID=…, readable by its owner alone; the environment where it is
    /// left out.
    #[schemars(extend("x-path" = true))]
    pub credentials_file: Option<PathBuf>,
    /// Whether a bucket or a registry may be read without TLS over a network that is trusted.
    pub allow_http: bool,
    /// The root that is trusted at first: the file `root.json` that `sinew release init` made. It comes to the robot by a
    /// way that is trusted; later roots have to be signed by it.
    #[schemars(extend("x-path" = true))]
    pub root: PathBuf,
    /// The robot's store of releases, which the node that runs the model has, too. It is made where it is not there.
    #[schemars(extend("x-path" = true))]
    pub store: PathBuf,
    /// Which release, by its name, such as strider_walk.
    pub release: String,
    /// Which of its channels.
    pub channel: String,
    /// Name of the robot, by which a rollout decides whether it is one of the first; the computer's name where it is empty.
    pub robot: String,
    /// Groups of robots that this one belongs to.
    pub groups: Vec<String>,
    /// Folder that a report of the robot's releases is written to whenever they change, for `sinew fleet`; none where it is
    /// left out.
    #[schemars(extend("x-path" = true))]
    pub report_folder: Option<PathBuf>,
    /// How often the repository is asked in the mean, s: each pause is between half of it and one and a half. A hawkBit says
    /// itself how often it wants to be asked.
    #[schemars(range(min = 1.0, max = 604_800.0))]
    pub poll_secs: f64,
    /// How much may be downloaded, bytes/s; 0 for as much as the network gives.
    #[schemars(range(min = 0.0, max = 1e12), extend("x-live" = true))]
    pub bandwidth: f64,
    /// Who has to have signed a release besides the repository; with `hawkbit` somebody has to.
    pub signer: SignerParams,
    /// Eclipse hawkBit, in the place of a repository.
    pub hawkbit: HawkbitParams,
}

impl Default for UpdaterParams {
    fn default() -> Self {
        Self {
            url: String::new(),
            endpoint: None,
            region: None,
            credentials_file: None,
            allow_http: false,
            root: PathBuf::from("root.json"),
            store: PathBuf::from("releases"),
            release: String::new(),
            channel: "stable".to_owned(),
            robot: String::new(),
            groups: Vec::new(),
            report_folder: None,
            poll_secs: 900.0,
            bandwidth: 0.0,
            signer: SignerParams::default(),
            hawkbit: HawkbitParams::default(),
        }
    }
}

impl NodeParams for UpdaterParams {
    fn validate(&self) -> Result<(), String> {
        let scheme = self.url.split_once("://").map(|(scheme, _)| scheme);
        let is_place = match scheme {
            None => self.url.is_empty() || Path::new(&self.url).is_absolute(),
            Some(scheme) => SCHEMES.contains(&scheme),
        };
        let authority = self.url.split('/').nth(2).unwrap_or_default();
        if authority.contains('@') {
            return Err(
                "`url`: expected no user name or password in it: credentials come from the environment or \
                 `credentials_file`"
                    .to_owned(),
            );
        }
        if !is_place {
            return Err(format!(
                "`url`: expected a folder's whole path, such as /mnt/releases, http://…, https://…, s3://BUCKET/PREFIX, \
                 gs://…, az://… or oci://HOST/NAME, found `{}`",
                self.url
            ));
        }
        self.signer.validate()?;
        self.hawkbit.validate()?;
        if self.hawkbit.is_set() && !self.url.is_empty() {
            return Err("`url`: expected a repository, or `hawkbit.url`, found both".to_owned());
        }
        if self.hawkbit.is_set() && !self.signer.is_set() {
            return Err(
                "`signer`: expected `key_file` or `authority_file` with `hawkbit`, whose hashes are no signatures, found none"
                    .to_owned(),
            );
        }
        let is_name = |name: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            name.len() <= 64 && name.bytes().all(is_plain)
        };
        let names = [("release", &self.release), ("channel", &self.channel)];
        let groups = self.groups.iter().map(|group| ("groups", group));
        match names.into_iter().chain(groups).find(|(_, name)| !is_name(name)) {
            Some((key, name)) => Err(format!(
                "`{key}`: expected at most 64 letters, digits, `.`, `_` and `-`, found `{}`",
                name.escape_debug()
            )),
            None => Ok(()),
        }
    }
}

impl UpdaterParams {
    /// The robot's name: what is said, or the computer's.
    ///
    /// # Errors
    /// Where the system does not tell it.
    pub fn robot_name(&self) -> std::io::Result<String> {
        if !self.robot.is_empty() {
            return Ok(self.robot.clone());
        }
        let name = sinew_files::read_text(Path::new("/proc/sys/kernel/hostname"), 4096)?;
        Ok(name.trim().to_owned())
    }

    /// The same with the files of the repository's place where `path` says.
    pub(crate) fn with_files(&self, path: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            credentials_file: self.credentials_file.as_deref().map(path),
            ..self.clone()
        }
    }

    /// Where the repository is.
    pub fn place(&self) -> Place {
        Place {
            address: self.url.clone(),
            options: LocationOptions {
                endpoint: self.endpoint.clone(),
                region: self.region.clone(),
                credentials_file: self.credentials_file.clone(),
                allow_http: self.allow_http,
            },
        }
    }

    /// The robot as a rollout knows it.
    pub fn subscriber(&self, robot: &str) -> Subscriber {
        Subscriber {
            robot: robot.to_owned(),
            channel: self.channel.clone(),
            groups: self.groups.clone(),
        }
    }

    /// The bandwidth, where there is a limit.
    pub fn limit(&self) -> Option<f64> {
        (self.bandwidth > 0.0).then_some(self.bandwidth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let refusal = |change: fn(&mut UpdaterParams)| {
            let mut params = UpdaterParams::default();
            change(&mut params);
            params.validate().unwrap_err()
        };
        assert!(refusal(|params| params.url = "ftp://robots".to_owned()).contains("`url`"));
        assert!(refusal(|params| params.url = "releases".to_owned()).contains("`url`"));
        let secret = refusal(|params| params.url = "oci://k:hunter2@registry/walk".to_owned());
        assert!(
            secret.contains("no user name") && !secret.contains("hunter2"),
            "{secret}"
        );
        assert!(refusal(|params| params.release = "../walk".to_owned()).contains("`release`"));
        assert!(refusal(|params| params.groups = vec!["a b".to_owned()]).contains("`groups`"));
        assert!(refusal(|params| params.hawkbit.url = "https://h".to_owned()).contains("`hawkbit.token_file`"));
        let unsigned = |params: &mut UpdaterParams| {
            params.hawkbit.url = "https://h".to_owned();
            params.hawkbit.token_file = Some("token".into());
        };
        assert!(refusal(unsigned).contains("`signer`"));
        assert!(
            refusal(|params| {
                params.signer.key_file = Some("key.pub.pem".into());
                params.signer.authority_file = Some("ca.pem".into());
            })
            .contains("`signer`")
        );
        assert!(
            refusal(|params| {
                params.url = "https://releases".to_owned();
                params.hawkbit.url = "https://h".to_owned();
                params.hawkbit.token_file = Some("token".into());
                params.signer.key_file = Some("key.pub.pem".into());
            })
            .contains("`url`")
        );
        assert_eq!(UpdaterParams::default().validate(), Ok(()));
    }
}
