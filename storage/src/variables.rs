//! Who one is: variables of the environment, or a file that nobody else can read. Never parameters.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use thiserror::Error;

/// Longest file of credentials, bytes.
const MAX_FILE: u64 = 64 << 10;

/// Credentials that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct CredentialsError(pub(crate) String);

/// Variables of the environment, or what a file has in their place. There is no way to show their values.
pub struct Variables(pub(crate) BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Variables {
    /// Those of the environment whose names begin so, and that have a value.
    pub fn of_environment(beginnings: &[&str]) -> Self {
        let all = std::env::vars().filter(|(name, value)| {
            !value.is_empty() && beginnings.iter().any(|beginning| name.starts_with(beginning))
        });
        Self(all.collect())
    }

    /// Those of a file of `NAME=value` lines that its owner alone can read.
    ///
    /// # Errors
    /// Where others can read it, too, and where it is none; a secret in it is not shown.
    pub fn read(file: &Path) -> Result<Self, CredentialsError> {
        let wrong = |what: String| CredentialsError(format!("`credentials_file`: {}: {what}", file.display()));
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

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Refuses a file that others than its owner can read.
pub(crate) fn expect_private(file: &Path) -> Result<(), String> {
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
}
