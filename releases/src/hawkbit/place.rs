//! Which hawkBit, and which of its devices one is.

use std::path::PathBuf;

use url::{Host, Url};

use super::HawkbitError;

/// Who a device shows itself to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// By the token of this one device.
    Target,
    /// By the token of whoever stands before many devices.
    Gateway,
}

impl TokenKind {
    /// What stands before the token.
    pub(super) fn scheme(self) -> &'static str {
        match self {
            Self::Target => "TargetToken",
            Self::Gateway => "GatewayToken",
        }
    }
}

/// Which hawkBit, and which of its devices one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HawkbitPlace {
    /// The server: `https://HOST`.
    pub url: String,
    /// The tenant, such as `DEFAULT`.
    pub tenant: String,
    /// The device's controller id.
    pub controller_id: String,
    /// What its token is.
    pub token: TokenKind,
    /// A file with the token in its first line; it is read for each request.
    pub token_file: PathBuf,
    /// Certificates (PEM) of who may sign the server's, besides those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Whether the token may cross a network as everybody can read it.
    pub allow_plaintext: bool,
}

impl HawkbitPlace {
    /// The address of the device's own resource.
    pub(super) fn base(&self) -> Result<Url, HawkbitError> {
        let refused = |expected: &str| {
            // An address may have a password in it.
            HawkbitError::Place(format!("hawkBit's `url`: expected {expected}"))
        };
        let mut url = Url::parse(&self.url).map_err(|_| refused("https://HOST"))?;
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if is_local || self.allow_plaintext => {}
            _ => {
                return Err(refused(
                    "https://HOST; http:// only for this computer, or with `allow_plaintext`, with which everybody on the \
                     way can read the token",
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(refused("no user name, password or `?`"));
        }
        for (key, name) in [("tenant", &self.tenant), ("controller_id", &self.controller_id)] {
            if name.is_empty()
                || name.len() > 256
                || name.chars().any(char::is_control)
                || [".", ".."].contains(&&**name)
            {
                let expected = "expected 1 to 256 bytes in one line";
                return Err(HawkbitError::Place(format!(
                    "hawkBit's `{key}`: {expected}, found {name:?}"
                )));
            }
        }
        let mut path = url.path_segments_mut().map_err(|()| refused("https://HOST"))?;
        path.pop_if_empty()
            .extend([&*self.tenant, "controller", "v1", &*self.controller_id]);
        drop(path);
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str, controller_id: &str, allow_plaintext: bool) -> Result<String, String> {
        let place = HawkbitPlace {
            url: url.to_owned(),
            tenant: "DEFAULT".to_owned(),
            controller_id: controller_id.to_owned(),
            token: TokenKind::Target,
            token_file: PathBuf::new(),
            ca_file: None,
            allow_plaintext,
        };
        let base = place.base().map_err(|error| error.to_string())?;
        Ok(base.to_string())
    }

    #[test]
    fn a_device_is_found_below_its_tenant_and_its_name_cannot_lead_elsewhere() {
        let expected = "https://hawkbit.example/DEFAULT/controller/v1/strider%207";
        assert_eq!(base("https://hawkbit.example", "strider 7", false).unwrap(), expected);
        let below = base("https://hawkbit.example/up/", "a/../b?c", false).unwrap();
        assert_eq!(below, "https://hawkbit.example/up/DEFAULT/controller/v1/a%2F..%2Fb%3Fc");
        for name in ["", "..", "a\nb"] {
            assert!(base("https://hawkbit.example", name, false).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_token_crosses_no_network_in_plain_text_unless_that_was_asked_for() {
        for (url, allow_plaintext, is_taken) in [
            ("http://hawkbit.example", false, false),
            ("http://hawkbit.example", true, true),
            ("http://127.0.0.1:8080", false, true),
            ("http://localhost:8080", false, true),
            ("http://localhost.example", false, false),
            ("ftp://hawkbit.example", true, false),
            ("https://robot:hunter2@hawkbit.example", false, false),
            ("hawkbit.example", false, false),
        ] {
            let base = base(url, "strider", allow_plaintext);
            assert_eq!(base.is_ok(), is_taken, "{url}: {base:?}");
            assert!(!base.is_err_and(|error| error.contains("hunter2")));
        }
    }
}
