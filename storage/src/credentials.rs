//! Which credentials the services take.

use std::path::Path;

use crate::client::ConnectError;
use crate::location::{BucketLocation, Service};
use crate::variables::{CredentialsError, Variables, expect_private};

impl From<CredentialsError> for ConnectError {
    fn from(error: CredentialsError) -> Self {
        Self::Credentials(error.to_string())
    }
}

/// Those that the service of a location takes.
pub(crate) fn credentials(location: &BucketLocation) -> Result<Variables, ConnectError> {
    let variables = match &location.options.credentials_file {
        Some(file) => Variables::read(file)?,
        None => Variables::of_environment(match location.service {
            Service::S3 => &["AWS_"],
            Service::Gcs => &["GOOGLE_"],
            Service::Azure => &["AZURE_"],
        }),
    };
    expect_all(&variables, location.service)?;
    Ok(variables)
}

/// Says what is missing before anything is sent. The clients would ask the cloud's own metadata service instead,
/// which a robot does not have.
fn expect_all(variables: &Variables, service: Service) -> Result<(), ConnectError> {
    let has = |name: &&str| variables.0.contains_key(*name);
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
            if let Some(file) = variables.0.get(name) {
                expect_private(Path::new(file))
                    .map_err(|what| ConnectError::Credentials(format!("{name}: {file}: {what}")))?;
            }
        }
        return Ok(());
    }
    Err(ConnectError::Credentials(format!(
        "credentials: expected {expected} in the environment or in `credentials_file`, found none"
    )))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn missing_credentials_are_told_before_anything_is_sent() {
        let variables = Variables(BTreeMap::from([("AWS_ACCESS_KEY_ID".to_owned(), "k".to_owned())]));
        let error = expect_all(&variables, Service::S3).unwrap_err().to_string();
        assert!(error.contains("AWS_SECRET_ACCESS_KEY"), "{error}");
    }
}
