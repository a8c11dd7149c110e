//! What goes where, and when.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_node::declared::NodeParams;
use sinew_storage::{Location, LocationOptions};

use crate::filter::FilterParams;
use crate::scan::Rule;

/// Parameters of the node `uploader`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UploaderParams {
    /// Folder of recordings, `*.mcap`. It is made where it is not there.
    #[schemars(extend("x-path" = true))]
    pub folder: PathBuf,
    /// Where they go: a folder, file:///…, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX. There is
    /// never a secret in it: credentials come from the environment or `credentials_file`.
    pub url: String,
    /// Where the object store is, such as `https://storage.example:9000`; the provider's own where it is left out.
    pub endpoint: Option<String>,
    /// Region of the bucket; AWS_REGION of the environment where it is left out.
    pub region: Option<String>,
    /// File of `NAME=value` lines such as AWS_ACCESS_KEY_ID=…, readable by its owner alone; the environment where it is
    /// left out.
    #[schemars(extend("x-path" = true))]
    pub credentials_file: Option<PathBuf>,
    /// Whether recordings may go without TLS over a network that is trusted, to an endpoint http://….
    pub allow_http: bool,
    /// Name of the robot in manifests; the name of the computer where it is empty.
    pub robot: String,
    /// Which recordings go: those that one of the rules lets go.
    pub rules: Vec<Rule>,
    /// Share of the recordings that goes by the rule `sampled`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub sample_share: f64,
    /// How long a recording without a proof must not have grown to count as finished, s.
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub settle_secs: f64,
    /// How often the folder is looked into, s.
    #[schemars(range(min = 0.1, max = 3600.0))]
    pub scan_secs: f64,
    /// How much may be sent, bytes/s; 0 for as much as the network takes.
    #[schemars(range(min = 0.0, max = 1e12), extend("x-live" = true))]
    pub bandwidth: f64,
    /// Whether recordings are deleted here once they are there, with their manifests. Not together with a filter.
    pub delete_after_upload: bool,
    /// What must not leave.
    pub filter: FilterParams,
}

impl Default for UploaderParams {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("recordings"),
            url: String::new(),
            endpoint: None,
            region: None,
            credentials_file: None,
            allow_http: false,
            robot: String::new(),
            rules: vec![Rule::All],
            sample_share: 0.1,
            settle_secs: 10.0,
            scan_secs: 5.0,
            bandwidth: 0.0,
            delete_after_upload: false,
            filter: FilterParams::default(),
        }
    }
}

impl NodeParams for UploaderParams {
    fn validate(&self) -> Result<(), String> {
        if !self.url.is_empty() {
            self.location().map(drop)?;
            let is_folder = !self.url.contains("://");
            if is_folder && Path::new(&self.url).is_relative() {
                return Err(format!(
                    "`url`: expected a folder's whole path, such as /mnt/usb, or a URL, found `{}`",
                    self.url
                ));
            }
        }
        if self.delete_after_upload && !self.filter.is_empty() {
            return Err(
                "`delete_after_upload`: expected false beside `filter`: filtered copies go, and the recordings themselves \
                 would be lost"
                    .to_owned(),
            );
        }
        self.filter.check()
    }
}

impl UploaderParams {
    /// The same with the files of the destination where `path` says.
    pub(crate) fn with_files(&self, path: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            credentials_file: self.credentials_file.as_deref().map(&path),
            ..self.clone()
        }
    }

    /// The robot's name: what is said, or the computer's.
    pub(crate) fn robot_name(&self) -> Result<String, std::io::Error> {
        if self.robot.is_empty() {
            host_name()
        } else {
            Ok(self.robot.clone())
        }
    }

    /// Where recordings go.
    ///
    /// # Errors
    /// Where that is nowhere.
    pub fn location(&self) -> Result<Location, String> {
        let options = LocationOptions {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            credentials_file: self.credentials_file.clone(),
            allow_http: self.allow_http,
        };
        Location::parse(&self.url, options).map_err(|error| error.to_string())
    }
}

/// The computer's name.
///
/// # Errors
/// Where the system does not tell it.
pub fn host_name() -> Result<String, std::io::Error> {
    let name = sinew_files::read_text(Path::new("/proc/sys/kernel/hostname"), 4096)?;
    Ok(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (yaml, named) in [
            ("{url: 'ftp://robots'}", "`url`"),
            ("{url: 's3://k:s@robots'}", "`url`"),
            ("{filter: {blur_classes: [person]}}", "`filter.blur_classes`"),
            (
                "{delete_after_upload: true, filter: {every_nth_image: 5}}",
                "`delete_after_upload`",
            ),
        ] {
            let params: UploaderParams =
                serde_json::from_value(serde_json::to_value(sinew_files::yaml(yaml).unwrap()).unwrap()).unwrap();
            let error = params.validate().unwrap_err();
            assert!(error.contains(named), "{yaml}: {error}");
        }
        assert_eq!(UploaderParams::default().validate(), Ok(()));
    }
}
