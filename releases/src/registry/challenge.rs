//! What a registry answers who has not said who they are: how it wants to be told.

/// How a registry wants to be told who one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With name and password in each request.
    Basic,
    /// With a token that another server gives.
    Bearer {
        /// That server.
        realm: String,
        /// For whom the token is.
        service: Option<String>,
    },
}

impl Challenge {
    /// Reads a header `WWW-Authenticate`.
    pub(super) fn of(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        Some(Self::Bearer {
            realm: value(rest, "realm")?,
            service: value(rest, "service"),
        })
    }
}

/// The value of `name="value"`, of several that commas separate.
fn value(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, next) = after.split_once('"')?;
        if key.trim_matches([' ', ',']).eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_registries_answer_is_read() {
        assert_eq!(Challenge::of("Basic realm=\"walk\""), Some(Challenge::Basic));
        let bearer = "Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull,push\"";
        assert_eq!(
            Challenge::of(bearer),
            Some(Challenge::Bearer {
                realm: "https://auth.example/token".to_owned(),
                service: Some("registry.example".to_owned()),
            })
        );
        for none in [
            "",
            "Digest realm=\"a\"",
            "Bearer",
            "Bearer realm=\"a",
            "Bearer service=\"a\"",
        ] {
            assert_eq!(Challenge::of(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(text in ".{0,60}") {
            let _ = Challenge::of(&text);
            let _ = Challenge::of(&format!("Bearer {text}"));
        }
    }
}
