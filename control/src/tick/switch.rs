//! Another policy takes charge.

use super::ControlLoop;
use crate::command::VelocityCommand;
use crate::mailbox::Asked;
use crate::policies::{Install, LoadedPolicy, Switch, SwitchWhen};
use crate::start::Mode;

/// A velocity that is asked for below this asks for none: what a joystick at rest gives.
const STILL_COMMAND: f64 = 0.02;
/// How long nobody has to ask the robot to move before it counts as standing, ns: it brings its steps to an end.
const STILL_NANOS: u64 = 1_000_000_000;

impl ControlLoop {
    /// Takes what was handed over or asked for since the last tick.
    #[cold]
    pub(super) fn take_policies(&mut self, asked: &mut Asked) {
        let (arrival, switch) = self.mailbox.policies().take();
        if let Some(policy) = arrival {
            let install = Install {
                place: policy.place(),
                number: policy.number,
            };
            asked.install = Some(install);
            let places = self.mailbox.policies();
            let leaving = match self.others.get_mut(usize::from(install.place)) {
                Some(place) if install.place != self.place => {
                    places.tell_installed(install);
                    place.replace(policy)
                }
                _ => {
                    places.tell_refused();
                    Some(policy)
                }
            };
            places.arrived(leaving);
        }
        if let Some(switch) = switch {
            asked.switch = Some(switch);
            self.set_switch((switch.place != self.place).then_some(switch));
        }
    }

    fn set_switch(&mut self, switch: Option<Switch>) {
        self.switch = switch;
        self.mailbox.policies().tell_switching(switch.is_some());
    }

    /// Changes over to the policy that is to take charge, where it may in the tick at `scheduled_nanos`.
    #[cold]
    pub(super) fn switch_if_it_may(&mut self, scheduled_nanos: u64) {
        let Some(switch) = self.switch else { return };
        let runs = self.start.mode() == Mode::Run && self.gate.stop().is_none();
        // The targets of a stand would jump to where another one ends.
        let stands_up = self.start.mode() == Mode::Stand && self.gate.stop().is_none();
        let may = !stands_up && (!runs || switch.when == SwitchWhen::Running || self.stands_still(scheduled_nanos));
        if !may {
            return;
        }
        self.set_switch(None);
        let effort = &self.state.effort;
        let fits = |policy: &LoadedPolicy| !policy.needs_effort || effort.iter().all(|effort| !effort.is_nan());
        let place = self.others.get_mut(usize::from(switch.place));
        let Some(mut newcomer) = place.and_then(|place| place.take_if(|policy| fits(policy))) else {
            self.mailbox.policies().tell_refused();
            return;
        };
        if runs {
            if newcomer.observes_as(&self.policy) {
                newcomer.take_over_from(&mut self.policy);
            } else {
                newcomer.begin_at(&self.gate.written().position);
            }
            self.steps_without_action = 0;
            self.next_policy_tick = self.tick;
        }
        std::mem::swap(&mut self.policy, &mut *newcomer);
        if let Some(left) = self.others.get_mut(usize::from(self.place)) {
            *left = Some(newcomer);
        }
        self.place = switch.place;
        self.mailbox.policies().tell_in_charge(self.in_charge());
        for (j, &rest_rad) in self.policy.turn_rest_rad.iter().enumerate() {
            self.gate.set_rest(j, rest_rad);
        }
        self.gate.need_effort(self.policy.needs_effort);
        self.start.set_rest(&self.policy.rest);
        if runs {
            self.velocity = self.velocity.clamped(&self.policy.command_ranges);
            self.blend
                .begin(scheduled_nanos, switch.blend_nanos(), self.gate.written(), &self.wanted);
            self.set_all_targets(scheduled_nanos);
        }
    }

    /// Brings in what is left of the policy before. Everything of the command changes with it.
    #[cold]
    pub(super) fn blend(&mut self, scheduled_nanos: u64) {
        self.set_all_targets(scheduled_nanos);
        for (&j, &target) in self.policy.joints.iter().zip(&self.policy.last_target) {
            self.wanted.position[j] = target;
        }
        self.blend.apply(scheduled_nanos, &mut self.wanted);
    }

    /// Whether nobody has asked the robot to move for a while.
    fn stands_still(&self, scheduled_nanos: u64) -> bool {
        let since = self.still_since_nanos;
        since.is_some_and(|since| scheduled_nanos.saturating_sub(since) >= STILL_NANOS)
    }

    /// Follows `velocity`, as far as the policy was trained for it.
    pub(super) fn set_velocity(&mut self, velocity: VelocityCommand, scheduled_nanos: u64) {
        self.velocity = velocity.clamped(&self.policy.command_ranges);
        if self.velocity.norm() > STILL_COMMAND {
            self.still_since_nanos = None;
        } else {
            self.still_since_nanos.get_or_insert(scheduled_nanos);
        }
    }
}
