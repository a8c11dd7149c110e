//! What a store knows of its slots. What becomes of it by which event is in `transition.rs`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::release::StoredRelease;

/// A place for one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// The release that the robot came with; never overwritten.
    Factory,
    /// One of the two that updates go to.
    A,
    /// The other.
    B,
}

impl Slot {
    /// Its name, which is the name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Factory => "factory",
            Self::A => "a",
            Self::B => "b",
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a release in slot `a` or `b` has come on this robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its bytes are there, and are what was signed.
    Staged,
    /// It is being looked at: contract, golden vectors, latency.
    Admission,
    /// It fits this robot.
    Admitted,
    /// It runs beside the one in charge, and moves nothing.
    Shadow,
    /// It may take charge.
    Ready,
    /// It is in charge, and is watched.
    Probation,
    /// It has passed its probation: it is in charge, or what is gone back to.
    Settled,
}

impl Stage {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Admission => "admission",
            Self::Admitted => "admitted",
            Self::Shadow => "shadow",
            Self::Ready => "ready",
            Self::Probation => "probation",
            Self::Settled => "settled",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A release in slot `a` or `b`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The release.
    pub release: StoredRelease,
    /// How far it has come.
    pub stage: Stage,
    /// Whether an operator wants it in charge as soon as that is safe.
    pub promotion_asked: bool,
    /// How often in a row the process that ran it, as a candidate or on probation, did not end in good order.
    pub crashes: u32,
}

/// The process that runs the models of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// It has ended in good order, or never ran.
    Down,
    /// It runs, and was not well for long enough since it began, or since it began to run another model.
    Starting,
    /// It was well for long enough.
    Well,
}

/// Why a version is not tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Barred {
    /// It did not fit, or did badly beside the one in charge.
    Refused {
        /// Why.
        reason: String,
    },
    /// It was in charge and was taken back.
    RolledBack {
        /// The rule that fired, or that an operator asked for it.
        rule: String,
    },
}

impl fmt::Display for Barred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { reason } => write!(f, "refused: {reason}"),
            Self::RolledBack { rule } => write!(f, "rolled back: {rule}"),
        }
    }
}

/// What a store knows. Every field is changed by [`State::after`] alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(super) factory: Option<StoredRelease>,
    pub(super) a: Option<Held>,
    pub(super) b: Option<Held>,
    pub(super) in_charge: Slot,
    pub(super) barred: BTreeMap<String, Barred>,
    pub(super) pinned: Option<String>,
    pub(super) process: Process,
}

impl Default for State {
    fn default() -> Self {
        Self {
            factory: None,
            a: None,
            b: None,
            in_charge: Slot::Factory,
            barred: BTreeMap::new(),
            pinned: None,
            process: Process::Down,
        }
    }
}

impl State {
    /// The factory's release, once there is one.
    pub fn factory(&self) -> Option<&StoredRelease> {
        self.factory.as_ref()
    }

    /// What slot `a` or `b` holds; nothing of the factory's slot.
    pub fn held(&self, slot: Slot) -> Option<&Held> {
        match slot {
            Slot::Factory => None,
            Slot::A => self.a.as_ref(),
            Slot::B => self.b.as_ref(),
        }
    }

    /// The release in a slot.
    pub fn release(&self, slot: Slot) -> Option<&StoredRelease> {
        match slot {
            Slot::Factory => self.factory(),
            Slot::A | Slot::B => self.held(slot).map(|held| &held.release),
        }
    }

    /// The slot whose release is in charge.
    pub fn in_charge(&self) -> Slot {
        self.in_charge
    }

    /// The release in charge; none where nothing was ever installed.
    pub fn release_in_charge(&self) -> Option<&StoredRelease> {
        self.release(self.in_charge)
    }

    /// Whether the release in charge is still watched.
    pub fn is_on_probation(&self) -> bool {
        self.held(self.in_charge)
            .is_some_and(|held| held.stage == Stage::Probation)
    }

    /// The release that may follow the one in charge, and its slot.
    pub fn candidate(&self) -> Option<(Slot, &Held)> {
        let held = [Slot::A, Slot::B].map(|slot| self.held(slot).map(|held| (slot, held)));
        held.into_iter()
            .flatten()
            .find(|(_, held)| held.stage < Stage::Probation)
    }

    /// The slot that takes charge when the one in charge is taken back.
    pub fn fallback(&self) -> Slot {
        let is_old =
            |slot: &Slot| *slot != self.in_charge && self.held(*slot).is_some_and(|held| held.stage == Stage::Settled);
        [Slot::A, Slot::B].into_iter().find(is_old).unwrap_or(Slot::Factory)
    }

    /// The slot that the next release goes to: never the one in charge.
    pub fn free_slot(&self) -> Slot {
        match (self.candidate(), self.in_charge) {
            (Some((slot, _)), _) => slot,
            (None, Slot::A) => Slot::B,
            (None, Slot::B | Slot::Factory) => Slot::A,
        }
    }

    /// The versions that are not tried again by themselves, and why.
    pub fn barred(&self) -> &BTreeMap<String, Barred> {
        &self.barred
    }

    /// The one version that may be staged and promoted, where an operator holds it.
    pub fn pinned(&self) -> Option<&str> {
        self.pinned.as_deref()
    }

    /// How the process is that runs the models, as far as it has said.
    pub fn process(&self) -> Process {
        self.process
    }

    /// What no sequence of events gives: a file that says such a thing was not written by this program.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let held = [Slot::A, Slot::B].map(|slot| self.held(slot).map(|held| (slot, held)));
        let held = || held.iter().flatten();
        let is_taken_over = |stage| matches!(stage, Stage::Probation | Stage::Settled);
        if self.in_charge != Slot::Factory && !self.held(self.in_charge).is_some_and(|held| is_taken_over(held.stage)) {
            return Some("the slot in charge holds nothing that was promoted");
        }
        if self.factory.is_none() && held().next().is_some() {
            return Some("there is a release and no factory release");
        }
        if held().any(|(slot, held)| held.stage == Stage::Probation && *slot != self.in_charge) {
            return Some("a release is on probation and not in charge");
        }
        if held().filter(|(_, held)| held.stage < Stage::Probation).count() > 1 {
            return Some("there are two candidates");
        }
        if held().any(|(_, held)| self.barred.contains_key(&held.release.version)) {
            return Some("a version that was refused or rolled back is in a slot");
        }
        None
    }
}
