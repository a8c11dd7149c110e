//! Who has to have signed a release, whatever the place says that it came from.

use std::error::Error;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_releases::signature::{Authorities, SignatureError, Trust, VerifyingKey, verify_signature};

use crate::offers::OffersError;

/// Who has to have signed a release in the format of OpenSSF Model Signing; nobody where neither file is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignerParams {
    /// The signer's public key (PEM).
    #[schemars(extend("x-path" = true))]
    pub key_file: Option<PathBuf>,
    /// Certificates of authorities (PEM), one behind the other: whoever has a certificate of one of them may sign. In the place
    /// of `key_file`.
    #[schemars(extend("x-path" = true))]
    pub authority_file: Option<PathBuf>,
}

impl SignerParams {
    /// Whether somebody has to have signed.
    pub fn is_set(&self) -> bool {
        self.key_file.is_some() || self.authority_file.is_some()
    }

    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.key_file.is_some() && self.authority_file.is_some() {
            return Err("`signer`: expected `key_file` or `authority_file`, found both".to_owned());
        }
        Ok(())
    }

    /// Reads the file, whose whole path `resolved` gives; nothing where none is named.
    ///
    /// # Errors
    /// Where it cannot be read, or is no key or certificate.
    pub fn trust(&self, resolved: impl Fn(&Path) -> PathBuf) -> Result<Option<Trust>, SignatureError> {
        match (&self.key_file, &self.authority_file) {
            (Some(key), _) => Ok(Some(Trust::Key(VerifyingKey::load(&resolved(key))?))),
            (None, Some(authority)) => {
                let authorities = Authorities::load(&[&resolved(authority)])?;
                Ok(Some(Trust::Authorities(authorities)))
            }
            (None, None) => Ok(None),
        }
    }
}

/// Refuses a release whose folder is not what somebody trusted has signed.
pub(crate) fn expect_signed(version: &str, folder: &Path, signature: &Path, trust: &Trust) -> Result<(), OffersError> {
    verify_signature(folder, signature, trust).map_err(|error| {
        let mut text = format!("{version}: {error}");
        if let Some(cause) = error.source() {
            text = format!("{text}: {cause}");
        }
        match error {
            SignatureError::Io { .. } => OffersError::Unreachable(text),
            _ => OffersError::NotSigned(text),
        }
    })
}
