//! What a candidate has to pass before it may take charge: admission, and a time in shadow.

use std::time::Duration;

use sinew_releases::store::Stage;

use super::companion::{Companion, Reference};
use super::release::{Promise, measured};
use super::shadow::{Shadow, ShadowSummary};
use super::{Disagreement, Updates, Work};

impl Updates {
    /// Looks whether a candidate fits, and begins its shadow.
    pub(super) fn take_up(&mut self, version: &str, stage: Stage) {
        // Without an image nobody knows how long one takes; a camera that is silent is not the candidate's fault.
        let Some(budget) = self.budget().filter(|_| !self.last_images.is_empty()) else {
            if !std::mem::replace(&mut self.waits_for_images, true) {
                let reason = "no image yet that it could be measured with";
                self.releases.tell(version, "waits", reason, false);
            }
            return;
        };
        self.waits_for_images = false;
        let Some(loaded) = self.releases.begin_admission(version, stage) else {
            return;
        };
        let admitted = self.of.load(&loaded).and_then(|mut candidate| {
            self.promise.expect(&Promise::of(candidate.detector.model()))?;
            let took = measured(&mut candidate, &self.last_images)?;
            let (found, most) = (took[1], budget.as_secs_f64() * 1e6);
            if found > most {
                return Err(format!(
                    "a run: expected at most {most:.0} µs in 99 of 100, found {found:.0} µs on this machine"
                ));
            }
            Ok((candidate, took))
        });
        let (candidate, [p50, p99, max]) = match admitted {
            Ok(admitted) => admitted,
            Err(reason) => return self.releases.refuse(version, &reason),
        };
        let reason = format!("it fits; a run takes {p50:.0} µs, {p99:.0} in 99 of 100, at most {max:.0}");
        if !self.releases.admit(version, stage, reason) {
            return;
        }
        let candidate = Companion::new(Box::new(candidate), Reference::InCharge, &self.promise.names);
        let candidate = Box::new(candidate);
        if stage == Stage::Ready {
            self.work = self.ready(candidate, None);
            return;
        }
        if self.params.shadow_secs == 0.0 {
            if self.releases.make_ready(version) {
                self.work = self.ready(candidate, None);
            }
            return;
        }
        let reason = format!("beside {} for {} s", self.running, self.params.shadow_secs);
        if self.releases.begin_shadow(version, stage, reason) {
            self.work = Work::Shadow {
                candidate,
                shadow: Box::new(Shadow::new()),
                disagreement: Disagreement::new(match self.params.disagreement {
                    0.0 => self.params.min_agreement,
                    least => least,
                }),
            };
        }
    }

    fn ready(&self, candidate: Box<Companion>, shadow: Option<&ShadowSummary>) -> Work {
        Work::Ready {
            candidate,
            agreement: self.agreement(shadow),
        }
    }

    /// How far a candidate agrees with the model in charge; where that was not found out, as far as it would have had to.
    pub(super) fn agreement(&self, shadow: Option<&ShadowSummary>) -> f64 {
        let found = shadow.and_then(|shadow| shadow.agreement.f1());
        found.unwrap_or(self.params.min_agreement)
    }

    /// Goes on with a shadow, or ends it.
    pub(super) fn follow_shadow(&mut self, candidate: Box<Companion>, shadow: Box<Shadow>, disagreement: Disagreement) {
        if self.releases.promotion_is_asked() {
            return self.install(*candidate, self.agreement(Some(&shadow.summary())), true);
        }
        if !shadow.is_over(self.params.shadow_secs) {
            self.work = Work::Shadow {
                candidate,
                shadow,
                disagreement,
            };
            return;
        }
        let summary = shadow.summary();
        let version = candidate.version().to_owned();
        if self.releases.end_shadow(&version, summary.verdict(&self.params)) {
            self.work = self.ready(candidate, Some(&summary));
        }
    }

    /// The longest run that is in time, once that is known.
    pub(super) fn budget(&self) -> Option<Duration> {
        if self.params.max_inference_us > 0.0 {
            return Some(Duration::from_secs_f64(self.params.max_inference_us * 1e-6));
        }
        self.meter.gap()
    }
}
