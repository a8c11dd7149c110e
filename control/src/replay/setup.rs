//! What a loop is made of, as data.

use serde::{Deserialize, Serialize};

use crate::contract::PolicyContract;
use crate::gate::Stop;
use crate::io::Capabilities;
use crate::policies::PolicyRoom;
use crate::robot::RobotDescription;
use crate::tick::LoopParams;

/// What a loop is made of besides robot, policy and clock themselves: with its records and its policy, enough to run
/// it again. Numbers may be infinite, so that JSON cannot hold it; YAML can.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoopSetup {
    /// The robot's description.
    pub robot: RobotDescription,
    /// The policy's contract.
    pub contract: PolicyContract,
    /// Parameters of the loop.
    pub params: LoopParams,
    /// What the robot can measure and do.
    pub capabilities: RobotCapabilities,
    /// The stop of before that it began with.
    pub stop: Option<Stop>,
    /// The room that it kept for policies which were installed later.
    #[serde(default)]
    pub room: PolicyRoom,
}

/// [`Capabilities`] with texts of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotCapabilities {
    /// What fills the base velocity.
    pub base_velocity: Option<String>,
    /// Names of the feet whose contact is measured.
    pub feet: Vec<String>,
    /// Whether it has a stop of its own.
    pub own_stop: bool,
    /// Why the drives cannot damp.
    pub own_gains: Option<String>,
}

impl From<Capabilities> for RobotCapabilities {
    fn from(capabilities: Capabilities) -> Self {
        Self {
            base_velocity: capabilities.base_velocity.map(str::to_owned),
            feet: capabilities.feet,
            own_stop: capabilities.own_stop,
            own_gains: capabilities.own_gains.map(str::to_owned),
        }
    }
}

impl RobotCapabilities {
    /// For a robot that is replayed: its texts say no more than that something was there.
    pub(super) fn replayed(&self) -> Capabilities {
        Capabilities {
            base_velocity: self.base_velocity.as_ref().map(|_| "what was recorded"),
            feet: self.feet.clone(),
            own_stop: self.own_stop,
            own_gains: self
                .own_gains
                .as_ref()
                .map(|_| "the recorded robot's drives use gains of their own"),
        }
    }
}
