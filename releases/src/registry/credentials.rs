//! Who one is at a registry: from the environment, from a file that nobody else can read, or from where `docker login`,
//! `podman login` and `skopeo login` keep it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use sinew_storage::{LocationOptions, Variables};

use super::address::Address;
use crate::source::SourceError;

const USER: &str = "REGISTRY_USERNAME";
const PASSWORD: &str = "REGISTRY_PASSWORD";
/// Longest file of logins, bytes.
const MAX_FILE: u64 = 1 << 20;

/// A user's name and password, which are not shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

/// What the tools of containers keep.
#[derive(Debug, Deserialize)]
struct Logins {
    #[serde(default)]
    auths: BTreeMap<String, Login>,
}

#[derive(Debug, Deserialize)]
struct Login {
    /// `user:password` in base64.
    auth: Option<String>,
}

/// Those of a registry; none where nobody has said any.
pub(super) fn credentials(address: &Address, options: &LocationOptions) -> Result<Option<Credentials>, SourceError> {
    let refused = |reason: String| SourceError::Place {
        place: address.host.clone(),
        reason,
    };
    let variables = match &options.credentials_file {
        Some(file) => Variables::read(file).map_err(|error| refused(error.to_string()))?,
        None => Variables::of_environment(&["REGISTRY_"]),
    };
    match (variables.get(USER), variables.get(PASSWORD)) {
        (Some(user), Some(password)) => Ok(Some(Credentials {
            user: user.to_owned(),
            password: password.to_owned(),
        })),
        (None, None) if options.credentials_file.is_none() => kept(&address.host, &variables).map_err(refused),
        _ => Err(refused(format!(
            "credentials: expected {USER} and {PASSWORD}, found not both"
        ))),
    }
}

/// Those that were kept when somebody logged in.
fn kept(host: &str, variables: &Variables) -> Result<Option<Credentials>, String> {
    for file in files(variables).into_iter().filter(|file| file.is_file()) {
        let wrong = |reason: String| format!("{}: {reason}", file.display());
        let bytes = sinew_files::read(&file, MAX_FILE).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        if let Some(credentials) = of_logins(&bytes, host).map_err(wrong)? {
            return Ok(Some(credentials));
        }
    }
    Ok(None)
}

fn files(variables: &Variables) -> Vec<PathBuf> {
    if let Some(file) = variables.get("REGISTRY_AUTH_FILE") {
        return vec![file.into()];
    }
    let folder = |variable: &str| {
        std::env::var_os(variable)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let docker = folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")));
    let podman = folder("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json"));
    podman
        .into_iter()
        .chain(docker.map(|folder| folder.join("config.json")))
        .collect()
}

fn of_logins(bytes: &[u8], host: &str) -> Result<Option<Credentials>, String> {
    // What stands in it is secret, so that the error says where it is wrong and not what is there.
    let logins: Logins = serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "line {}, column {}: expected logins as JSON",
            error.line(),
            error.column()
        )
    })?;
    let Some(auth) = logins.auths.get(host).and_then(|login| login.auth.as_ref()) else {
        return Ok(None);
    };
    let wrong = || format!("`auths.{host}.auth`: expected USER:PASSWORD in base64");
    let text = Base64::decode_vec(auth)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(wrong)?;
    let (user, password) = text.split_once(':').ok_or_else(wrong)?;
    Ok(Some(Credentials {
        user: user.to_owned(),
        password: password.to_owned(),
    }))
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_and_podman_keep_is_read_and_what_is_wrong_in_it_is_not_repeated() {
        let auth = Base64::encode_string(b"robot:hunter2");
        let text = format!(r#"{{"auths": {{"registry.example:5000": {{"auth": "{auth}"}}, "other": {{}}}}, "x": 1}}"#);
        let found = of_logins(text.as_bytes(), "registry.example:5000").unwrap().unwrap();
        assert_eq!((found.user.as_str(), found.password.as_str()), ("robot", "hunter2"));
        assert_eq!(format!("{found:?}"), "Credentials");
        assert_eq!(of_logins(text.as_bytes(), "other"), Ok(None));
        assert_eq!(of_logins(b"{}", "other"), Ok(None));
        for wrong in [
            text.replace(&auth, "hunter2!"),
            text.replace(&auth, "aHVudGVyMg=="),
            "hunter2".to_owned(),
        ] {
            let error = of_logins(wrong.as_bytes(), "registry.example:5000").unwrap_err();
            assert!(error.contains("expected") && !error.contains("hunter2"), "{error}");
        }
    }
}
