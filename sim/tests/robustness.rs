//! Every robot that can be read can be simulated or is refused, and parameters that cannot be are named.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../robot/tests/common/damaged.rs"]
mod damaged;

use std::path::Path;
use std::time::{Duration, Instant};

use damaged::{chain, description};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sinew_control::io::RobotIo;
use sinew_control::state::RobotState;
use sinew_robot::load;
use sinew_sim::{SimParams, SimRobot};

/// Reads a text and, where it is a robot, simulates it for a moment.
fn survive(text: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robot.xml");
    std::fs::write(&file, text).unwrap();
    let begin = Instant::now();
    if let Ok(model) = load(&file)
        && let Ok(mut robot) = SimRobot::new(&model, &SimParams::default())
    {
        let mut state = RobotState::new(robot.description().dof(), robot.capabilities().feet.len());
        for tick in 0..3 {
            robot.read(tick * 4_000_000, &mut state).unwrap();
        }
    }
    // Far more than it takes, so that a busy machine passes too.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_robot_is_simulated_or_refused(text in description()) {
        survive(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn parameters_make_a_robot_or_are_refused_by_name(
        key in prop::sample::select(vec![
            "timestep_secs", "friction", "slope_rad", "gravity_m_s2", "mass_scale", "motor_strength",
            "command_delay_secs", "command_timeout_secs", "gyro_noise_rad_s", "gyro_bias_rad_s", "accel_noise_m_s2",
            "accel_bias_m_s2", "tilt_noise_rad", "tilt_bias_rad", "joint_position_noise_rad",
            "joint_position_bias_rad", "joint_velocity_noise_rad_s", "push_speed_m_s", "push_period_secs",
            "harness_secs",
        ]),
        value in prop_oneof![
            any::<f64>(),
            prop::sample::select(vec![0.0, -1.0, 1e-12, 1e12, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
            0.0..2.0_f64,
        ],
    ) {
        let mut params = SimParams::default();
        match key {
            "timestep_secs" => params.timestep_secs = value,
            "friction" => params.friction = Some(value),
            "slope_rad" => params.slope_rad = value,
            "gravity_m_s2" => params.gravity_m_s2 = Some(value),
            "mass_scale" => params.mass_scale = value,
            "motor_strength" => params.motor_strength = value,
            "command_delay_secs" => params.command_delay_secs = value,
            "command_timeout_secs" => params.command_timeout_secs = value,
            "gyro_noise_rad_s" => params.gyro_noise_rad_s = value,
            "gyro_bias_rad_s" => params.gyro_bias_rad_s = value,
            "accel_noise_m_s2" => params.accel_noise_m_s2 = value,
            "accel_bias_m_s2" => params.accel_bias_m_s2 = value,
            "tilt_noise_rad" => params.tilt_noise_rad = value,
            "tilt_bias_rad" => params.tilt_bias_rad = value,
            "joint_position_noise_rad" => params.joint_position_noise_rad = value,
            "joint_position_bias_rad" => params.joint_position_bias_rad = value,
            "joint_velocity_noise_rad_s" => params.joint_velocity_noise_rad_s = value,
            "push_speed_m_s" => params.push_speed_m_s = value,
            "push_period_secs" => params.push_period_secs = value,
            _ => params.harness_secs = value,
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/sled.xml");
        match SimRobot::new(&load(&file).unwrap(), &params) {
            Err(error) => {
                let error = error.to_string();
                prop_assert!(error.contains(key) && error.contains("from"), "{}", error);
            }
            Ok(mut robot) => {
                prop_assert!(value.is_finite());
                let mut state = RobotState::new(1, robot.capabilities().feet.len());
                for tick in 0..20 {
                    robot.read(tick * 4_000_000, &mut state).unwrap();
                }
                prop_assert!(state.imu.is_finite());
            }
        }
    }
}

#[test]
fn a_long_chain_is_simulated_in_time() {
    survive(chain(1000, "fixed").as_bytes());
    survive(chain(100, "continuous").as_bytes());
}
