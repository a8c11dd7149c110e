//! A robot that costs nothing: it shows the states of a walk that the simulator has walked before.

use anyhow::{Result, ensure};
use sinew::params::Params;
use sinew::run::{PolicyOnRobot, records_kept, simulator};
use sinew_control::Mode;
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;
use sinew_control::io::{Capabilities, Clock, IoError, RobotIo};
use sinew_control::mailbox::Operator;
use sinew_control::state::{JointCommand, RobotState};
use sinew_control::tick::ControlLoop;

/// Policy steps of the recorded walk: few, for a robot's measurements come from a small buffer, not
/// from memory.
const STEPS: usize = 50;
/// What the robot is asked for all the time.
pub(crate) const COMMAND: VelocityCommand = VelocityCommand::new(0.5, 0.0, 0.0);

/// A loop at `rate_hz` over the replayed walk of the robot of `params`, with its policy in charge.
pub(crate) fn running_loop(
    loaded: &PolicyOnRobot,
    params: &Params,
    rate_hz: f64,
    clock: Box<dyn Clock>,
) -> Result<(ControlLoop, Operator)> {
    let mut params = params.clone();
    params.control.rate_hz = loaded.contract.policy_rate_hz;
    let walk = Box::new(Replay::record(loaded, &params)?);
    params.control.rate_hz = rate_hz;
    let policy = Box::new(loaded.policy()?);
    Ok(loaded.control_loop(&params.control, walk, policy, clock, records_kept(rate_hz))?)
}

/// Ticks until the policy is in charge.
pub(crate) fn start(control: &mut ControlLoop, operator: &Operator) -> Result<()> {
    control.begin();
    while control.mode() != Mode::Run {
        operator.command(COMMAND);
        control.tick();
        ensure!(control.stop().is_none(), "stopped while starting: {:?}", control.stop());
    }
    Ok(())
}

struct Replay {
    states: Vec<RobotState>,
    next: usize,
    capabilities: Capabilities,
}

impl Replay {
    fn record(loaded: &PolicyOnRobot, params: &Params) -> Result<Self> {
        let sim = simulator(loaded, params)?;
        let capabilities = sim.capabilities();
        let clock = Box::new(VirtualClock::default());
        let policy = Box::new(loaded.policy()?);
        let (mut control, operator) = loaded.control_loop(&params.control, Box::new(sim), policy, clock, 2)?;
        start(&mut control, &operator)?;
        let mut states = Vec::with_capacity(STEPS);
        while states.len() < STEPS {
            operator.command(COMMAND);
            control.tick();
            ensure!(control.stop().is_none(), "stopped while walking: {:?}", control.stop());
            states.push(control.state().clone());
        }
        Ok(Self {
            states,
            next: 0,
            capabilities,
        })
    }
}

impl RobotIo for Replay {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        let now = &self.states[self.next];
        self.next = (self.next + 1) % self.states.len();
        state.position.copy_from_slice(&now.position);
        state.velocity.copy_from_slice(&now.velocity);
        state.effort.copy_from_slice(&now.effort);
        state.joint_stamp_nanos.fill(now_nanos);
        state.imu = now.imu;
        state.imu.stamp_nanos = now_nanos;
        state.base_velocity = now.base_velocity;
        state.foot_contact.copy_from_slice(&now.foot_contact);
        state.truth = now.truth;
        Ok(())
    }

    fn write(&mut self, command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        std::hint::black_box(command);
        Ok(())
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}
