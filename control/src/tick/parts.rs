//! What a control loop is made of, and why it may be refused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::contract::{Misfit, PolicyContract};
use crate::gate::{GateError, SafetyParams};
use crate::io::{Clock, Policy, RobotIo};
use crate::observation::TermRegistry;
use crate::policies::PolicyRoom;
use crate::ranges::OutOfRange;
use crate::robot::RobotDescription;
use crate::start::StartParams;

/// Parameters of the loop itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoopParams {
    /// Ticks per second; a whole multiple of the policy's rate.
    #[schemars(range(min = LoopParams::MIN_RATE_HZ, max = LoopParams::MAX_RATE_HZ))]
    pub rate_hz: f64,
    /// Whether the joints damp by themselves, with the kd of the first policy: commands then have none, and the bound
    /// on torque counts that damping.
    pub drive_damping: bool,
    /// How the robot is brought from limp to walking.
    pub start: StartParams,
    /// Limits and reactions of the safety gate.
    pub safety: SafetyParams,
}

impl LoopParams {
    /// Fewest ticks per second.
    pub const MIN_RATE_HZ: f64 = 1.0;
    /// More ticks per second than any robot takes.
    pub const MAX_RATE_HZ: f64 = 10_000.0;
}

impl Default for LoopParams {
    fn default() -> Self {
        Self {
            rate_hz: 200.0,
            drive_damping: false,
            start: StartParams::default(),
            safety: SafetyParams::default(),
        }
    }
}

/// Everything a loop is made of.
pub struct LoopParts<'a> {
    /// The robot's description.
    pub robot: &'a RobotDescription,
    /// The policy's contract.
    pub contract: &'a PolicyContract,
    /// The robot itself.
    pub io: Box<dyn RobotIo>,
    /// The policy itself.
    pub policy: Box<dyn Policy>,
    /// The time to live by.
    pub clock: Box<dyn Clock>,
    /// Observation terms that may be used.
    pub registry: &'a TermRegistry,
    /// How many records of its newest ticks are kept for the readers of its tap; two at least.
    pub records: usize,
    /// The room that is kept for policies which are installed later.
    pub room: PolicyRoom,
}

impl fmt::Debug for LoopParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopParts")
            .field("robot", &self.robot.name)
            .field("contract", &self.contract.name)
            .finish_non_exhaustive()
    }
}

/// Why a loop could not be put together.
#[derive(Debug, Error)]
pub enum LoopError {
    /// The contract does not fit the robot.
    #[error("the policy does not fit the robot:{}", list(.0))]
    Contract(Vec<Misfit>),
    /// The gate does not take the robot.
    #[error(transparent)]
    Safety(#[from] GateError),
    /// The rates do not divide.
    #[error(
        "`rate_hz`: expected a whole multiple of the policy's {policy_rate_hz} Hz, found {rate_hz} Hz ({ratio:.3} ticks \
         per policy step)"
    )]
    Rate {
        /// The loop's rate.
        rate_hz: f64,
        /// The policy's rate.
        policy_rate_hz: f64,
        /// Their ratio.
        ratio: f64,
    },
    /// A parameter is out of range.
    #[error(transparent)]
    Params(#[from] OutOfRange),
}

fn list(misfits: &[Misfit]) -> String {
    misfits.iter().map(|misfit| format!("\n  {misfit}")).collect()
}
