//! Inferences that take their time in virtual time.

use std::time::Duration;

use sinew_control::clock::VirtualClock;
use sinew_control::io::{Policy, PolicyError};

/// A policy each of whose answers takes a fixed time on a virtual clock, on which the machine's own speed does not count.
pub(super) struct DelayedPolicy<P> {
    policy: P,
    clock: VirtualClock,
    nanos: u64,
}

impl<P: Policy> DelayedPolicy<P> {
    pub(super) fn new(policy: P, clock: VirtualClock, latency: Duration) -> Self {
        Self {
            policy,
            clock,
            nanos: latency.as_nanos() as u64,
        }
    }
}

impl<P: Policy> Policy for DelayedPolicy<P> {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        let inferred = self.policy.infer(observation, action);
        self.clock.advance(self.nanos);
        inferred
    }

    fn reset(&mut self) {
        self.policy.reset();
    }
}
