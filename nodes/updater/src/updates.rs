//! What an updater does, step by step. No bus, no thread, no clock.

use std::fs;

use sinew_releases::bundle::verify_folder;
use sinew_releases::store::{Refusal, Store, StoreError, StoredRelease};

use crate::offers::{Offered, Offers, OffersError};

/// The rule by which a release goes that was taken back from its repository.
const YANKED: &str = "yanked";
/// The rule by which a candidate goes that no further robot is to get.
const HALTED: &str = "halted";

/// What one step did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Nothing newer is offered to this robot.
    UpToDate,
    /// A release is in the free slot.
    Staged {
        /// Its version.
        version: String,
        /// Bytes that came over the network.
        bytes: u64,
    },
    /// What is offered is not taken, for the store has a reason.
    Left {
        /// Its version.
        version: String,
        /// Why.
        why: Refusal,
    },
    /// A release that the robot had is gone, for its repository has taken it back.
    TakenBack {
        /// Its version.
        version: String,
        /// Why, as the repository says.
        why: String,
    },
    /// It did not go well; another time may do.
    Failed(String),
}

/// Brings releases from a place to a store.
#[derive(Debug)]
pub struct Updates {
    store: Store,
    offers: Box<dyn Offers>,
}

impl Updates {
    /// From a place to a store.
    pub fn new(store: Store, offers: Box<dyn Offers>) -> Self {
        Self { store, offers }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes no more than so many bytes a second from now on; `None` for as many as come.
    pub fn limit(&mut self, bytes_per_sec: Option<f64>) {
        self.offers.limit(bytes_per_sec);
    }

    /// Asks once, and brings what is offered.
    pub fn step(&mut self) -> Step {
        self.try_step().unwrap_or_else(|reason| Step::Failed(reason.0))
    }

    fn try_step(&mut self) -> Result<Step, Reason> {
        let state = self.store.status()?.state;
        let offered = self.offers.ask(state.pinned())?;
        if let Some(step) = self.take_back(&offered)? {
            return Ok(step);
        }
        let Some(version) = offered.newest else {
            return Ok(Step::UpToDate);
        };
        let has = |release: Option<&StoredRelease>| release.is_some_and(|release| release.version == version);
        if has(state.release_in_charge()) || has(state.candidate().map(|(_, held)| &held.release)) {
            return Ok(Step::UpToDate);
        }
        match state.may_stage(&version) {
            Err(Refusal::AlreadyHere { .. }) => return Ok(Step::UpToDate),
            Err(why) => return Ok(Step::Left { version, why }),
            Ok(()) => {}
        }
        let folder = self.store.incoming().join("release");
        // Left by a process that was ended before it was staged; what was downloaded is beside it.
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Reason(format!("{}: {error}", folder.display())));
            }
            _ => {}
        }
        let before = self.store.in_charge().ok().map(|loaded| loaded.folder);
        let bytes = self.offers.bring(&version, &folder, before.as_deref())?;
        let manifest = verify_folder(&folder).map_err(|error| Reason(error.to_string()))?;
        if manifest.label() != version {
            let found = manifest.label();
            return Err(Reason(format!("expected the release {version}, found {found}")));
        }
        let release = StoredRelease::of(&manifest).map_err(|error| Reason(error.to_string()))?;
        match self.store.stage(&release, &folder) {
            Ok(_) => Ok(Step::Staged { version, bytes }),
            Err(StoreError::Refused(why)) => Ok(Step::Left { version, why }),
            Err(error) => Err(error.into()),
        }
    }

    /// A release that no robot is to run goes, and a candidate that no further robot is to get; but where an operator
    /// holds it.
    fn take_back(&self, offered: &Offered) -> Result<Option<Step>, StoreError> {
        let state = self.store.status()?.state;
        let candidate = state.candidate().map(|(_, held)| &held.release.version);
        let in_charge = state.held(state.in_charge()).map(|held| &held.release.version);
        let yanked = offered.yanked.iter().map(|told| (YANKED, told));
        let halted = offered.halted.iter().map(|told| (HALTED, told));
        for (rule, (version, reason)) in yanked.chain(halted) {
            let why = format!("{rule}: {reason}");
            if state.pinned() == Some(version) {
                continue;
            } else if candidate == Some(version) {
                self.store.refuse(version, &why)?;
            } else if in_charge == Some(version) && rule == YANKED {
                self.store.roll_back(version, &why)?;
            } else {
                continue;
            }
            return Ok(Some(Step::TakenBack {
                version: version.clone(),
                why,
            }));
        }
        Ok(None)
    }
}

/// What went wrong, in words.
struct Reason(String);

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<OffersError> for Reason {
    fn from(error: OffersError) -> Self {
        Self(error.to_string())
    }
}
