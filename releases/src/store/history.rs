//! What happened to the releases of a robot, for whoever asks later.

use serde::{Deserialize, Serialize};

use super::event::{By, Event, ShadowResult};
use super::state::{Barred, State};

/// How many entries are kept.
const MOST: usize = 64;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// When, seconds since 1970 by the robot's clock.
    pub at_secs: u64,
    /// What, in one word: `staged`, `admitted`, `refused`, `promoted`, `rolled_back` and so on.
    pub what: String,
    /// The version that it happened to.
    pub version: String,
    /// The reason, the rule, or who asked for it; empty where there is none.
    pub why: String,
}

/// Adds what an event has changed.
pub(super) fn add(history: &mut Vec<Happened>, at_secs: u64, event: &Event, before: &State, after: &State) {
    let mut entry = |what: &str, version: &str, why: &str| {
        history.push(Happened {
            at_secs,
            what: what.to_owned(),
            version: version.to_owned(),
            why: why.to_owned(),
        });
    };
    match event {
        Event::FactoryInstalled(release) => entry("factory_installed", &release.version, ""),
        Event::Staged(release) => entry("staged", &release.version, ""),
        Event::AdmissionBegan(version) => entry("admission_began", version, ""),
        Event::Admitted(version) => entry("admitted", version, ""),
        Event::ShadowBegan(version) => entry("shadow_began", version, ""),
        Event::ShadowEnded(version, result) => match result {
            ShadowResult::Passed => entry("shadow_passed", version, ""),
            ShadowResult::Failed(_) => {}
            ShadowResult::Interrupted => entry("shadow_interrupted", version, ""),
        },
        Event::Ready(version) => entry("ready", version, "without shadow"),
        Event::PromotionAsked(version) => entry("promotion_asked", version, "operator"),
        Event::Promoted(version, By::Rule) => entry("promoted", version, "rule"),
        Event::Promoted(version, By::Operator) => entry("promoted", version, "operator"),
        Event::ProbationPassed(version) => entry("settled", version, ""),
        Event::Damaged(slot) => {
            let version = before.release(*slot).map_or("", |release| &release.version);
            entry("damaged", version, &format!("slot {slot}"));
        }
        Event::Withdrawn(version) => entry("withdrawn", version, ""),
        Event::Pinned(version) => entry("pinned", version, "operator"),
        Event::Unpinned => entry("unpinned", before.pinned().unwrap_or_default(), "operator"),
        Event::Retry(version) => entry("retry", version, "operator"),
        // What they bar is told below.
        Event::Refused(..) | Event::RolledBack(..) => {}
        Event::Started { .. } | Event::Healthy | Event::Ended => {}
    }
    for (version, why) in after.barred() {
        if before.barred().contains_key(version) {
            continue;
        }
        match why {
            Barred::Refused { reason } => entry("refused", version, reason),
            Barred::RolledBack { rule } => entry("rolled_back", version, rule),
        }
    }
    let too_many = history.len().saturating_sub(MOST);
    history.drain(..too_many);
}
