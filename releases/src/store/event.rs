//! What may happen to a release on a robot, and why it cannot happen now.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::release::StoredRelease;
use super::state::{Barred, Slot, Stage};

/// The rule that takes a release back after too many ends of the process that were not in good order.
pub const CRASH_LOOP: &str = "crash_loop";

/// Who promotes a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The rules of the robot's file: only a release that is ready.
    Rule,
    /// Somebody who has decided it: any release that was admitted.
    Operator,
}

/// How a run beside the release in charge ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ShadowResult {
    /// It did as it should.
    Passed,
    /// It did not, and why.
    Failed(String),
    /// It was broken off for a reason that is not the candidate's; it may begin again.
    Interrupted,
}

/// What happens to a release on a robot. What is about one release names its version, so that whoever acts on what
/// the store said a while ago cannot mean another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The robot's first release is in the factory's slot.
    FactoryInstalled(StoredRelease),
    /// The verified bytes of a release are in the free slot.
    Staged(StoredRelease),
    /// The candidate is being looked at.
    AdmissionBegan(String),
    /// The candidate fits this robot.
    Admitted(String),
    /// The candidate does not fit, or may not run here: version and reason.
    Refused(String, String),
    /// The candidate runs beside the one in charge.
    ShadowBegan(String),
    /// It does not any more.
    ShadowEnded(String, ShadowResult),
    /// The candidate may take charge without having run beside the one in charge.
    Ready(String),
    /// An operator wants the candidate in charge as soon as that is safe.
    PromotionAsked(String),
    /// The candidate is in charge.
    Promoted(String, By),
    /// The release in charge has done well for long enough.
    ProbationPassed(String),
    /// The release in charge is taken back: version and rule.
    RolledBack(String, String),
    /// The process that runs the models begins. Where it did not end in good order so many times in a row, the release that
    /// may be to blame goes.
    Started {
        /// How many times.
        limit: u32,
    },
    /// That process was well for long enough since it began, and since it began to run another model.
    Healthy,
    /// That process ends in good order.
    Ended,
    /// The bytes in slot `a` or `b` are not those that were staged.
    Damaged(Slot),
    /// The candidate is not offered to this robot any more. It goes, and may come again.
    Withdrawn(String),
    /// An operator holds a version: no other is staged or promoted.
    Pinned(String),
    /// An operator holds none any more.
    Unpinned,
    /// An operator lets a version be tried again that was refused or rolled back.
    Retry(String),
}

/// Why an event cannot happen now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is nothing to fall back to yet.
    #[error("the store has no factory release; install one first")]
    NoFactory,
    /// The factory's release stays.
    #[error("the factory release `{found}` is there already and is never overwritten")]
    FactoryStays {
        /// Its version.
        found: String,
    },
    /// The version was refused or rolled back before.
    #[error("version `{version}` is not tried again ({why}); an operator may let it: sinew release retry {version}")]
    Barred {
        /// The version.
        version: String,
        /// What became of it.
        why: Barred,
    },
    /// Another version is held.
    #[error("version `{pinned}` is pinned, so that `{version}` is not taken; sinew release unpin lets others in")]
    Pinned {
        /// The version that was to be staged or promoted.
        version: String,
        /// The one that is held.
        pinned: String,
    },
    /// The other slot is what is gone back to until the probation is over.
    #[error("version `{version}` is on probation; nothing else is staged until that is over")]
    OnProbation {
        /// The one in charge.
        version: String,
    },
    /// The version is in charge, or the factory's.
    #[error("version `{version}` is in slot `{slot}` already")]
    AlreadyHere {
        /// The version.
        version: String,
        /// Where it is.
        slot: Slot,
    },
    /// The event is about a release that is not the candidate, or not in charge.
    #[error("expected version `{expected}` as {role}, found {}", .found.as_deref().unwrap_or("none"))]
    Another {
        /// The version that the event names.
        expected: String,
        /// What the event takes it for.
        role: &'static str,
        /// What is there.
        found: Option<String>,
    },
    /// The candidate has not come so far, or is further.
    #[error("version `{version}` is {found}; expected {expected}")]
    Stage {
        /// The candidate.
        version: String,
        /// Where it is.
        found: Stage,
        /// Where it would have to be.
        expected: &'static str,
    },
    /// The version was never refused or rolled back.
    #[error("version `{version}` was neither refused nor rolled back on this robot")]
    NotBarred {
        /// The version.
        version: String,
    },
    /// No release of this store can have such a version.
    #[error("version `{}`: expected {expected}", .version.escape_debug())]
    NoVersion {
        /// What was named.
        version: String,
        /// What could be.
        expected: String,
    },
    /// Nothing is in charge that could be taken back.
    #[error("the factory release is in charge; there is nothing before it")]
    FactoryInCharge,
}
