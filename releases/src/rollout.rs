//! What is signed about a release besides its bytes: which robots get it, and whether it still stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::bundle::Kind;
use crate::cohort::{ALL_PER_MILLE, is_in_cohort};

/// The key of a target's custom metadata that has this.
pub const CUSTOM_KEY: &str = "sinew";

/// Whether a release is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Robots of its cohort get it.
    Active,
    /// No further robot gets it; those that have it keep it.
    Paused,
    /// As paused, for too many robots were not well with it.
    Halted,
    /// No robot is to run it.
    Yanked,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Halted => "halted",
            Self::Yanked => "yanked",
        })
    }
}

/// A way to a release from an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaOffer {
    /// The version whose archive it begins with.
    pub from: u64,
    /// The SHA-256 of that archive.
    pub base: Digest,
    /// The target of the repository that has it.
    pub target: String,
}

/// What is signed about a release besides its bytes. Further keys, of newer programs, are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Name of the release.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// What it is for.
    pub kind: Kind,
    /// The SHA-256 of the model.
    pub model: Digest,
    /// Which robots it is for: those that follow this channel.
    pub channel: String,
    /// How many of them get it, thousandths.
    pub per_mille: u16,
    /// The groups of robots that get it; all where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Whether it is offered.
    pub state: State,
    /// Why it is in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ways to it from earlier releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<DeltaOffer>,
    /// The target that has the signature of the model, in the format of OpenSSF Model Signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// How many robots had refused it or rolled it back when it was halted: whoever lets it go on knows of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pardoned: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Who asks for releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The robot.
    pub robot: String,
    /// The channel that it follows.
    pub channel: String,
    /// The groups that it belongs to.
    pub groups: Vec<String>,
}

impl Rollout {
    /// Whether a robot is to get this release.
    pub fn is_for(&self, subscriber: &Subscriber) -> bool {
        let is_of_group = self.groups.is_empty() || self.groups.iter().any(|group| subscriber.groups.contains(group));
        self.state == State::Active
            && self.channel == subscriber.channel
            && is_of_group
            && is_in_cohort(
                &subscriber.robot,
                &self.name,
                self.version,
                self.per_mille.min(ALL_PER_MILLE),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout() -> Rollout {
        Rollout {
            name: "walk".to_owned(),
            version: 2,
            kind: Kind::Policy,
            model: Digest::of(b"model"),
            channel: "stable".to_owned(),
            per_mille: 1000,
            groups: Vec::new(),
            state: State::Active,
            reason: None,
            deltas: Vec::new(),
            signature: None,
            pardoned: 0,
        }
    }

    fn subscriber(groups: &[&str]) -> Subscriber {
        Subscriber {
            robot: "strider-1".to_owned(),
            channel: "stable".to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    #[test]
    fn only_active_releases_of_a_robots_channel_and_groups_are_for_it() {
        assert!(rollout().is_for(&subscriber(&[])));
        for state in [State::Paused, State::Halted, State::Yanked] {
            assert!(!Rollout { state, ..rollout() }.is_for(&subscriber(&[])), "{state}");
        }
        let channel = "testing".to_owned();
        assert!(!Rollout { channel, ..rollout() }.is_for(&subscriber(&[])));
        let of_lab = Rollout {
            groups: vec!["lab".to_owned(), "plant".to_owned()],
            ..rollout()
        };
        assert!(!of_lab.is_for(&subscriber(&[])) && !of_lab.is_for(&subscriber(&["yard"])));
        assert!(of_lab.is_for(&subscriber(&["yard", "lab"])));
    }

    #[test]
    fn keys_of_newer_programs_are_passed_over() {
        let mut value = serde_json::to_value(rollout()).unwrap();
        value["new"] = true.into();
        assert_eq!(serde_json::from_value::<Rollout>(value).unwrap(), rollout());
    }
}
