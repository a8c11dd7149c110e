//! ROS 2 security, as the environment asks for it. rcl does what is asked; what is said here is what it would
//! leave unsaid.

use std::env;

use super::error::Refused;

const ENABLE: &str = "ROS_SECURITY_ENABLE";
const STRATEGY: &str = "ROS_SECURITY_STRATEGY";
const GUIDE: &str = "docs/security.md";

/// Whether this process's participant shows a certificate and asks others for theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    Off,
    Enforced,
}

impl Security {
    /// As the environment has it.
    ///
    /// # Errors
    /// For values that rcl would take, in silence, for no security.
    pub(super) fn of_environment() -> Result<Self, Refused> {
        let value = |name| env::var(name).unwrap_or_default();
        Self::of(&value(ENABLE), &value(STRATEGY))
    }

    fn of(enable: &str, strategy: &str) -> Result<Self, Refused> {
        match (enable, strategy) {
            ("" | "false", _) => Ok(Self::Off),
            ("true", "Enforce") => Ok(Self::Enforced),
            ("true", other) => Err(Refused(format!(
                "{STRATEGY}: expected Enforce, found {}: without it, a process that lacks its enclave would run without \
                 security ({GUIDE})",
                named(other)
            ))),
            (other, _) => Err(Refused(format!(
                "{ENABLE}: expected true or false, found {}, which ROS 2 takes for false ({GUIDE})",
                named(other)
            ))),
        }
    }

    /// Tells the operator, once for the process.
    pub(super) fn tell(self) {
        match self {
            Self::Enforced => tracing::info!("ROS 2 security is enforced"),
            Self::Off => {
                tracing::info!(
                    "ROS 2 security is off: every peer of this domain can command what listens here ({GUIDE})"
                );
            }
        }
    }

    /// What ROS 2 said, with what can be done about it.
    pub(super) fn explained(self, said: String) -> String {
        if self == Self::Off {
            return said;
        }
        let hint = if said.contains("security libraries") {
            "this middleware was built without security, as in PyPI's wheels: use that of a ROS 2 installation, or unset \
             ROS_SECURITY_ENABLE"
        } else if said.contains("SECURITY ERROR") || said.contains("security files") {
            "expected the enclave that `--enclave` names, in the folder that ROS_SECURITY_KEYSTORE names; `sinew security \
             grant` makes it"
        } else {
            "ROS 2 security is enforced: the permissions of this process's enclave may not name it, or may have ended; \
             `sinew security list` and `grant --renew`"
        };
        format!("{} ({hint})", said.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

fn named(value: &str) -> String {
    if value.is_empty() {
        "nothing".to_owned()
    } else {
        format!("`{}`", value.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_that_was_asked_for_is_never_left_out_in_silence() {
        assert_eq!(Security::of("", ""), Ok(Security::Off));
        assert_eq!(Security::of("false", "Enforce"), Ok(Security::Off));
        assert_eq!(Security::of("true", "Enforce"), Ok(Security::Enforced));
        for (enable, strategy, named) in [
            ("true", "", "ROS_SECURITY_STRATEGY: expected Enforce, found nothing"),
            ("true", "Permissive", "found `Permissive`"),
            ("true", "enforce", "found `enforce`"),
            ("1", "Enforce", "ROS_SECURITY_ENABLE: expected true or false, found `1`"),
            ("True", "Enforce", "found `True`"),
        ] {
            let Err(Refused(said)) = Security::of(enable, strategy) else {
                panic!("{enable} {strategy} was taken");
            };
            assert!(said.contains(named), "{said}");
        }
    }

    #[test]
    fn what_ros_says_comes_with_what_to_do() {
        let said = "This Fast DDS version doesn't have the security libraries\nPlease compile";
        assert!(
            Security::Enforced
                .explained(said.to_owned())
                .contains("built without security")
        );
        let said = "SECURITY ERROR: directory '/x/enclaves/y' does not exist.";
        assert!(
            Security::Enforced
                .explained(said.to_owned())
                .contains("sinew security grant")
        );
        assert_eq!(Security::Off.explained(said.to_owned()), said);
    }
}
