//! A robot whose readings and commands the host hands on, in the thread that ticks.

use std::sync::Arc;

use sinew_control::exchange::{Giver, Taker, exchange};
use sinew_control::gate::{JointLimits, SafetyParams};
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use std::sync::OnceLock;

use crate::outgoing::{Bounds, Outgoing};

/// The gate's end.
#[derive(Debug)]
pub(super) struct HostedRobot {
    capabilities: Capabilities,
    reading: Taker<RobotState>,
    outgoing: Giver<Outgoing>,
    bounds: Arc<OnceLock<Bounds>>,
}

/// The host's end.
#[derive(Debug)]
pub(super) struct HostEnd {
    pub(super) reading: Giver<RobotState>,
    pub(super) outgoing: Taker<Outgoing>,
    bounds: Arc<OnceLock<Bounds>>,
    robot: RobotDescription,
}

/// A robot of these joints, with what the host measures besides.
pub(super) fn hosted_robot(robot: &RobotDescription, feet: &[String], base_velocity: bool) -> (HostedRobot, HostEnd) {
    let (giver, taker) = exchange(&RobotState::new(robot.dof(), feet.len()));
    let (out_giver, out_taker) = exchange(&Outgoing::zeros(robot.dof()));
    let bounds = Arc::new(OnceLock::new());
    let capabilities = Capabilities {
        base_velocity: base_velocity.then_some("what the host of the control loop measures"),
        feet: feet.to_vec(),
        own_stop: false,
        own_gains: None,
    };
    let end = HostedRobot {
        capabilities,
        reading: taker,
        outgoing: out_giver,
        bounds: bounds.clone(),
    };
    let host = HostEnd {
        reading: giver,
        outgoing: out_taker,
        bounds,
        robot: robot.clone(),
    };
    (end, host)
}

impl HostEnd {
    /// What the gate that took the robot holds commands to.
    pub(super) fn bounds(&self) -> &Bounds {
        self.bounds.get_or_init(|| Bounds::of(&self.robot))
    }
}

impl RobotIo for HostedRobot {
    fn read(&mut self, _now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        self.reading.take();
        state.copy_from(self.reading.newest());
        Ok(())
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        self.outgoing.give(|outgoing| outgoing.fill(command, accepted));
        Ok(())
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn bound_by(&mut self, limits: &[JointLimits], params: &SafetyParams) {
        self.bounds.get_or_init(|| Bounds::new(limits, params));
    }
}
