//! Inertias that are only rounded can be simulated; physics that leave the numbers say so.

use nalgebra::Isometry3;
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_sim::world::World;
use sinew_sim::{DriveCommand, Failure, Physics, SimParams, SimRobot};

use super::{LIMP, assert_says, urdf};

/// A floating base whose inertia is `diagonal` and `products` (xy, xz, yz), with an arm on it.
fn robot(mass: f64, diagonal: [f64; 3], products: [f64; 3], more: &str) -> String {
    let [xx, yy, zz] = diagonal;
    let [xy, xz, yz] = products;
    format!(
        r#"<robot name="r">{more}<link name="base"><inertial><mass value="{mass}"/>
        <inertia ixx="{xx}" iyy="{yy}" izz="{zz}" ixy="{xy}" ixz="{xz}" iyz="{yz}"/></inertial></link>
        <link name="arm"><inertial><origin xyz="0 0 0.1"/><mass value="1"/>
        <inertia ixx="0.01" iyy="0.01" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="j" type="continuous"><parent link="base"/><child link="arm"/><axis xyz="0 1 0"/></joint></robot>"#
    )
}

#[test]
fn what_rounding_leaves_is_taken_and_can_be_simulated() {
    for (diagonal, products) in [
        // A plate and a rod, rounded to six decimals and to three.
        ([0.000001, 0.000001, 0.000003], [0.0; 3]),
        ([0.0101, 0.0099, 0.0202], [0.0; 3]),
        ([0.02, 0.02, 0.00001], [0.0; 3]),
        ([0.01, 1e-10, 0.01], [0.0; 3]),
        ([0.01, 0.01, 0.01], [0.0049, 0.0, 0.0]),
        // A moment that is 0 but for rounding.
        ([0.005, 0.005, 0.01], [0.0050005, 0.0, 0.0]),
    ] {
        let model = urdf(&robot(2.0, diagonal, products, ""));
        let mut world = World::new(&model, &SimParams::default()).unwrap();
        for _ in 0..500 {
            world.step(&[LIMP]);
        }
        assert_eq!(world.failure(), None, "{diagonal:?}");
    }
}

#[test]
fn a_diverged_simulation_names_the_place_and_the_step_and_stands_still() {
    let model = urdf(&robot(2.0, [0.01; 3], [0.0; 3], ""));
    let mut world = World::new(&model, &SimParams::default()).unwrap();
    world.step(&[LIMP]);
    world.step(&[DriveCommand {
        effort: f64::NAN,
        ..LIMP
    }]);
    let Some(Failure::Diverged(divergence)) = world.failure() else {
        panic!("{:?}", world.failure());
    };
    let divergence = divergence.clone();
    assert_eq!((divergence.place.as_str(), divergence.step), ("joint \"j\"", 2));
    world.step(&[LIMP]);
    assert_eq!(world.failure(), Some(Failure::Diverged(&divergence)));
    assert_says(
        &world.failure().unwrap().to_string(),
        &["diverged", "joint \"j\"", "step 2", "timestep_secs"],
    );
}

#[test]
fn a_robot_whose_simulation_diverged_gives_no_state_and_the_reason() {
    let model = urdf(&robot(2.0, [0.01; 3], [0.0; 3], ""));
    let mut robot = SimRobot::new(&model, &SimParams::default()).unwrap();
    let mut state = RobotState::new(1, robot.capabilities().feet.len());
    robot.read(0, &mut state).unwrap();
    robot.write(&JointCommand::zeros(1), &state).unwrap();
    assert_eq!(robot.failure(), None);
    robot.set_state(&Isometry3::translation(0.0, 0.0, 1.0), &[f64::NAN]);
    assert!(robot.read(4_000_000, &mut state).is_err());
    assert_says(&robot.failure().unwrap(), &["diverged", "step 1"]);
    assert!(state.position.iter().all(|position| position.is_finite()));
}
