//! Inferences that take their time in virtual time: the policy answers later, and the robot gets the command later.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use sinew_control::clock::VirtualClock;
use sinew_control::gate::{JointLimits, SafetyParams};
use sinew_control::io::{Capabilities, Clock, IoError, Policy, PolicyError, RobotIo};
use sinew_control::state::{JointCommand, RobotState};
use sinew_sim::SimRobot;

use super::inference_latency::InferenceLatency;

/// A policy each of whose answers takes time on a virtual clock, on which the machine's own speed does not count: the loop
/// judges it as it judges one that is slow.
pub(super) struct DelayedPolicy<P> {
    policy: P,
    clock: VirtualClock,
    latency: InferenceLatency,
    rng: Pcg64Mcg,
}

impl<P: Policy> DelayedPolicy<P> {
    pub(super) fn new(policy: P, clock: VirtualClock, latency: InferenceLatency, seed: u64) -> Self {
        Self {
            policy,
            clock,
            latency,
            // Not the stream of the simulator's noise, which has the same seed.
            rng: Pcg64Mcg::seed_from_u64(!seed),
        }
    }
}

impl<P: Policy> Policy for DelayedPolicy<P> {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        let inferred = self.policy.infer(observation, action);
        self.clock.advance(self.latency.draw_nanos(&mut self.rng));
        inferred
    }

    fn reset(&mut self) {
        self.policy.reset();
    }
}

/// A simulated robot that goes on with its last command while the loop makes up its mind.
#[derive(Debug)]
pub(super) struct DelayedRobot {
    sim: SimRobot,
    clock: VirtualClock,
    read_nanos: u64,
    /// Written since the last reading, and how long after that. It is carried out before the next one: physics are no
    /// part of the loop's own work in a tick, which is measured from the end of a reading on.
    written: JointCommand,
    written_after_nanos: Option<u64>,
}

impl DelayedRobot {
    pub(super) fn new(sim: SimRobot, clock: VirtualClock) -> Self {
        Self {
            written: JointCommand::zeros(sim.description().dof()),
            written_after_nanos: None,
            read_nanos: 0,
            sim,
            clock,
        }
    }
}

impl RobotIo for DelayedRobot {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        if let Some(nanos) = self.written_after_nanos.take() {
            self.sim.wait(nanos);
            self.sim.write(&self.written, state)?;
        }
        self.read_nanos = now_nanos;
        self.sim.read(now_nanos, state)
    }

    fn write(&mut self, command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        self.written.copy_from(command);
        self.written_after_nanos = Some(self.clock.now_nanos().saturating_sub(self.read_nanos));
        Ok(())
    }

    fn capabilities(&self) -> Capabilities {
        self.sim.capabilities()
    }

    fn bound_by(&mut self, limits: &[JointLimits], params: &SafetyParams) {
        self.sim.bound_by(limits, params);
    }

    fn failure(&self) -> Option<String> {
        self.sim.failure()
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        self.written_after_nanos = None;
        self.sim.own_stop()
    }
}
