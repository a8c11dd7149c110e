//! What an updater does, step by step. No bus, no thread, no clock.

use std::fs;

use sinew_releases::store::{Refusal, Store, StoreError, StoredRelease};

use crate::offers::{Brought, Offered, Offers, OffersError, Pauses};

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
    /// What is offered is older than what is in charge: nobody goes back by an offer.
    Older {
        /// Its version.
        version: String,
        /// The version in charge.
        in_charge: String,
    },
    /// A candidate is gone, for it is not offered any more.
    Withdrawn {
        /// Its version.
        version: String,
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

    /// When the place wants to be asked next.
    pub fn pauses(&self) -> Pauses {
        self.offers.pauses()
    }

    /// Asks once, brings what is offered, and tells whoever offered it what becomes of it.
    pub fn step(&mut self) -> Step {
        let (step, refused) = match self.try_step() {
            Ok(step) => {
                let refused = refusal(&step);
                (step, refused)
            }
            Err(reason) => (
                Step::Failed(reason.text.clone()),
                reason.is_final.then_some(reason.text),
            ),
        };
        match self.tell(refused.as_deref()) {
            // What was done is worth more words than that nobody hears of it: that is told with the next step.
            Err(reason) if matches!(step, Step::UpToDate | Step::Older { .. }) => Step::Failed(reason.text),
            _ => step,
        }
    }

    fn tell(&mut self, refused: Option<&str>) -> Result<(), Reason> {
        let state = self.store.status()?.state;
        Ok(self.offers.tell(&state, refused)?)
    }

    fn try_step(&mut self) -> Result<Step, Reason> {
        if let Some(why) = self.store.not_written() {
            return Err(Reason::passing(why.to_owned()));
        }
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
        let in_charge = state.release_in_charge().map_or("", |release| &release.version);
        if is_older(&version, in_charge) && state.pinned() != Some(&version) {
            return Ok(Step::Older {
                in_charge: in_charge.to_owned(),
                version,
            });
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
                return Err(Reason::passing(format!("{}: {error}", folder.display())));
            }
            _ => {}
        }
        let before = self.store.in_charge().ok().map(|loaded| loaded.folder);
        let brought = self.offers.bring(&version, &folder, before.as_deref());
        if let Err(OffersError::NoRoom(_)) = &brought {
            // It takes room from who needs it more.
            self.store.clear_incoming();
        }
        let Brought { release, bytes } = brought?;
        let manifest = release.manifest();
        if manifest.label() != version {
            let found = manifest.label();
            return Err(OffersError::Unfit(format!("expected the release {version}, found {found}")).into());
        }
        match self.store.stage_unpacked(&release) {
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
        for version in &offered.withdrawn {
            if candidate == Some(version) && state.pinned() != Some(version) {
                self.store.withdraw(version)?;
                return Ok(Some(Step::Withdrawn {
                    version: version.clone(),
                }));
            }
        }
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

/// Why what was offered is not taken, where the store does not know it.
fn refusal(step: &Step) -> Option<String> {
    match step {
        Step::Older { version, in_charge } => Some(format!(
            "{version} is older than {in_charge}, which is in charge; sinew release pin {version} on the robot lets it be \
             taken"
        )),
        _ => None,
    }
}

/// Whether a version is an earlier one of the same release.
fn is_older(version: &str, than: &str) -> bool {
    let parts = |version: &str| {
        let (name, number) = version.rsplit_once('-')?;
        Some((name.to_owned(), number.parse::<u64>().ok()?))
    };
    match (parts(version), parts(than)) {
        (Some((name, number)), Some((other, than))) => name == other && number < than,
        _ => false,
    }
}

/// What went wrong, in words, and whether it does so each time.
struct Reason {
    text: String,
    is_final: bool,
}

impl Reason {
    fn passing(text: String) -> Self {
        Self { text, is_final: false }
    }
}

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        Self::passing(error.to_string())
    }
}

impl From<OffersError> for Reason {
    fn from(error: OffersError) -> Self {
        Self {
            is_final: !matches!(error, OffersError::Unreachable(_) | OffersError::NoRoom(_)),
            text: error.to_string(),
        }
    }
}
