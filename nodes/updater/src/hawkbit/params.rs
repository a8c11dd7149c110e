//! Which hawkBit a robot asks, and as whom.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_releases::hawkbit::{HawkbitPlace, TokenKind};

/// Eclipse hawkBit, in the place of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HawkbitParams {
    /// The server, https://HOST; hawkBit is not asked where it is empty. http:// only for this computer.
    pub url: String,
    /// The tenant.
    pub tenant: String,
    /// The robot's controller id there; `robot` where it is empty.
    pub controller_id: String,
    /// What `token_file` has: the token of this one robot, or that of a gateway, which speaks for all robots of the tenant.
    pub token: HawkbitToken,
    /// A file with the token in its first line; it is read again for each request.
    #[schemars(extend("x-path" = true))]
    pub token_file: Option<PathBuf>,
    /// Certificates (PEM) of who may sign the server's, besides those that the system trusts.
    #[schemars(extend("x-path" = true))]
    pub ca_file: Option<PathBuf>,
    /// Whether the token may cross a network as everybody can read it.
    pub allow_plaintext: bool,
}

/// Whose token it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HawkbitToken {
    /// The robot's own.
    #[default]
    Target,
    /// A gateway's.
    Gateway,
}

impl Default for HawkbitParams {
    fn default() -> Self {
        Self {
            url: String::new(),
            tenant: "DEFAULT".to_owned(),
            controller_id: String::new(),
            token: HawkbitToken::default(),
            token_file: None,
            ca_file: None,
            allow_plaintext: false,
        }
    }
}

impl HawkbitParams {
    /// Whether hawkBit is asked.
    pub fn is_set(&self) -> bool {
        !self.url.is_empty()
    }

    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.is_set() && self.token_file.is_none() {
            return Err("`hawkbit.token_file`: expected a file with a token, found none".to_owned());
        }
        Ok(())
    }

    /// The place that is meant, for a robot; `resolved` gives whole paths.
    pub(super) fn place(&self, robot: &str, resolved: impl Fn(&Path) -> PathBuf) -> HawkbitPlace {
        let controller_id = if self.controller_id.is_empty() {
            robot
        } else {
            &self.controller_id
        };
        HawkbitPlace {
            url: self.url.clone(),
            tenant: self.tenant.clone(),
            controller_id: controller_id.to_owned(),
            token: match self.token {
                HawkbitToken::Target => TokenKind::Target,
                HawkbitToken::Gateway => TokenKind::Gateway,
            },
            token_file: self.token_file.as_deref().map(&resolved).unwrap_or_default(),
            ca_file: self.ca_file.as_deref().map(&resolved),
            allow_plaintext: self.allow_plaintext,
        }
    }
}
