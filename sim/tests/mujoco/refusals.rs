//! What MuJoCo cannot do is an error that names it.

use nalgebra::Isometry3;
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_robot::load;
use sinew_sim::mujoco::mujoco;
use sinew_sim::{Engine, SimParams, SimRobot};

use super::common::model;
use super::{file, on, parse};

#[test]
fn the_library_says_where_it_is_and_which_version_it_has() {
    let mujoco = mujoco().unwrap();
    assert_eq!(mujoco.version, "3.17.0");
    assert!(mujoco.path.is_file());
}

#[test]
fn a_parameter_that_means_nothing_to_mujoco_is_refused_by_name() {
    let params = SimParams {
        friction: Some(0.001),
        ..on(Engine::Mujoco)
    };
    let error = SimRobot::new(&model("sled.xml"), &params).unwrap_err().to_string();
    assert!(error.starts_with("`friction`: expected 0, or at least 0.01"), "{error}");
    let params = SimParams {
        solver_iterations: 4,
        ..on(Engine::Mujoco)
    };
    let error = SimRobot::new(&model("sled.xml"), &params).unwrap_err().to_string();
    assert!(
        error.starts_with("`solver_iterations`: expected 1") && error.ends_with("found 4"),
        "{error}"
    );
}

#[test]
fn a_urdf_is_refused_with_what_to_give_instead() {
    let robot = load(&file("robots/strider/strider.urdf")).unwrap();
    let error = SimRobot::new(&robot, &on(Engine::Mujoco)).unwrap_err().to_string();
    assert!(error.contains("strider.urdf") && error.contains("MJCF"), "{error}");
}

#[test]
fn what_mujoco_refuses_is_told_with_the_file_and_its_reason() {
    // Sinew has read the file while it was whole.
    let (folder, robot) =
        parse(r#"<mujoco><worldbody><body name="b"><joint name="j"/><geom size="0.1"/></body></worldbody></mujoco>"#);
    for (text, reason) in [
        (
            r#"<mujoco><worldbody><body><joint name="j"/></body></worldbody></mujoco>"#,
            "mass and inertia of moving bodies must be larger than mjMINVAL",
        ),
        ("<mujoco><worldbody>", "XML parse error"),
        (
            r#"<mujoco><worldbody><body name="b"><joint name="other"/><joint name="two" axis="1 0 0"/><geom size="0.1"/>
            </body></worldbody></mujoco>"#,
            "unknown transmission target",
        ),
    ] {
        std::fs::write(folder.path().join("r.xml"), text).unwrap();
        let error = SimRobot::new(&robot, &on(Engine::Mujoco)).unwrap_err().to_string();
        assert!(error.contains("r.xml") && error.contains(reason), "{error}");
    }
}

#[test]
fn a_state_that_is_no_number_names_the_joint_and_stands_still() {
    let mut robot = SimRobot::new(&model("sled.xml"), &on(Engine::Mujoco)).unwrap();
    let mut state = RobotState::new(1, 0);
    robot.read(0, &mut state).unwrap();
    robot.set_state(&Isometry3::translation(0.0, 0.0, 1.0), &[f64::NAN]);
    assert!(robot.read(8_000_000, &mut state).is_err());
    let failure = robot.failure().unwrap();
    assert!(
        failure.contains("joint \"flap\" in step 1") && failure.contains("timestep_secs"),
        "{failure}"
    );
    assert!(robot.read(400_000_000, &mut state).is_err());
    assert_eq!(robot.failure().unwrap(), failure);
}

#[test]
fn a_torque_beyond_all_bounds_is_an_unstable_simulation() {
    let mut robot = SimRobot::new(&model("sled.xml"), &on(Engine::Mujoco)).unwrap();
    let mut state = RobotState::new(1, 0);
    robot.read(0, &mut state).unwrap();
    let mut command = JointCommand::zeros(1);
    command.effort[0] = 1e9;
    robot.write(&command, &state).unwrap();
    assert!(robot.read(80_000_000, &mut state).is_err());
    let failure = robot.failure().unwrap();
    assert!(
        failure.contains("diverged at") && failure.contains("in step 1"),
        "{failure}"
    );
}
