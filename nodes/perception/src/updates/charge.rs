//! Another model takes charge, and is taken back.

use sinew_releases::store::By;

use super::companion::{Companion, Reference};
use super::probation::{Baseline, BaselineMeter, Broken, Probation};
use super::release::Promise;
use super::{Switching, Updates, Why, Work};
use crate::place::RunningModel;

impl Updates {
    /// Hands the candidate over, to take charge before the next image.
    pub(super) fn install(&mut self, candidate: Companion, agreement: f64, by_operator: bool) {
        self.bring(candidate.running, Why::Promoted { by_operator, agreement });
    }

    fn bring(&mut self, model: Box<RunningModel>, why: Why) {
        self.work = Work::Switching(Box::new(Switching {
            to: model.version.to_string(),
            promise: Promise::of(model.detector.model()),
            why,
        }));
        self.place.bring(model);
    }

    /// Looks whether the model in charge has changed.
    pub(super) fn follow_switch(&mut self, switching: Box<Switching>) {
        let Some(before) = self.place.left() else {
            self.work = Work::Switching(switching);
            return;
        };
        let Switching { to, promise, why } = *switching;
        self.running.clone_from(&to);
        self.promise = promise;
        self.releases.runs_another();
        let budget = self.budget();
        let meter = std::mem::take(&mut self.meter);
        let Why::Promoted { by_operator, agreement } = why else {
            let reason = format!("instead of {}, which was taken back", before.version);
            self.releases.tell(&to, "in charge", reason, true);
            return;
        };
        let by = if by_operator { By::Operator } else { By::Rule };
        let baseline = meter.baseline(budget, agreement);
        let reason = format!(
            "instead of {}, on probation for {} s; before: {:.2} of its runs late, {:.2} failed",
            before.version, self.params.probation_secs, baseline.late_share, baseline.failed_share
        );
        if !self.releases.promote(&to, by, reason) {
            // What the store does not know of must not stay in charge.
            return self.bring(before, Why::InStore);
        }
        let before = Companion::new(before, Reference::Companion, &self.promise.names);
        self.begin_probation(baseline, Some(before));
    }

    pub(super) fn begin_probation(&mut self, baseline: Baseline, before: Option<Companion>) {
        self.work = Work::Probation {
            probation: Box::new(Probation::new(self.params.probation.clone(), baseline)),
            before: before.map(Box::new),
        };
    }

    /// The process has begun with a release on probation: it goes on, beside the one that would be gone back to.
    pub(super) fn resume_probation(&mut self) {
        let before = match self.releases.store().fallback() {
            Ok(loaded) => self.of.load(&loaded),
            Err(error) => Err(error.to_string()),
        };
        let before = before.inspect_err(|reason| {
            let reason = format!("the release before it cannot be compared with it: {reason}");
            self.releases.complain(reason);
        });
        let before = before.ok();
        let before = before.map(|before| Companion::new(Box::new(before), Reference::Companion, &self.promise.names));
        let agreement = self.params.min_agreement;
        let baseline = self.meter.baseline(self.budget(), agreement);
        self.begin_probation(baseline, before);
    }

    /// Takes the newcomer back: before the next image, then in the store.
    pub(super) fn roll_back(&mut self, broken: &Broken, before: Option<Box<Companion>>) {
        let version = self.running.clone();
        if let Some(before) = before {
            self.bring(before.running, Why::InStore);
        }
        self.releases.roll_back(&version, &broken.to_string());
        self.meter = BaselineMeter::default();
        // Without the one before at hand, it is loaded as the store asks for it.
        self.releases.look_soon();
    }

    /// Puts in charge what is in charge of the store: somebody has gone back.
    pub(super) fn follow_store(&mut self) {
        let loaded = match self.releases.store().in_charge() {
            Ok(loaded) => loaded,
            Err(error) => return self.releases.complain(error.to_string()),
        };
        let version = &loaded.release.version;
        if *version == self.running {
            return;
        }
        let at_hand = match std::mem::replace(&mut self.work, Work::Watch) {
            Work::Probation { before, .. } => before.filter(|before| before.version() == version.as_str()),
            _ => None,
        };
        let model = match at_hand {
            Some(before) => Ok(before.running),
            None => self.of.load(&loaded).map(Box::new),
        };
        match model {
            Ok(model) => self.bring(model, Why::InStore),
            Err(reason) => self.releases.complain(format!("{version}: {reason}")),
        }
    }
}
