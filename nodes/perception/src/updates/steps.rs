//! What is done with a release, step by step.

use std::collections::VecDeque;
use std::sync::Arc;

use sinew_node::report::Event;
use sinew_node::updates::Promote;
use sinew_releases::store::{Look, ReleaseSteps, Stage, Store, Told};

use super::probation::BaselineMeter;
use super::release::Promise;
use super::shadow::ShadowSummary;
use super::{ModelUse, UpdateParams, Updates, Work};
use crate::place::{ModelPlace, RunningModel, SeenRun};

impl Updates {
    /// Of a node that runs `running` in `place`, out of `store`.
    pub(crate) fn new(
        params: UpdateParams,
        store: Store,
        running: &RunningModel,
        of: ModelUse,
        place: Arc<ModelPlace>,
    ) -> Self {
        Self {
            params,
            of,
            releases: ReleaseSteps::new(store),
            place,
            work: Work::Watch,
            running: running.version.to_string(),
            promise: Promise::of(running.detector.model()),
            meter: BaselineMeter::default(),
            events: Vec::new(),
            last_images: Vec::new(),
            waits_for_images: false,
            has_begun: false,
        }
    }

    /// Takes runs of the model in charge, and does what is next. Takes as long as the model beside it takes for the last
    /// of them, and as long as a candidate takes to be loaded, where there is one.
    pub(crate) fn step(&mut self, runs: VecDeque<SeenRun>) {
        let budget = self.budget();
        for run in runs {
            match std::mem::replace(&mut self.work, Work::Watch) {
                Work::Shadow {
                    mut candidate,
                    mut shadow,
                    mut disagreement,
                } => {
                    if shadow.has_begun(&run) {
                        let compared = candidate.look(&run);
                        shadow.take(&run, compared.as_ref(), budget);
                        let event = compared.and_then(|compared| {
                            let [version, in_charge] = [candidate.version(), &self.running];
                            disagreement.event(&compared.agreement, run.at, version, in_charge)
                        });
                        self.events.extend(event);
                    }
                    self.meter.take(&run, budget);
                    self.work = Work::Shadow {
                        candidate,
                        shadow,
                        disagreement,
                    };
                }
                Work::Probation {
                    mut probation,
                    mut before,
                } if *run.model == *self.running => {
                    let compared = before.as_mut().and_then(|before| before.look(&run));
                    match probation.take(&run, compared.as_ref(), before.is_none()) {
                        Some(broken) => self.roll_back(&broken, before),
                        None => self.work = Work::Probation { probation, before },
                    }
                }
                other => {
                    self.meter.take(&run, budget);
                    self.work = other;
                }
            }
            if !run.images.is_empty() {
                self.last_images = run.images;
            }
        }
        self.go_on();
        self.look();
    }

    /// What was told since the last call.
    pub(crate) fn told(&mut self) -> Vec<Told> {
        self.releases.told()
    }

    /// What has happened since the last call that a recorder may want to keep.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Name and version of the release in charge.
    pub(crate) fn in_charge(&self) -> &str {
        &self.running
    }

    /// The candidate, how far it has come, and what its shadow has found.
    pub(crate) fn candidate(&self) -> Option<(&str, Stage, Option<ShadowSummary>)> {
        match &self.work {
            Work::Watch => None,
            Work::Shadow { candidate, shadow, .. } => {
                Some((candidate.version(), Stage::Shadow, Some(shadow.summary())))
            }
            Work::Ready { candidate, .. } => Some((candidate.version(), Stage::Ready, None)),
            Work::Switching(switching) => Some((&switching.to, Stage::Ready, None)),
            Work::Probation { .. } => Some((&self.running, Stage::Probation, None)),
        }
    }

    /// An operator wants the candidate in charge.
    ///
    /// # Errors
    /// Where there is none that may be.
    pub(crate) fn promote(&mut self) -> Result<String, String> {
        let (candidate, agreement) = match std::mem::replace(&mut self.work, Work::Watch) {
            Work::Shadow { candidate, shadow, .. } => (candidate, self.agreement(Some(&shadow.summary()))),
            Work::Ready { candidate, agreement } => (candidate, agreement),
            other => {
                self.work = other;
                return Err("no candidate that was admitted waits to take charge".to_owned());
            }
        };
        let version = candidate.version().to_owned();
        self.install(*candidate, agreement, true);
        Ok(format!("{version} takes charge before the next image"))
    }

    /// An operator wants the release before.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn go_back(&mut self) -> Result<String, String> {
        self.releases.go_back(&self.running)
    }

    /// Goes on with what has come so far.
    fn go_on(&mut self) {
        match std::mem::replace(&mut self.work, Work::Watch) {
            Work::Watch => {}
            Work::Shadow {
                candidate,
                shadow,
                disagreement,
            } => self.follow_shadow(candidate, shadow, disagreement),
            Work::Ready { candidate, agreement } => {
                let asked = self.releases.promotion_is_asked();
                if asked || self.params.promote == Promote::Rule {
                    self.install(*candidate, agreement, asked);
                } else {
                    self.work = Work::Ready { candidate, agreement };
                }
            }
            Work::Switching(switching) => self.follow_switch(switching),
            Work::Probation { probation, before } => {
                let secs = probation.counted_secs();
                let is_over = secs >= self.params.probation_secs;
                if is_over
                    && self
                        .releases
                        .settle(&self.running, format!("{secs:.0} s without a fault"))
                {
                    self.meter = BaselineMeter::default();
                    return;
                }
                self.work = Work::Probation { probation, before };
            }
        }
    }

    /// Looks into the store: for a candidate, for what an operator has done, for how the process is.
    fn look(&mut self) {
        let look = self.releases.look(&self.running);
        if look.is_some() && !std::mem::replace(&mut self.has_begun, true) {
            let status = self.releases.status();
            let is_on_probation = status.is_some_and(|status| status.state.is_on_probation());
            if is_on_probation && look != Some(Look::Another) {
                return self.resume_probation();
            }
        }
        match look {
            Some(Look::Another) if !matches!(self.work, Work::Switching(_)) => self.follow_store(),
            // What was in shadow, or waited, was taken away.
            Some(Look::Nothing) if matches!(self.work, Work::Shadow { .. } | Work::Ready { .. }) => {
                self.work = Work::Watch;
            }
            Some(Look::Candidate(version, stage)) if matches!(self.work, Work::Watch) => {
                self.take_up(&version, stage);
            }
            _ => {}
        }
    }
}
