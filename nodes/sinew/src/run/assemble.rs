//! From parameters to the loop over a simulated robot.

use sinew_control::clock::{MonotonicClock, VirtualClock};
use sinew_control::io::{Clock, Policy, RobotIo};
use sinew_control::mailbox::Operator;
use sinew_control::tick::ControlLoop;
use sinew_node_control::{LoopAssemblyError, PolicyOnRobot};
use sinew_node_recorder::LoopRecordingError;
use sinew_sim::SimRobot;
use sinew_sim::world::WorldError;
use thiserror::Error;

use super::camera_follower::{CameraFollower, CameraFollowerError};
use super::command_source::CommandSource;
use super::delayed::{DelayedPolicy, DelayedRobot};
use crate::params::Params;
use crate::plan::PlanError;

/// Why a run could not begin. No command was written to a robot.
#[derive(Debug, Error)]
pub enum RunError {
    /// The control loop cannot be put together.
    #[error(transparent)]
    Loop(#[from] LoopAssemblyError),
    /// The parameters are no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The simulator refuses its parameters.
    #[error(transparent)]
    Sim(#[from] WorldError),
    /// The robot cannot follow what it sees.
    #[error(transparent)]
    Follow(#[from] CameraFollowerError),
    /// The run cannot be recorded.
    #[error(transparent)]
    Recording(#[from] LoopRecordingError),
    /// The system gives no thread.
    #[error("no thread for camera and detector: {0}")]
    Thread(std::io::Error),
}

/// The simulator that `params` asks for.
///
/// # Errors
/// Where the simulator refuses its parameters.
pub fn simulator(loaded: &PolicyOnRobot, params: &Params) -> Result<SimRobot, WorldError> {
    SimRobot::new(&loaded.model, &params.sim)
}

/// The loop over the embedded simulator, ready for its first tick, for commands of your own. `records` is how many of its
/// newest ticks are kept for the readers of its tap.
///
/// # Errors
/// Where the simulator refuses its parameters, or the loop cannot be put together.
pub fn simulated_loop(
    loaded: &PolicyOnRobot,
    params: &Params,
    realtime: bool,
    records: usize,
) -> Result<(ControlLoop, Operator), RunError> {
    loop_over(loaded, simulator(loaded, params)?, params, realtime, records)
}

/// The same, and who commands it: what the robot sees, where the parameters have `follow`, else their course.
///
/// # Errors
/// As [`simulated_loop`], and where the robot cannot follow what it sees.
pub fn commanded_loop(
    loaded: &PolicyOnRobot,
    params: &Params,
    realtime: bool,
    records: usize,
) -> Result<(ControlLoop, Operator, CommandSource), RunError> {
    let mut sim = simulator(loaded, params)?;
    let follower = CameraFollower::new(params, &loaded.model, &mut sim)?;
    let (control, operator) = loop_over(loaded, sim, params, realtime, records)?;
    let commands = match follower {
        Some(follower) => CommandSource::following(follower, realtime).map_err(RunError::Thread)?,
        None => CommandSource::Course(params.course.clone()),
    };
    Ok((control, operator, commands))
}

fn loop_over(
    loaded: &PolicyOnRobot,
    sim: SimRobot,
    params: &Params,
    realtime: bool,
    records: usize,
) -> Result<(ControlLoop, Operator), RunError> {
    let policy = loaded.checked_policy(&sim)?;
    let time = VirtualClock::default();
    let (robot, policy, clock): (Box<dyn RobotIo>, Box<dyn Policy>, Box<dyn Clock>) = if realtime {
        (Box::new(sim), Box::new(policy), Box::new(MonotonicClock))
    } else if let Some(latency) = params.inference_latency {
        let robot = DelayedRobot::new(sim, time.clone());
        let policy = DelayedPolicy::new(policy, time.clone(), latency, params.sim.seed);
        (Box::new(robot), Box::new(policy), Box::new(time))
    } else {
        (Box::new(sim), Box::new(policy), Box::new(time))
    };
    Ok(loaded.control_loop(&params.control, robot, policy, clock, records)?)
}
