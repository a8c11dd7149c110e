use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::ranges;
use sinew_node::declared::NodeParams;

/// Parameters of the node `metrics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsParams {
    /// Where it listens: an IP address and a port, of which 0 is any that is free. One that others reach needs
    /// `token_file`.
    pub address: String,
    /// File with the token that a client has to show, in one line; its owner alone may read it (mode 0600).
    #[schemars(extend("x-path" = true))]
    pub token_file: Option<PathBuf>,
    /// What a client may cost.
    pub limits: Limits,
}

/// What a client may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most connections at once; one more takes the place of the one that has waited longest for its request.
    #[schemars(range(min = 1, max = 1024))]
    pub connections: u32,
    /// Longest head of a request, bytes.
    #[schemars(range(min = 8192, max = 65_536))]
    pub head_bytes: u32,
    /// How long a connection may last, from its beginning to the end of its one answer, s.
    #[schemars(range(min = 0.1, max = 60.0))]
    pub secs: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16,
            head_bytes: 8192,
            secs: 10.0,
        }
    }
}

impl Default for MetricsParams {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:9464".to_owned(),
            token_file: None,
            limits: Limits::default(),
        }
    }
}

impl NodeParams for MetricsParams {
    fn validate(&self) -> Result<(), String> {
        self.check().map(drop)
    }
}

impl MetricsParams {
    /// Where it listens.
    ///
    /// # Errors
    /// With the key whose value cannot be: no address, one that others reach without a token, or a number outside its
    /// range.
    pub fn check(&self) -> Result<SocketAddr, String> {
        ranges::check(self).map_err(|outside| outside.to_string())?;
        let address: SocketAddr = self.address.parse().map_err(|_| {
            format!(
                "`address`: expected an IP address and a port such as 127.0.0.1:9464 or [::1]:9464, found `{}`",
                self.address
            )
        })?;
        if !address.ip().to_canonical().is_loopback() && self.token_file.is_none() {
            return Err(format!(
                "`address`: expected 127.0.0.1 or [::1] where there is no `token_file`, found {}, which others reach: say \
                 `token_file`, too",
                address.ip()
            ));
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(address: &str, token: Option<&str>) -> MetricsParams {
        MetricsParams {
            address: address.to_owned(),
            token_file: token.map(PathBuf::from),
            ..MetricsParams::default()
        }
    }

    #[test]
    fn an_address_that_others_reach_needs_a_token() {
        for address in [
            "0.0.0.0:9464",
            "192.168.1.7:80",
            "[::]:9464",
            "[2001:db8::1]:1",
            "[::ffff:10.0.0.1]:1",
        ] {
            let error = params(address, None).check().unwrap_err();
            assert!(error.contains("`token_file`"), "{error}");
            assert!(params(address, Some("token")).check().is_ok(), "{address}");
        }
        for address in ["127.0.0.1:9464", "127.1.2.3:0", "[::1]:9464", "[::ffff:127.0.0.1]:1"] {
            assert!(params(address, None).check().is_ok(), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_name() {
        for address in ["localhost:9464", "127.0.0.1", ":9464", "", "127.0.0.1:99999"] {
            let error = params(address, None).check().unwrap_err();
            assert!(error.starts_with("`address`: expected an IP address"), "{error}");
        }
    }
}
