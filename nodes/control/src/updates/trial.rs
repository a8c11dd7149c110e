//! What a candidate has to pass before it may take charge: admission, and a time in shadow.

use std::time::Duration;

use sinew_control::shadow::{Shadow, ShadowSummary};
use sinew_releases::store::{Loaded, Stage};

use super::release::{Admitted, ReleasedPolicy};
use super::{Disagreement, Updates, Work, gains};

/// An inference in shadow that takes this long has hung. It waits for whatever is more urgent on the machine.
const SHADOW_LIMIT: Duration = Duration::from_secs(5);
/// How many of a candidate's inferences in shadow may be late.
const LATE_SHARE: f64 = 0.01;

impl Updates {
    /// Looks whether a candidate fits, and what it does in simulation or, where that is not asked for, beside the loop.
    pub(super) fn take_up(&mut self, version: &str, stage: Stage) {
        let Some(loaded) = self.releases.begin_admission(version, stage) else {
            return;
        };
        let budget_us = self.budget().as_secs_f64() * 1e6;
        let admitted = self.read(&loaded).and_then(|policy| {
            let contracts = [&policy.contract, &self.running.released.contract];
            let safety = &self.of.params.safety;
            gains::expect_alike(contracts, &self.of.robot, safety, self.params.max_gain_factor)?;
            policy.admit(&self.of, budget_us)
        });
        let candidate = match admitted {
            Ok(candidate) => candidate,
            Err(reason) => return self.releases.refuse(version, &reason),
        };
        if matches!(stage, Stage::Staged | Stage::Admission) && !self.params.eval.files.is_empty() {
            self.begin_evaluation(candidate);
        } else {
            self.admitted(candidate, stage, None);
        }
    }

    /// Goes on with a candidate that fits; `walked` is what it did in simulation.
    pub(super) fn admitted(&mut self, candidate: Admitted, stage: Stage, walked: Option<&str>) {
        let version = &candidate.released.version.clone();
        let [p50, p99, max] = candidate.inference_us;
        let mut reason = format!("it fits this robot; inference {p50:.0} µs, {p99:.0} in 99 of 100, at most {max:.0}");
        if let Some(walked) = walked {
            reason += &format!("; in simulation {walked}");
        }
        if !self.releases.admit(version, stage, reason) {
            return;
        }
        if stage == Stage::Ready {
            self.work = Work::Ready(Box::new(candidate));
            return;
        }
        if self.params.shadow_secs == 0.0 {
            if self.releases.make_ready(version) {
                self.work = Work::Ready(Box::new(candidate));
            }
            return;
        }
        let shadow = match self.shadow_of(&candidate) {
            Ok(shadow) => shadow,
            Err(reason) => return self.releases.complain(reason),
        };
        let reason = format!(
            "beside {} for {} s",
            self.running.released.version, self.params.shadow_secs
        );
        if !self.releases.begin_shadow(version, stage, reason) {
            return;
        }
        self.tap = Some(self.operator.tap());
        self.work = Work::Shadow {
            candidate: Box::new(candidate),
            shadow: Box::new(shadow),
            disagreement: Disagreement::new(match self.params.disagreement_rad {
                0.0 => self.params.max_divergence_rad,
                rad => rad,
            }),
            ran_secs: 0.0,
            last_secs: None,
        };
    }

    /// A shadow of the candidate, loaded once more: it has a memory of its own.
    fn shadow_of(&self, candidate: &Admitted) -> Result<Shadow, String> {
        let policy = candidate.released.load_for(&self.of, SHADOW_LIMIT)?;
        let budget = self.budget().as_nanos() as u64;
        let (robot, params) = (&self.of.robot, &self.of.params);
        // What the one in charge observes, its contract says; it is not run.
        let in_charge = self.running.released.load(&self.of)?;
        Ok(Shadow::new(policy, &in_charge, robot, params, budget))
    }

    pub(super) fn read(&self, loaded: &Loaded) -> Result<ReleasedPolicy, String> {
        ReleasedPolicy::read(loaded, &self.of.robot, self.of.overrides.as_ref())
    }

    pub(super) fn end_shadow(&mut self, candidate: Admitted, summary: &ShadowSummary, ran_secs: f64) {
        let version = candidate.released.version.clone();
        let divergence = &summary.divergence;
        let reason = format!(
            "{} steps in shadow: targets {:.3} rad apart, {:.3} in 99 of 100, at most {:.3}; {} verdicts; inference {:.0} µs \
             in 99 of 100",
            summary.steps,
            divergence.p50_rad,
            divergence.p99_rad,
            divergence.max_rad,
            summary.verdicts,
            summary.took_us[1]
        );
        let fault = self.shadow_fault(summary, ran_secs);
        if self.releases.end_shadow(&version, fault.map_or(Ok(reason), Err)) {
            self.work = Work::Ready(Box::new(candidate));
        }
    }

    /// What speaks against a candidate after its shadow.
    fn shadow_fault(&self, summary: &ShadowSummary, ran_secs: f64) -> Option<String> {
        let ShadowSummary {
            steps,
            failed,
            not_finite,
            late,
            divergence,
            took_us: [.., longest_us],
            verdicts,
            ..
        } = summary;
        let (limit_secs, longest_secs) = (SHADOW_LIMIT.as_secs_f64(), longest_us * 1e-6);
        if *failed > 0 && longest_secs >= limit_secs {
            return Some(format!(
                "shadow: expected each inference within {limit_secs} s, found one that was ended after {longest_secs:.1} s"
            ));
        }
        if failed + not_finite > 0 {
            return Some(format!(
                "shadow: expected an action in every step, found {failed} that failed and {not_finite} that were not finite"
            ));
        }
        let most = self.params.max_divergence_rad;
        if divergence.p99_rad > most {
            return Some(format!(
                "shadow: expected targets at most {most:.3} rad apart in 99 of 100 steps, found {:.3} rad, at most {:.3}",
                divergence.p99_rad, divergence.max_rad
            ));
        }
        let (found, most) = (*verdicts as f64 / ran_secs, self.params.max_verdicts_per_sec);
        if found > most {
            return Some(format!(
                "shadow: expected at most {most:.1} verdicts of the gate in a second, found {found:.1}"
            ));
        }
        let share = *late as f64 / *steps as f64;
        (share > LATE_SHARE).then(|| {
            format!(
                "shadow: expected at most {:.0} of 100 inferences late, found {:.1}",
                LATE_SHARE * 100.0,
                share * 100.0
            )
        })
    }

    fn budget(&self) -> Duration {
        let secs = match (
            self.params.max_inference_us,
            self.of.params.safety.inference_budget_secs,
        ) {
            (0.0, 0.0) => 1.0 / self.of.params.rate_hz,
            (0.0, secs) => secs,
            (us, _) => us * 1e-6,
        };
        Duration::from_secs_f64(secs)
    }
}
