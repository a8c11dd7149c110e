//! The thread that steps the physics, in real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use sinew_control::clock::{MonotonicClock, monotonic_nanos};
use sinew_control::io::{Clock, RobotIo};
use sinew_control::realtime::Urgent;
use sinew_control::state::RobotState;
use sinew_robot::RobotModel;
use sinew_sim::{SimParams, SimRobot};

use super::commands::Commands;
use super::outputs::Outputs;
use sinew_node::node::MESSAGES_PRIORITY;
use sinew_node::worker::{Builder, Ending, Worker};

/// More lateness than this is not caught up with, ns: the simulation is too slow for the machine,
/// and goes on at its own pace.
const GIVE_UP_NANOS: u64 = 100_000_000;

/// A robot in its world, and its ends of the bus.
#[derive(Debug)]
pub(super) struct Simulation {
    pub(super) robot: SimRobot,
    pub(super) commands: Commands,
    pub(super) outputs: Outputs,
    /// Time since the beginning.
    pub(super) nanos: u64,
}

/// Steps a simulation in a thread of its own; it has failed where the thread ends by itself.
///
/// # Errors
/// Where the system gives no thread.
pub(super) fn start(
    simulation: Simulation,
    model: Arc<RobotModel>,
    params: SimParams,
    reset: Arc<AtomicBool>,
) -> std::io::Result<Worker<Simulation>> {
    Builder::new("sim").start(simulation, move |simulation, ending| {
        step(simulation, &model, &params, &reset, ending);
    })
}

fn step(simulation: &mut Simulation, model: &RobotModel, params: &SimParams, reset: &AtomicBool, ending: &Ending) {
    let step_nanos = (params.timestep_secs * 1e9).round() as u64;
    let mut state = RobotState::new(
        simulation.robot.description().dof(),
        simulation.robot.capabilities().feet.len(),
    );
    // As on a robot, where nothing on the machine could hold the world up.
    let mut urgent = Some(Urgent::new(MESSAGES_PRIORITY));
    let mut next = monotonic_nanos();
    while !ending.is_asked() {
        if reset.swap(false, Ordering::Acquire) {
            match SimRobot::new(model, params) {
                Ok(mut robot) => {
                    robot.take_over_snapshots(&mut simulation.robot);
                    (simulation.robot, simulation.nanos) = (robot, 0);
                }
                Err(error) => tracing::error!("cannot begin anew: {error}"),
            }
        }
        simulation.nanos += step_nanos;
        if let Err(error) = step_once(simulation, &mut state) {
            // It will not come back; whoever waits for the thread asks why.
            if simulation.robot.failure().is_some() {
                return;
            }
            tracing::warn!("{error:#}");
        }
        next += step_nanos;
        let now = monotonic_nanos();
        if now.saturating_sub(next) > GIVE_UP_NANOS {
            next = now;
            if urgent.take().is_some() {
                tracing::warn!("the simulation is slower than time: it goes on at its own pace");
            }
        }
        MonotonicClock.sleep_until(next);
    }
}

fn step_once(simulation: &mut Simulation, state: &mut RobotState) -> anyhow::Result<()> {
    let written = match simulation.commands.take() {
        Some(command) => simulation.robot.write(command, state),
        None => Ok(()),
    };
    simulation.robot.read(simulation.nanos, state)?;
    simulation.outputs.publish(simulation.nanos, state)?;
    written.context("a joint command that is not finite")
}
