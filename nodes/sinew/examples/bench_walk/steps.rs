//! How many steps the simulator makes in a second of CPU.

use std::path::Path;

use anyhow::{Result, ensure};
use sinew_control::io::RobotIo;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_sim::{Engine, SimParams, SimRobot};

use crate::Figures;

const STEP_SECS: f64 = 0.004;
/// After this time a new robot takes its place, so that it always stands.
const SPAN_SECS: f64 = 0.5;

/// Simulates `seconds` of a robot that stands in its default pose under its own drives.
pub(crate) fn measure(scene: &Path, engine: Engine, seconds: f64) -> Result<Figures> {
    let model = sinew_robot::load(scene)?;
    let params = SimParams {
        engine,
        timestep_secs: STEP_SECS,
        ..SimParams::default()
    };
    let steps = (SPAN_SECS / STEP_SECS) as u64;
    let step_nanos = (STEP_SECS * 1e9) as u64;
    let spans = (seconds / SPAN_SECS).ceil() as u64;
    let mut took_secs = 0.0;
    // One span more than counted: the first warms up.
    for span in 0..=spans {
        let mut robot = SimRobot::new(&model, &params)?;
        let stand = stand(robot.description());
        let mut state = RobotState::new(stand.dof(), robot.capabilities().feet.len());
        // The first reading is that of the start and takes no step.
        robot.read(0, &mut state)?;
        robot.write(&stand, &state)?;
        let began = cpu_secs();
        for step in 1..=steps {
            robot.read(step * step_nanos, &mut state)?;
            robot.write(&stand, &state)?;
        }
        took_secs += if span == 0 { 0.0 } else { cpu_secs() - began };
        let lean = state.imu.tilt_rad();
        ensure!(lean < 0.5, "the robot does not stand: it leans {lean:.2} rad");
    }
    Ok(Figures::from([(
        "steps_per_cpu_sec",
        (spans * steps) as f64 / took_secs,
    )]))
}

/// The default pose, held by the drives of the description.
fn stand(robot: &RobotDescription) -> JointCommand {
    let mut stand = JointCommand::zeros(robot.dof());
    for (j, joint) in robot.joints.iter().enumerate() {
        stand.position[j] = joint.default_rad;
        stand.kp[j] = joint.stiffness.unwrap_or_default();
        stand.kd[j] = joint.damping.unwrap_or_default();
    }
    stand
}

/// CPU time that this process has used, s.
fn cpu_secs() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec; every Linux has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}
