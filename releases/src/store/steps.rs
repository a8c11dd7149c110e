//! The releases of one store, moved on by the node that runs its models: every step is made in the store, then told.

use std::time::{Duration, Instant};

use super::event::{By, ShadowResult};
use super::{Loaded, Process, Stage, Status, Store, StoreError, Told};

/// How often the store is looked into.
const LOOK_PERIOD: Duration = Duration::from_millis(500);
/// How long a model has to run before the process that runs it counts as well.
const WELL_AFTER: Duration = Duration::from_secs(10);

/// What a store asks of the node that runs its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It has another release in charge than the node runs: somebody has gone back.
    Another,
    /// There is a candidate: its version, and how far it has come.
    Candidate(String, Stage),
    /// There is no candidate.
    Nothing,
}

/// Moves the releases of a store on, and keeps what there is to tell.
#[derive(Debug)]
pub struct ReleaseSteps {
    store: Store,
    looked: Option<Instant>,
    status: Option<Status>,
    /// Since when what is in charge runs.
    runs_since: Instant,
    told: Vec<Told>,
    /// A version that was taken back where the store could not be told, and the rule: it is told as soon as it can be.
    taken_back: Option<(String, String)>,
    /// What failed last, so that it is told once.
    complaint: Option<String>,
}

impl ReleaseSteps {
    /// Of a store whose release in charge runs from now on.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            looked: None,
            status: None,
            runs_since: Instant::now(),
            told: Vec::new(),
            taken_back: None,
            complaint: None,
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the store said last.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// Looks into the store, where it is time to: what it asks of the node, which runs `version`.
    pub fn look(&mut self, version: &str) -> Option<Look> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK_PERIOD) {
            return None;
        }
        if let Some(why) = self.store.not_written().map(str::to_owned) {
            self.complain(why);
        }
        self.looked = Some(Instant::now());
        let status = self.store.status();
        if !self.note_look(status) {
            return None;
        }
        if let Some((version, rule)) = self.taken_back.take() {
            self.tell_store_of(&version, &rule);
            if self.taken_back.is_some() {
                // It is not put in charge again because the store still has it so.
                return None;
            }
        }
        let state = &self.status.as_ref()?.state;
        let in_charge = state.release_in_charge();
        let is_written = self.store.not_written().is_none();
        let look = if in_charge.is_some_and(|release| release.version != version) {
            Look::Another
        } else if !is_written {
            // Nothing can be moved on.
            Look::Nothing
        } else {
            let candidate = state.candidate();
            candidate.map_or(Look::Nothing, |(_, held)| {
                Look::Candidate(held.release.version.clone(), held.stage)
            })
        };
        if is_written && state.process() == Process::Starting && self.runs_since.elapsed() >= WELL_AFTER {
            let well = self.store.healthy();
            self.note(well);
        }
        Some(look)
    }

    /// Looks into the store at the next call, whatever the time.
    pub fn look_soon(&mut self) {
        self.looked = None;
    }

    /// From now on another release runs: the process has to be well anew.
    pub fn runs_another(&mut self) {
        self.runs_since = Instant::now();
    }

    /// Whether an operator wants the candidate in charge.
    pub fn promotion_is_asked(&self) -> bool {
        let candidate = self.status.as_ref().and_then(|status| status.state.candidate());
        candidate.is_some_and(|(_, held)| held.promotion_asked)
    }

    /// Whether the store has this version in charge now.
    pub fn has_in_charge(&mut self, version: &str) -> bool {
        let status = self.store.status();
        self.note(status);
        let state = self.status.as_ref().map(|status| &status.state);
        let release = state.and_then(|state| state.release_in_charge());
        release.is_some_and(|release| release.version == version)
    }

    /// Begins to look whether a candidate that has come this far fits: its verified bytes. None where the store does not
    /// take it, which is told.
    pub fn begin_admission(&mut self, version: &str, stage: Stage) -> Option<Loaded> {
        if is_before_admission(stage) {
            let began = self.store.begin_admission(version);
            if !self.note(began) {
                return None;
            }
        }
        match self.store.candidate() {
            Ok(loaded) => loaded,
            Err(error) => {
                self.complain(error.to_string());
                None
            }
        }
    }

    /// A candidate that had come this far fits.
    pub fn admit(&mut self, version: &str, stage: Stage, reason: impl Into<String>) -> bool {
        if !is_before_admission(stage) {
            return true;
        }
        let admitted = self.store.admit(version);
        self.told_if(admitted, version, "admitted", reason)
    }

    /// A candidate does not fit, or does badly.
    pub fn refuse(&mut self, version: &str, reason: &str) {
        let refused = self.store.refuse(version, reason);
        if self.note(refused) {
            self.tell(version, "refused", reason, true);
        }
    }

    /// A candidate may take charge without having run beside the one in charge.
    pub fn make_ready(&mut self, version: &str) -> bool {
        let ready = self.store.make_ready(version);
        self.told_if(ready, version, "ready", "without a shadow, as `shadow_secs` says")
    }

    /// A candidate that had come this far begins to run beside the one in charge.
    pub fn begin_shadow(&mut self, version: &str, stage: Stage, reason: impl Into<String>) -> bool {
        if stage != Stage::Shadow {
            let began = self.store.begin_shadow(version);
            if !self.note(began) {
                return false;
            }
        }
        self.tell(version, "in shadow", reason, false);
        true
    }

    /// A candidate has run beside the one in charge for long enough, or too badly: what was found, or what speaks against
    /// it. Whether it may take charge.
    pub fn end_shadow(&mut self, version: &str, result: Result<String, String>) -> bool {
        match result {
            Ok(found) => {
                let passed = self.store.end_shadow(version, ShadowResult::Passed);
                self.told_if(passed, version, "ready", found)
            }
            Err(reason) => {
                let failed = self.store.end_shadow(version, ShadowResult::Failed(reason.clone()));
                if self.note(failed) {
                    self.tell(version, "refused", reason, true);
                }
                false
            }
        }
    }

    /// The candidate runs in charge. False where the store does not have it so: then it must not stay.
    pub fn promote(&mut self, version: &str, by: By, reason: impl Into<String>) -> bool {
        let promoted = self.store.promote(version, by);
        self.told_if(promoted, version, "in charge", reason)
    }

    /// The release in charge has passed its probation.
    pub fn settle(&mut self, version: &str, reason: impl Into<String>) -> bool {
        let passed = self.store.pass_probation(version);
        self.told_if(passed, version, "settled", reason)
    }

    /// The release that was in charge runs no more, by this rule.
    pub fn roll_back(&mut self, version: &str, rule: &str) {
        self.tell_store_of(version, rule);
        self.tell(version, "rolled back", rule, true);
    }

    /// Has the store take a version back, now or as soon as it can.
    fn tell_store_of(&mut self, version: &str, rule: &str) {
        let rolled_back = self.store.roll_back(version, rule);
        // Where the store refuses, it has another in charge by now.
        let is_to_be_told = matches!(&rolled_back, Err(error) if !matches!(error, StoreError::Refused(_)));
        self.note(rolled_back);
        if is_to_be_told {
            self.taken_back = Some((version.to_owned(), rule.to_owned()));
        }
    }

    /// An operator wants the release before in charge.
    ///
    /// # Errors
    /// Where there is none.
    pub fn go_back(&mut self, version: &str) -> Result<String, String> {
        let gone_back = self.store.roll_back(version, "operator");
        gone_back.map_err(|error| error.to_string())?;
        self.look_soon();
        Ok(format!("{version} is taken back"))
    }

    /// What was told since the last call.
    pub fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// Tells of a step.
    pub fn tell(&mut self, version: &str, what: &'static str, reason: impl Into<String>, is_warning: bool) {
        self.told.push(Told {
            version: version.to_owned(),
            what,
            reason: reason.into(),
            is_warning,
        });
    }

    /// Tells of something that does not work, once.
    pub fn complain(&mut self, error: String) {
        if self.complaint.as_ref() != Some(&error) {
            self.tell("", "the store of releases", error.clone(), true);
            self.complaint = Some(error);
        }
    }

    /// Takes what the store answers; whether it did as it was asked.
    fn note(&mut self, answer: Result<Status, StoreError>) -> bool {
        let is_done = self.note_look(answer);
        if is_done {
            self.complaint = None;
        }
        is_done
    }

    /// The same where it was only read: that a change does not work is told once all the same.
    fn note_look(&mut self, answer: Result<Status, StoreError>) -> bool {
        match answer {
            Ok(status) => {
                self.status = Some(status);
                true
            }
            Err(error) => {
                self.complain(error.to_string());
                false
            }
        }
    }

    fn told_if(
        &mut self,
        answer: Result<Status, StoreError>,
        version: &str,
        what: &'static str,
        reason: impl Into<String>,
    ) -> bool {
        let is_done = self.note(answer);
        if is_done {
            self.tell(version, what, reason, false);
        }
        is_done
    }
}

fn is_before_admission(stage: Stage) -> bool {
    matches!(stage, Stage::Staged | Stage::Admission)
}
