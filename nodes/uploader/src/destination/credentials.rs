//! Who uploads: from the environment, or from a file that nobody else can read. Never from parameters.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::DestinationError;
use super::location::{BucketLocation, Service};

/// Longest file of credentials, bytes.
const MAX_FILE: u64 = 64 << 10;

/// Variables of the environment, or what a file has in their place. There is no way to show it.
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those that the service of a location takes.
    pub(super) fn of(location: &BucketLocation) -> Result<Self, DestinationError> {
        let variables = match &location.options.credentials_file {
            Some(file) => Self::read(file)?,
            None => Self::from_environment(location.service),
        };
        variables.expect_all(location.service)?;
        Ok(variables)
    }

    fn from_environment(service: Service) -> Self {
        let beginnings: &[&str] = match service {
            Service::S3 => &["AWS_"],
            Service::Gcs => &["GOOGLE_"],
            Service::Azure => &["AZURE_"],
        };
        let all = std::env::vars().filter(|(name, value)| {
            !value.is_empty() && beginnings.iter().any(|beginning| name.starts_with(beginning))
        });
        Self(all.collect())
    }

    fn read(file: &Path) -> Result<Self, DestinationError> {
        let wrong =
            |what: String| DestinationError::Credentials(format!("`credentials_file`: {}: {what}", file.display()));
        let read_failed = |error: std::io::Error| wrong(format!("cannot be read: {error}"));
        expect_private(file).map_err(wrong)?;
        let text = sinew_files::read_text(file, MAX_FILE).map_err(read_failed)?;
        let mut variables = BTreeMap::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once('=') else {
                // What stands there may be a secret, so it is not repeated.
                return Err(wrong(format!("line {}: expected NAME=value", i + 1)));
            };
            let value = value.trim().trim_matches(['"', '\'']);
            variables.insert(name.trim().to_owned(), value.to_owned());
        }
        Ok(Self(variables))
    }

    /// Says what is missing before anything is sent. The clients would ask the cloud's own metadata service instead,
    /// which a robot does not have.
    fn expect_all(&self, service: Service) -> Result<(), DestinationError> {
        let has = |name: &&str| self.0.contains_key(*name);
        let (any, expected): (&[&[&str]], _) = match service {
            Service::S3 => (
                &[
                    &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
                    &["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
                    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
                    &["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
                ],
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ),
            Service::Gcs => (
                &[
                    &["GOOGLE_SERVICE_ACCOUNT"],
                    &["GOOGLE_SERVICE_ACCOUNT_KEY"],
                    &["GOOGLE_APPLICATION_CREDENTIALS"],
                ],
                "GOOGLE_APPLICATION_CREDENTIALS (a file), or GOOGLE_SERVICE_ACCOUNT_KEY",
            ),
            Service::Azure => (
                &[
                    &["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"],
                    &["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_SAS_KEY"],
                    &["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CLIENT_SECRET"],
                ],
                "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_KEY",
            ),
        };
        if any.iter().any(|all| all.iter().all(has)) {
            for name in ["GOOGLE_SERVICE_ACCOUNT", "GOOGLE_APPLICATION_CREDENTIALS"] {
                if let Some(file) = self.0.get(name) {
                    expect_private(Path::new(file))
                        .map_err(|what| DestinationError::Credentials(format!("{name}: {file}: {what}")))?;
                }
            }
            return Ok(());
        }
        Err(DestinationError::Credentials(format!(
            "credentials: expected {expected} in the environment or in `credentials_file`, found none"
        )))
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Refuses a file that others than its owner can read.
fn expect_private(file: &Path) -> Result<(), String> {
    let mode = match fs::metadata(file) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(format!(
            "expected a file that its owner alone can read, found mode {mode:03o}; run `chmod 600` on it"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_and_told_how_to_be_closed() {
        let secret = "AWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=hunter2\n";
        for (mode, taken) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o660, false),
        ] {
            match Variables::read(file(secret, mode).path()) {
                Ok(_) => assert!(taken, "{mode:o}"),
                Err(error) => {
                    let error = error.to_string();
                    assert!(
                        !taken && error.contains("chmod 600") && !error.contains("hunter2"),
                        "{error}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_no_line_is_told_by_its_number_and_not_repeated() {
        let error = Variables::read(file("# of the robot\nhunter2\n", 0o600).path())
            .err()
            .unwrap();
        let error = error.to_string();
        assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
        let read = Variables::read(file("export AWS_REGION = 'eu-1'\n", 0o600).path()).unwrap();
        assert_eq!(read.get("AWS_REGION"), Some("eu-1"));
    }

    #[test]
    fn missing_credentials_are_told_before_anything_is_sent() {
        let variables = Variables(BTreeMap::from([("AWS_ACCESS_KEY_ID".to_owned(), "k".to_owned())]));
        let error = variables.expect_all(Service::S3).unwrap_err().to_string();
        assert!(error.contains("AWS_SECRET_ACCESS_KEY"), "{error}");
    }
}
