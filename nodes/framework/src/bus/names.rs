use super::{Bus, BusError};

/// What ROS 2 leaves of the 255 characters of DDS, after its own prefixes.
const LONGEST: usize = 247;

/// The full name of a topic or service of a node: relative names get the namespace, `~` the node's
/// full name.
///
/// # Errors
/// [`BusError::Name`] where ROS 2 would refuse it, too.
pub fn resolve(name: &str, node: &str, namespace: &str) -> Result<String, BusError> {
    let refused = |expected| {
        Err(BusError::Name {
            name: name.to_owned(),
            expected,
        })
    };
    let namespace = namespace.trim_end_matches('/');
    let full = match name {
        "" => return refused("expected a name, found nothing"),
        "~" => format!("{namespace}/{node}"),
        _ if name.starts_with('/') => name.to_owned(),
        _ => match name.strip_prefix("~/") {
            Some(private) => format!("{namespace}/{node}/{private}"),
            None => format!("{namespace}/{name}"),
        },
    };
    let token_is_fine = |token: &str| {
        !token.is_empty()
            && !token.starts_with(|c: char| c.is_ascii_digit())
            && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match full.strip_prefix('/') {
        _ if full.len() > LONGEST => refused("expected a full name of at most 247 characters"),
        Some(tokens) if tokens.split('/').all(token_is_fine) => Ok(full),
        _ => refused("expected letters, digits and `_` between single slashes, no digit first"),
    }
}

/// The full name of a node, for example `/left/control`.
pub fn full_name(bus: &dyn Bus) -> String {
    format!("{}/{}", bus.namespace().trim_end_matches('/'), bus.node_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_as_in_ros() {
        for (name, full) in [
            ("cmd_vel", "/left/cmd_vel"),
            ("/clock", "/clock"),
            ("~/stop", "/left/control/stop"),
            ("~", "/left/control"),
            ("imu/data", "/left/imu/data"),
        ] {
            assert_eq!(resolve(name, "control", "/left").as_deref(), Ok(full));
        }
        assert_eq!(resolve("cmd_vel", "control", "/").as_deref(), Ok("/cmd_vel"));
    }

    #[test]
    fn names_that_ros_refuses_are_refused() {
        let long = "a".repeat(LONGEST);
        for name in ["", "a b", "/", "a//b", "2x", "cmd-vel", "a/", "~stop", "ä", &long] {
            assert!(resolve(name, "control", "/").is_err(), "{name}");
        }
        assert!(resolve(&long[1..], "control", "/").is_ok());
        for namespace in ["left", "ä", "/a b"] {
            assert!(resolve("cmd_vel", "control", namespace).is_err(), "{namespace}");
        }
    }
}
