//! What a step costs.

use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_control::io::RobotIo;
use sinew_control::state::RobotState;
use sinew_sim::{Engine, SimParams, SimRobot};

use super::{hold, on, strider};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn a_step_allocates_nothing_in_rust() {
    let params = SimParams {
        push_speed_m_s: 0.3,
        push_period_secs: 0.2,
        harness_secs: 0.1,
        command_delay_secs: 0.012,
        ..on(Engine::Mujoco)
    };
    let mut robot = SimRobot::new(&strider(), &params).unwrap();
    let command = hold(&robot);
    let mut state = RobotState::new(command.dof(), 2);
    let before = thread_allocations();
    for tick in 0..250 {
        robot.read(tick * 4_000_000, &mut state).unwrap();
        robot.write(&command, &state).unwrap();
    }
    assert_eq!(thread_allocations() - before, 0);
}
