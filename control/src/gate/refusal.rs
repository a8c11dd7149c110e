//! Why a gate does not take a robot.

use thiserror::Error;

use super::limits::SafeAction;
use crate::io::Capabilities;
use crate::ranges::OutOfRange;

/// Why a gate does not take a robot.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GateError {
    /// A safety parameter is out of range.
    #[error(transparent)]
    Params(#[from] OutOfRange),
    /// The robot cannot do what is asked of it after a stop.
    #[error("`safety.safe_action`: expected {expected}, found `{found}`: {reason}")]
    SafeAction {
        /// What the robot can do.
        expected: &'static str,
        /// What it was asked for.
        found: &'static str,
        /// Why it cannot.
        reason: &'static str,
    },
}

const NO_OWN_STOP: &str = "the robot has no stop of its own (`topics.safe_stop` names that of a driver on topics)";

impl SafeAction {
    /// Name as in parameter files.
    pub fn name(self) -> &'static str {
        match self {
            SafeAction::Damp => "damp",
            SafeAction::Hold => "hold",
            SafeAction::Own => "own",
        }
    }

    /// Checks that a robot can carry this action out.
    pub(super) fn check(self, capabilities: &Capabilities) -> Result<(), GateError> {
        let (expected, reason) = match (self, capabilities.own_gains) {
            (SafeAction::Damp, Some(own_gains)) => {
                ("`hold`, or `own` where the robot has a stop of its own", own_gains)
            }
            (SafeAction::Own, Some(_)) if !capabilities.own_stop => ("`hold`", NO_OWN_STOP),
            (SafeAction::Own, None) if !capabilities.own_stop => ("`damp` or `hold`", NO_OWN_STOP),
            _ => return Ok(()),
        };
        Err(GateError::SafeAction {
            expected,
            found: self.name(),
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAINS: Option<&str> = Some("the drives use gains of their own");

    fn refusal(action: SafeAction, own_gains: Option<&'static str>, own_stop: bool) -> Option<String> {
        let capabilities = Capabilities {
            own_gains,
            own_stop,
            ..Capabilities::default()
        };
        action.check(&capabilities).err().map(|error| error.to_string())
    }

    #[test]
    fn a_safe_action_that_the_robot_cannot_carry_out_is_refused_with_what_it_can() {
        let said = refusal(SafeAction::Damp, GAINS, false).unwrap();
        for part in [
            "safety.safe_action",
            "`hold`",
            "`own`",
            "found `damp`",
            "gains of their own",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(refusal(SafeAction::Damp, GAINS, true).is_some());
        for own_gains in [None, GAINS] {
            let said = refusal(SafeAction::Own, own_gains, false).unwrap();
            assert!(
                said.contains("found `own`") && said.contains("topics.safe_stop"),
                "{said}"
            );
            assert_eq!(said.contains("`damp`"), own_gains.is_none(), "{said}");
            assert_eq!(refusal(SafeAction::Own, own_gains, true), None);
            assert_eq!(refusal(SafeAction::Hold, own_gains, false), None);
        }
        assert_eq!(refusal(SafeAction::Damp, None, false), None);
    }
}
