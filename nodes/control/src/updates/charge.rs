//! Another release takes charge of the loop, and is taken back.

use std::time::Duration;

use sinew_control::policies::{LoadedPolicy, PLACES, Switch, SwitchWhen};
use sinew_control::probation::{Baseline, BaselineMeter, Broken, Probation};
use sinew_node::node::{ShownFile, ShownPolicy};
use sinew_releases::store::By;

use super::release::{Admitted, ReleasedPolicy};
use super::{Placed, Updates, Work, kept_baseline};

impl Updates {
    /// Hands the candidate to the loop, and asks for the change.
    pub(super) fn install(&mut self, candidate: Admitted, by_operator: bool) {
        let Admitted { released, policy, .. } = candidate;
        let when = self.params.when;
        if let Err(reason) = self.bring_in(released, policy, when, self.params.blend_secs, by_operator) {
            self.releases.complain(reason);
        }
    }

    fn bring_in(
        &mut self,
        released: ReleasedPolicy,
        policy: Box<LoadedPolicy>,
        when: SwitchWhen,
        blend_secs: f64,
        by_operator: bool,
    ) -> Result<(), String> {
        let to = self.place(released, policy)?;
        let blend = Duration::from_secs_f64(blend_secs);
        self.operator.policies().switch(Switch::new(to.place, when, blend));
        self.work = Work::Switching {
            to: Box::new(to),
            by_operator,
        };
        Ok(())
    }

    /// Hands a policy to the loop, in a place where no other is needed.
    fn place(&mut self, released: ReleasedPolicy, policy: Box<LoadedPolicy>) -> Result<Placed, String> {
        let places = self.operator.policies();
        let kept = self.before.as_ref().map(|before| before.place);
        let mut free = (0..PLACES as u8).filter(|place| *place != places.in_charge().place);
        let place = free.clone().find(|place| places.number_at(*place).is_none());
        let place = place.or_else(|| free.find(|place| Some(*place) != kept)).unwrap_or(1);
        let number = self.next_number;
        self.next_number += 1;
        let file = &released.file;
        self.installed.add(ShownPolicy {
            number,
            contract: released.contract.clone(),
            file: ShownFile {
                role: "policy",
                path: file.path().to_owned(),
                sha256: file.sha256().to_owned(),
                bytes: file.bytes().clone(),
            },
        });
        let numbered = Box::new(policy.numbered(number));
        places.install(place, numbered).map_err(|error| error.to_string())?;
        Ok(Placed {
            released,
            place,
            number,
        })
    }

    /// Looks whether the loop has changed over.
    pub(super) fn follow_switch(&mut self, to: Box<Placed>, by_operator: bool) {
        let in_charge = self.operator.policies().in_charge();
        if in_charge.number != to.number {
            if self.operator.policies().is_switching()
                || self.operator.policies().number_at(to.place) != Some(to.number)
            {
                self.work = Work::Switching { to, by_operator };
            } else {
                let reason = "the loop does not take it: it needs torques that a drive does not measure";
                self.releases.refuse(&to.released.version, reason);
            }
            return;
        }
        let version = to.released.version.clone();
        let before = std::mem::replace(&mut self.running, *to);
        self.releases.runs_another();
        if self.releases.has_in_charge(&version) {
            // The store has it in charge already: it was gone back to.
            self.before = None;
            let reason = format!("instead of {}", before.released.version);
            self.releases.tell(&version, "in charge", reason, false);
            self.meter = BaselineMeter::new(&self.params.probation);
            return;
        }
        let baseline = self.meter.baseline();
        let velocity = match baseline.velocity_error_m_s {
            Some(m_s) => format!("{m_s:.2} m/s off its command"),
            None => "velocity not measured".to_owned(),
        };
        let reason = format!(
            "instead of {}, on probation for {} s; before: {velocity}, {:.2} rad of lean, {:.1} verdicts a second",
            before.released.version, self.params.probation_secs, baseline.lean_rad, baseline.verdicts_per_sec
        );
        let by = if by_operator { By::Operator } else { By::Rule };
        if !self.releases.promote(&version, by, reason) {
            // What the store does not know of must not stay in charge.
            self.switch_back(before);
            return;
        }
        if let Err(reason) = kept_baseline::keep(self.releases.store(), &version, baseline) {
            self.releases.complain(reason);
        }
        self.before = Some(before.clone());
        self.begin_probation(baseline, Some(before));
    }

    fn begin_probation(&mut self, baseline: Baseline, before: Option<Placed>) {
        let probation = Probation::new(self.params.probation.clone(), baseline);
        self.tap = Some(self.operator.tap());
        self.work = Work::Probation {
            probation: Box::new(probation),
            before: before.map(Box::new),
        };
    }

    /// The process has begun with a release on probation: it begins again, against what was measured before it.
    pub(super) fn resume_probation(&mut self) {
        let version = self.running.released.version.clone();
        // Without it the rules hold as they are, for a policy before that did nothing wrong.
        let baseline = kept_baseline::of(self.releases.store(), &version).unwrap_or_else(|reason| {
            self.releases.complain(reason);
            Baseline::default()
        });
        let fallback = self.releases.store().fallback().map_err(|error| error.to_string());
        let before = fallback.and_then(|loaded| {
            let released = self.read(&loaded)?;
            let policy = Box::new(released.load(&self.of)?);
            self.place(released, policy)
        });
        if let Err(reason) = &before {
            let reason = format!("what is gone back to is not at hand, and is loaded when it is needed: {reason}");
            self.releases.complain(reason);
        }
        let secs = self.params.probation_secs;
        let reason = format!("it was on probation when the process began: {secs} s anew");
        self.releases.tell(&version, "on probation", reason, false);
        self.before = before.as_ref().ok().cloned();
        self.begin_probation(baseline, before.ok());
    }

    /// Takes the newcomer back: the loop first, then the store.
    pub(super) fn roll_back(&mut self, broken: &Broken) {
        let Work::Probation { before, .. } = std::mem::replace(&mut self.work, Work::Watch) else {
            return;
        };
        let version = self.running.released.version.clone();
        let is_at_hand = before.is_some();
        if let Some(before) = before {
            self.switch_back(*before);
        }
        self.releases.roll_back(&version, &broken.to_string());
        if !is_at_hand {
            self.follow_store();
        }
    }

    fn switch_back(&mut self, before: Placed) {
        let blend = Duration::from_secs_f64(self.params.rollback_blend_secs);
        let switch = Switch::new(before.place, SwitchWhen::Running, blend);
        self.operator.policies().switch(switch);
        self.running = before;
        self.before = None;
        self.releases.runs_another();
        self.meter = BaselineMeter::new(&self.params.probation);
        self.work = Work::Watch;
    }

    /// Puts in charge of the loop what is in charge of the store: an operator has gone back.
    pub(super) fn follow_store(&mut self) {
        let loaded = match self.releases.store().in_charge() {
            Ok(loaded) => loaded,
            Err(error) => return self.releases.complain(error.to_string()),
        };
        let version = loaded.release.version.clone();
        if version == self.running.released.version {
            return;
        }
        let before = self.running.released.version.clone();
        if let Some(placed) = (self.before.clone()).filter(|placed| placed.released.version == version) {
            self.switch_back(placed);
            let reason = format!("instead of {before}, which was taken back");
            self.releases.tell(&version, "in charge", reason, true);
            return;
        }
        let released = match self.read(&loaded) {
            Ok(released) => released,
            Err(reason) => return self.releases.complain(reason),
        };
        let brought = released.load(&self.of).and_then(|policy| {
            let blend_secs = self.params.rollback_blend_secs;
            self.bring_in(released, Box::new(policy), SwitchWhen::Running, blend_secs, true)
        });
        if let Err(reason) = brought {
            self.releases.complain(reason);
        }
    }
}
