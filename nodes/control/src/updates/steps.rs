//! What is done with a release, step by step.

use std::sync::Arc;
use std::time::Instant;

use sinew_control::Mode;
use sinew_control::mailbox::Operator;
use sinew_control::probation::BaselineMeter;
use sinew_control::record::LoopRecord;
use sinew_control::shadow::ShadowSummary;
use sinew_node::node::InstalledPolicies;
use sinew_releases::store::{Process, Stage, Status, Store, StoreError};

use super::release::ReleasedPolicy;
use super::{LOOK_PERIOD, LoopOfUpdates, Placed, Promote, Told, UpdateParams, Updates, WELL_AFTER, Work};

/// Steps of a shadow before its divergence says anything.
const FEWEST_STEPS: u64 = 100;

impl Updates {
    /// Of a loop that runs `running`, a release of `store`. `installed` is where the loop shows the policies that it gets
    /// later.
    pub fn new(
        params: UpdateParams,
        store: Store,
        running: ReleasedPolicy,
        of: LoopOfUpdates,
        operator: Operator,
        installed: Arc<InstalledPolicies>,
    ) -> Self {
        let now = operator.policies().in_charge();
        let running = Placed {
            released: running,
            place: now.place,
            number: now.number,
        };
        Self {
            tap: Some(operator.tap()),
            lost_records: 0,
            meter: BaselineMeter::new(&params.probation),
            work: Work::Watch,
            running,
            before: None,
            next_number: 1,
            looked: None,
            status: None,
            ticks_since: Instant::now(),
            told: Vec::new(),
            complaint: None,
            params,
            store,
            of,
            operator,
            installed,
        }
    }

    /// Does what is next. Takes as long as a candidate takes to be loaded, where there is one; else no longer than the
    /// records that wait.
    pub fn step(&mut self) {
        let mut broken = None;
        let mut tap = self.tap.take().unwrap_or_else(|| self.operator.tap());
        while let Some(record) = tap.next_record() {
            match &mut self.work {
                Work::Probation { probation, .. } => {
                    if record.tick.policy.number == self.running.number && broken.is_none() {
                        broken = probation.take(record);
                    }
                }
                Work::Shadow {
                    shadow,
                    ran_secs,
                    last_secs,
                    ..
                } => {
                    self.meter.take(record);
                    shadow.take(record);
                    *ran_secs += passed(record, last_secs);
                }
                Work::Watch | Work::Ready(_) | Work::Switching { .. } => self.meter.take(record),
            }
        }
        self.lost_records = tap.lost();
        self.tap = Some(tap);
        if let Some(broken) = broken {
            self.roll_back(&broken);
        }
        self.go_on();
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_PERIOD) {
            self.look();
        }
    }

    /// What was told since the last call.
    pub fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// Name and version of the release in charge.
    pub fn in_charge(&self) -> &str {
        &self.running.released.version
    }

    /// Looks into the store at the next step, whatever the time.
    pub fn look_soon(&mut self) {
        self.looked = None;
    }

    /// The candidate, how far it has come, and what its shadow has found.
    pub fn candidate(&self) -> Option<(&str, Stage, Option<ShadowSummary>)> {
        match &self.work {
            Work::Watch => None,
            Work::Shadow { candidate, shadow, .. } => {
                Some((&candidate.released.version, Stage::Shadow, Some(shadow.summary())))
            }
            Work::Ready(candidate) => Some((&candidate.released.version, Stage::Ready, None)),
            Work::Switching { to, .. } => Some((&to.released.version, Stage::Ready, None)),
            Work::Probation { .. } => Some((&self.running.released.version, Stage::Probation, None)),
        }
    }

    /// How many records of the loop came and went while something else was done.
    pub fn lost_records(&self) -> u64 {
        self.lost_records
    }

    /// An operator wants the candidate in charge.
    ///
    /// # Errors
    /// Where there is none that may be.
    pub fn promote(&mut self) -> Result<String, String> {
        match std::mem::replace(&mut self.work, Work::Watch) {
            Work::Shadow { candidate, .. } | Work::Ready(candidate) => {
                let version = candidate.released.version.clone();
                self.install(*candidate, true);
                Ok(format!("{version} takes charge as soon as it may"))
            }
            other => {
                self.work = other;
                Err("no candidate that was admitted waits to take charge".to_owned())
            }
        }
    }

    /// An operator wants the release before.
    ///
    /// # Errors
    /// Where there is none.
    pub fn go_back(&mut self) -> Result<String, String> {
        let version = self.running.released.version.clone();
        (self.store.roll_back(&version, "operator")).map_err(|error| error.to_string())?;
        self.look_soon();
        Ok(format!("{version} is taken back"))
    }

    pub(super) fn tell(&mut self, version: &str, what: &'static str, reason: impl Into<String>, is_warning: bool) {
        self.told.push(Told {
            version: version.to_owned(),
            what,
            reason: reason.into(),
            is_warning,
        });
    }

    /// Tells of something that does not work, once.
    pub(super) fn complain(&mut self, error: String) {
        if self.complaint.as_ref() != Some(&error) {
            self.tell("", "the store of releases", error.clone(), true);
            self.complaint = Some(error);
        }
    }

    /// Takes what the store answers.
    pub(super) fn note(&mut self, answer: Result<Status, StoreError>) -> bool {
        match answer {
            Ok(status) => {
                self.status = Some(status);
                self.complaint = None;
                true
            }
            Err(error) => {
                self.complain(error.to_string());
                false
            }
        }
    }

    /// Goes on with what has come so far.
    fn go_on(&mut self) {
        match std::mem::replace(&mut self.work, Work::Watch) {
            Work::Watch => {}
            Work::Shadow {
                candidate,
                shadow,
                ran_secs,
                last_secs,
            } => {
                let over = ran_secs >= self.params.shadow_secs && shadow.steps() >= FEWEST_STEPS;
                if over || shadow.has_failed() {
                    self.end_shadow(*candidate, &shadow.summary(), ran_secs);
                } else {
                    self.work = Work::Shadow {
                        candidate,
                        shadow,
                        ran_secs,
                        last_secs,
                    };
                }
            }
            Work::Ready(candidate) => {
                let asked = self.status.as_ref().and_then(|status| status.state.candidate());
                let asked = asked.is_some_and(|(_, held)| held.promotion_asked);
                if asked || self.params.promote == Promote::Rule {
                    self.install(*candidate, asked);
                } else {
                    self.work = Work::Ready(candidate);
                }
            }
            Work::Switching { to, by_operator } => self.follow_switch(to, by_operator),
            Work::Probation { probation, before } => {
                if probation.counted_secs() >= self.params.probation_secs {
                    let version = self.running.released.version.clone();
                    let passed = self.store.pass_probation(&version);
                    if self.note(passed) {
                        let reason = format!("{:.0} s without a fault", probation.counted_secs());
                        self.tell(&version, "settled", reason, false);
                        self.meter = BaselineMeter::new(&self.params.probation);
                        self.before = Some(*before);
                        return;
                    }
                }
                self.work = Work::Probation { probation, before };
            }
        }
    }

    /// Looks into the store: for a candidate, for what an operator has done, for how the process is.
    fn look(&mut self) {
        self.looked = Some(Instant::now());
        let status = self.store.status();
        if !self.note(status) {
            return;
        }
        let Some(status) = self.status.clone() else { return };
        if status.state.process() == Process::Starting && self.ticks_since.elapsed() >= WELL_AFTER {
            let well = self.store.healthy();
            self.note(well);
        }
        let in_charge = status.state.release_in_charge().map(|release| release.version.clone());
        let is_other = in_charge.is_some_and(|version| version != self.running.released.version);
        if is_other && !matches!(self.work, Work::Switching { .. }) {
            self.follow_store();
            return;
        }
        let Some((_, held)) = status.state.candidate() else {
            // What was in shadow, or waited, was taken away.
            if matches!(self.work, Work::Shadow { .. } | Work::Ready(_)) {
                self.work = Work::Watch;
            }
            return;
        };
        if matches!(self.work, Work::Watch) {
            let (version, stage) = (held.release.version.clone(), held.stage);
            self.take_up(&version, stage);
        }
    }
}

/// How long the robot has run since the record before, s.
fn passed(record: &LoopRecord, last_secs: &mut Option<f64>) -> f64 {
    let secs = record.tick.time_secs;
    if record.tick.mode != Mode::Run {
        *last_secs = None;
        return 0.0;
    }
    last_secs.replace(secs).map_or(0.0, |last| secs - last)
}
