use std::net::{IpAddr, SocketAddr};
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
    /// What is sent to a collector, besides what is answered.
    pub otlp: OtlpParams,
}

/// Metrics and spans for a collector, in OTLP over HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OtlpParams {
    /// Where the collector is, such as http://127.0.0.1:4318; `/v1/metrics` and `/v1/traces` are added. Nothing is sent
    /// without. Needs a program with the feature `otlp`.
    pub endpoint: Option<String>,
    /// How often is sent, s.
    #[schemars(range(min = 1.0, max = 3600.0))]
    pub period_secs: f64,
    /// File with a token for the collector (`Authorization: Bearer …`), in one line; its owner alone may read it (mode
    /// 0600). Over HTTP without TLS only a collector on this computer gets it.
    #[schemars(extend("x-path" = true))]
    pub token_file: Option<PathBuf>,
    /// Name of the robot: the attributes `robot.id` and `service.instance.id`.
    pub robot_id: Option<String>,
    /// What kind of robot it is: the attribute `robot.model`.
    pub robot_model: Option<String>,
}

impl Default for OtlpParams {
    fn default() -> Self {
        Self {
            endpoint: None,
            period_secs: 10.0,
            token_file: None,
            robot_id: None,
            robot_model: None,
        }
    }
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
            otlp: OtlpParams::default(),
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
        self.otlp.check()?;
        Ok(address)
    }
}

impl OtlpParams {
    fn check(&self) -> Result<(), String> {
        let Some(endpoint) = &self.endpoint else {
            return match self.token_file {
                Some(_) => Err("`otlp.token_file`: expected `otlp.endpoint` with it, found none".to_owned()),
                None => Ok(()),
            };
        };
        let uri: Option<hyper::Uri> = endpoint.parse().ok();
        let parts = uri
            .as_ref()
            .and_then(|uri| Some((uri.scheme_str()?, uri.host()?, uri.query())));
        let (is_secret, host) = match parts {
            Some(("https", host, None)) => (true, host),
            Some(("http", host, None)) => (false, host),
            _ => {
                return Err(format!(
                    "`otlp.endpoint`: expected a URL such as http://127.0.0.1:4318 or https://collector.example.org, \
                     found `{endpoint}`"
                ));
            }
        };
        if self.token_file.is_some() && !is_secret && !is_local(host) {
            return Err(format!(
                "`otlp.token_file`: expected an `otlp.endpoint` with https, since everybody on the way to {host} could read \
                 the token, found `{endpoint}`"
            ));
        }
        Ok(())
    }
}

/// Whether a host cannot be another computer.
fn is_local(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
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

    #[test]
    fn a_collector_is_a_url_and_gets_a_token_only_where_nobody_reads_along() {
        let check = |endpoint: &str, has_token: bool| {
            let otlp = OtlpParams {
                endpoint: Some(endpoint.to_owned()),
                token_file: has_token.then(|| PathBuf::from("token")),
                ..OtlpParams::default()
            };
            otlp.check()
        };
        for endpoint in ["collector:4318", "ftp://collector", "http://", "", "http://a/?b"] {
            let error = check(endpoint, false).unwrap_err();
            assert!(error.starts_with("`otlp.endpoint`: expected a URL"), "{error}");
        }
        for (endpoint, may_have_token) in [
            ("http://127.0.0.1:4318", true),
            ("http://[::1]:4318", true),
            ("http://localhost:4318/otlp", true),
            ("https://collector.example.org", true),
            ("http://collector.example.org:4318", false),
            ("http://10.0.0.1:4318", false),
        ] {
            assert!(check(endpoint, false).is_ok(), "{endpoint}");
            assert_eq!(check(endpoint, true).is_ok(), may_have_token, "{endpoint}");
        }
    }
}
