//! Which registry, and which repository of it, an address means.

use sinew_storage::is_encrypted_or_local;
use url::{Host, Url};

use crate::Place;
use crate::source::SourceError;

const SCHEME: &str = "oci://";
const EXPECTED: &str = "expected oci://HOST[:PORT]/NAME, a name of lower-case letters and digits with `.`, `_`, `-` and `/` \
                        between them";

/// A repository of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Where the registry is.
    pub(super) base: Url,
    /// As credentials are kept for it: HOST or HOST:PORT.
    pub(super) host: String,
    /// The repository's name in it.
    pub(super) name: String,
}

impl Address {
    pub(super) fn of(place: &Place) -> Result<Self, SourceError> {
        // What was refused may have a secret in it, and is not repeated.
        let refused = |reason: &str| SourceError::Place {
            place: "oci".to_owned(),
            reason: reason.to_owned(),
        };
        let rest = place.address.strip_prefix(SCHEME).unwrap_or_default();
        let (host, name) = rest.split_once('/').ok_or_else(|| refused(EXPECTED))?;
        if host.contains('@') || rest.contains(['?', '#']) {
            return Err(refused(
                "expected no user name or password in the address: credentials come from the environment or \
                 `credentials_file`",
            ));
        }
        let name = name.trim_end_matches('/');
        if host.is_empty() || !name.split('/').all(is_part) {
            return Err(refused(EXPECTED));
        }
        let allow_http = place.options.allow_http;
        let base = match &place.options.endpoint {
            Some(endpoint) => endpoint.clone(),
            None if allow_http || is_here(host) => format!("http://{host}"),
            None => format!("https://{host}"),
        };
        if !is_encrypted_or_local(&base, allow_http) {
            return Err(refused(
                "`endpoint`: expected https://HOST[:PORT], or http:// of this machine; `allow_http` is for networks that are \
                 trusted",
            ));
        }
        Ok(Self {
            base: Url::parse(&base).map_err(|error| refused(&error.to_string()))?,
            host: host.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Something of the repository: a blob, a manifest.
    pub(super) fn url(&self, what: &str) -> Result<Url, SourceError> {
        let url = self.base.join(&format!("/v2/{}/{what}", self.name));
        url.map_err(|error| SourceError::Place {
            place: self.host.clone(),
            reason: error.to_string(),
        })
    }

    /// Whether a URL is of the registry itself, which alone is told who one is.
    pub(super) fn is_same_host(&self, url: &Url) -> bool {
        let place = |url: &Url| {
            (
                url.scheme().to_owned(),
                url.host_str().map(str::to_owned),
                url.port_or_known_default(),
            )
        };
        place(url) == place(&self.base)
    }
}

/// One part of a name between slashes, as the registries' specification has it.
fn is_part(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let (first, last) = (part.bytes().next(), part.bytes().next_back());
    first.is_some_and(is_plain)
        && last.is_some_and(is_plain)
        && part.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte))
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let url = Url::parse(&format!("http://{host}"));
    url.is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Result<Address, String> {
        Address::of(&address.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn only_this_machine_is_asked_without_tls_unless_it_is_said() {
        for (address, base) in [
            ("oci://127.0.0.1:5000/robots/walk", "http://127.0.0.1:5000/"),
            ("oci://localhost:5000/walk", "http://localhost:5000/"),
            ("oci://registry.example/team/walk", "https://registry.example/"),
            ("oci://10.0.0.7:5000/walk", "https://10.0.0.7:5000/"),
            ("oci://127.0.0.1.example/walk", "https://127.0.0.1.example/"),
        ] {
            assert_eq!(read(address).unwrap().base.as_str(), base, "{address}");
        }
        let mut place = Place::from("oci://10.0.0.7:5000/walk");
        place.options.allow_http = true;
        assert_eq!(Address::of(&place).unwrap().base.as_str(), "http://10.0.0.7:5000/");
        place.options.endpoint = Some("http://10.0.0.8".to_owned());
        place.options.allow_http = false;
        assert!(Address::of(&place).unwrap_err().to_string().contains("`endpoint`"));
    }

    #[test]
    fn what_is_no_address_is_refused_and_secrets_are_not_repeated() {
        for (address, said) in [
            ("oci://registry.example", "oci://HOST[:PORT]/NAME"),
            ("oci:///walk", "oci://HOST[:PORT]/NAME"),
            ("oci://registry.example/Walk", "lower-case"),
            ("oci://registry.example/../walk", "lower-case"),
            ("oci://registry.example/a//b", "lower-case"),
            ("oci://robot:hunter2@registry.example/walk", "no user name or password"),
            ("oci://registry.example/walk?token=hunter2", "no user name or password"),
        ] {
            let error = read(address).unwrap_err();
            assert!(error.contains(said) && !error.contains("hunter2"), "{address}: {error}");
        }
        assert_eq!(read("oci://registry.example/team/walk/").unwrap().name, "team/walk");
    }
}
