//! What is done with a release, step by step.

use std::path::PathBuf;
use std::sync::Arc;

use sinew_control::Mode;
use sinew_control::mailbox::Operator;
use sinew_control::probation::BaselineMeter;
use sinew_control::record::LoopRecord;
use sinew_control::shadow::ShadowSummary;
use sinew_node::node::InstalledPolicies;
use sinew_node::report::Event;
use sinew_node::updates::Promote;
use sinew_releases::store::{Look, ReleaseSteps, Stage, Store, Told};

use super::release::ReleasedPolicy;
use super::{LoopOfUpdates, Placed, THIS_PROGRAM, UpdateParams, Updates, Work};

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
            releases: ReleaseSteps::new(store),
            events: Vec::new(),
            program: PathBuf::from(THIS_PROGRAM),
            params,
            of,
            operator,
            installed,
        }
    }

    /// Lets another program than this one evaluate candidates, which has to have `sinew eval`.
    #[must_use]
    pub fn evaluated_by(self, program: PathBuf) -> Self {
        Self { program, ..self }
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
                    candidate,
                    shadow,
                    disagreement,
                    ran_secs,
                    last_secs,
                } => {
                    self.meter.take(record);
                    if let Some(step) = shadow.take(record) {
                        let versions = [&candidate.released, &self.running.released].map(|of| of.version.as_str());
                        self.events
                            .extend(disagreement.event(&step, record, &self.of.robot, versions));
                    }
                    *ran_secs += passed(record, last_secs);
                }
                Work::Watch | Work::Evaluation { .. } | Work::Ready(_) | Work::Switching { .. } => {
                    self.meter.take(record);
                }
            }
        }
        self.lost_records = tap.lost();
        self.tap = Some(tap);
        if let Some(broken) = broken {
            self.roll_back(&broken);
        }
        self.go_on();
        self.look();
    }

    /// What was told since the last call.
    pub fn told(&mut self) -> Vec<Told> {
        self.releases.told()
    }

    /// What has happened since the last call that a recorder may want to keep.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Name and version of the release in charge.
    pub fn in_charge(&self) -> &str {
        &self.running.released.version
    }

    /// Looks into the store at the next step, whatever the time.
    pub fn look_soon(&mut self) {
        self.releases.look_soon();
    }

    /// The candidate, how far it has come, and what its shadow has found.
    pub fn candidate(&self) -> Option<(&str, Stage, Option<ShadowSummary>)> {
        match &self.work {
            Work::Watch => None,
            Work::Evaluation { candidate, .. } => Some((&candidate.released.version, Stage::Admission, None)),
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
        self.releases.go_back(&self.running.released.version)
    }

    /// Goes on with what has come so far.
    fn go_on(&mut self) {
        match std::mem::replace(&mut self.work, Work::Watch) {
            Work::Watch => {}
            Work::Evaluation { candidate, evaluation } => self.follow_evaluation(candidate, evaluation),
            Work::Shadow {
                candidate,
                shadow,
                disagreement,
                ran_secs,
                last_secs,
            } => {
                let over = ran_secs >= self.params.shadow_secs && shadow.steps() >= FEWEST_STEPS;
                if self.releases.promotion_is_asked() && !shadow.has_failed() {
                    self.install(*candidate, true);
                } else if over || shadow.has_failed() {
                    self.end_shadow(*candidate, &shadow.summary(), ran_secs);
                } else {
                    self.work = Work::Shadow {
                        candidate,
                        shadow,
                        disagreement,
                        ran_secs,
                        last_secs,
                    };
                }
            }
            Work::Ready(candidate) => {
                let asked = self.releases.promotion_is_asked();
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
                    let reason = format!("{:.0} s without a fault", probation.counted_secs());
                    if self.releases.settle(&version, reason) {
                        self.meter = BaselineMeter::new(&self.params.probation);
                        self.before = before.map(|before| *before);
                        return;
                    }
                }
                self.work = Work::Probation { probation, before };
            }
        }
    }

    /// The candidate that is looked at, or waits to take charge.
    fn tried(&self) -> Option<&str> {
        match &self.work {
            Work::Evaluation { candidate, .. } | Work::Shadow { candidate, .. } | Work::Ready(candidate) => {
                Some(&candidate.released.version)
            }
            Work::Watch | Work::Switching { .. } | Work::Probation { .. } => None,
        }
    }

    /// Looks into the store: for a candidate, for what an operator has done, for how the process is.
    fn look(&mut self) {
        let look = self.releases.look(&self.running.released.version);
        let is_on_probation = self
            .releases
            .status()
            .is_some_and(|status| status.state.is_on_probation());
        match look {
            Some(Look::Nothing | Look::Candidate(..)) if is_on_probation && matches!(self.work, Work::Watch) => {
                self.resume_probation();
            }
            Some(Look::Another) if !matches!(self.work, Work::Switching { .. }) => self.follow_store(),
            // What was looked at, or waited, was taken away.
            Some(Look::Nothing) if self.tried().is_some() => self.work = Work::Watch,
            // A newer one has taken its place.
            Some(Look::Candidate(version, _)) if self.tried().is_some_and(|tried| tried != version) => {
                self.work = Work::Watch;
            }
            Some(Look::Candidate(version, stage)) if matches!(self.work, Work::Watch) => {
                self.take_up(&version, stage);
            }
            _ => {}
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
