//! One million random commands and states through the safety gate: nothing outside the limits
//! ever reaches the robot.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::checked::CheckedIo;
use common::{Random, joint};
use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use sinew_control::gate::{Check, Motion, SafeAction, SafetyGate, SafetyParams};
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};

const CASES: u64 = 5_000;
const WRITES_PER_CASE: u64 = 200;

/// Probabilities of one case, so that calm and wild ones both happen.
#[derive(Debug, Clone, Copy)]
struct Weather {
    bad_sensor: f64,
    wild_sensor: f64,
    read_error: f64,
    write_error: f64,
    wild_command: f64,
    bad_command: f64,
}

impl Weather {
    fn of(random: &mut Random) -> Self {
        let mut often = |p: f64| if random.chance(0.5) { 0.0 } else { p };
        Self {
            bad_sensor: often(0.02),
            wild_sensor: often(0.02),
            read_error: often(0.05),
            write_error: often(0.2),
            wild_command: often(0.5),
            bad_command: often(0.02),
        }
    }
}

/// A robot that answers anything at all.
struct RandomIo {
    random: Random,
    weather: Weather,
    ranges: Vec<[f64; 2]>,
}

impl RandomIo {
    fn sensor(&mut self, lo: f64, hi: f64) -> f64 {
        if self.random.chance(self.weather.bad_sensor) {
            self.random.non_finite()
        } else if self.random.chance(self.weather.wild_sensor) {
            self.random.any_finite()
        } else {
            self.random.within(lo, hi)
        }
    }

    fn vector(&mut self) -> Vector3<f64> {
        Vector3::from_fn(|_, _| self.sensor(-1.0, 1.0))
    }

    fn stamp(&mut self, now_nanos: u64) -> u64 {
        match self.random.next() % 400 {
            0 => 0,
            1 => u64::MAX,
            _ => now_nanos,
        }
    }
}

impl RobotIo for RandomIo {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        let error = self.random.chance(self.weather.read_error);
        for j in 0..state.position.len() {
            if error && self.random.chance(0.5) {
                continue;
            }
            let [lo, hi] = self.ranges[j];
            state.position[j] = self.sensor(lo - 0.1, hi + 0.1);
            state.velocity[j] = self.sensor(-5.0, 5.0);
            if self.random.chance(self.weather.wild_sensor) {
                // At the largest gains the two parts of the torque nearly cancel.
                state.position[j] = 10.0_f64.powf(self.random.within(6.0, 17.0));
                let ratio = -10.0 - self.random.within(-1e-11, 1e-11);
                state.velocity[j] = ratio * state.position[j];
            }
            state.effort[j] = self.sensor(-5.0, 5.0);
            state.joint_stamp_nanos[j] = self.stamp(now_nanos);
        }
        let upright = Vector3::new(self.sensor(-0.2, 0.2), self.sensor(-0.2, 0.2), 0.0);
        let mut orientation = UnitQuaternion::from_scaled_axis(upright);
        if self.random.chance(self.weather.wild_sensor) {
            let [w, i, j, k] = [(); 4].map(|()| self.random.any_finite());
            orientation = UnitQuaternion::new_unchecked(Quaternion::new(w, i, j, k));
        }
        state.imu.orientation = orientation;
        state.imu.angular_velocity = self.vector();
        state.imu.linear_acceleration = self.vector();
        state.imu.stamp_nanos = self.stamp(now_nanos);
        state.base_velocity = self.random.chance(0.9).then(|| self.vector());
        state.temperature_celsius.clear();
        for _ in 0..state.position.len() {
            let celsius = self.sensor(20.0, 60.0);
            state.temperature_celsius.push(celsius);
        }
        if error {
            let joint = self.random.next() as usize;
            let errors = [IoError::NoState, IoError::JointMissing { joint }, IoError::ImuMissing];
            return Err(self.random.one_of(&errors));
        }
        Ok(())
    }

    fn write(&mut self, _command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        if self.random.chance(self.weather.write_error) {
            Err(IoError::WriteFailed)
        } else {
            Ok(())
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            base_velocity: Some("random"),
            own_stop: true,
            ..Capabilities::default()
        }
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        self.write(&JointCommand::zeros(0), &RobotState::new(0, 0))
    }
}

/// Joints of every kind that a description can hold.
fn robot() -> RobotDescription {
    let mut damped = joint("damped", [-2.0, -0.5], 8.0, 25.0, -1.0);
    damped.damping = Some(1.5);
    let mut undamped = joint("undamped", [0.2, 1.9], 20.0, 120.0, 0.4);
    undamped.damping = Some(0.0);
    RobotDescription {
        name: "everything".to_owned(),
        joints: vec![
            joint("plain", [-1.0, 1.0], 10.0, 50.0, 0.0),
            joint("continuous", [f64::NEG_INFINITY, f64::INFINITY], 30.0, 10.0, 0.0),
            joint("unrated", [-0.5, 0.5], f64::INFINITY, f64::INFINITY, 0.1),
            joint("narrow", [0.1, 0.1 + 0.2], 5.0, 2.0, 0.2),
            damped,
            undamped,
        ],
    }
}

fn params(random: &mut Random) -> SafetyParams {
    SafetyParams {
        safe_action: random.one_of(&[SafeAction::Damp, SafeAction::Hold, SafeAction::Own]),
        damp_kd: random.one_of(&[0.0, 0.5, 1000.0]),
        position_margin_rad: random.one_of(&[0.0, 0.05, 0.3, 1.0]),
        torque_share: random.within(0.01, 1.0),
        max_joint_speed_rad_s: 10.0_f64.powf(random.within(-1.0, 3.0)),
        joint_speed_secs: random.one_of(&[0.0, 0.05, 10.0]),
        max_target_speed_rad_s: 10.0_f64.powf(random.within(-2.0, 4.0)),
        stale_secs: random.one_of(&[0.05, 10.0]),
        frozen_secs: random.one_of(&[0.0, 0.2]),
        max_tilt_rad: random.within(0.3, 3.0),
        overrun_secs: random.within(0.01, 1.0),
        ..SafetyParams::default()
    }
}

fn fill_command(random: &mut Random, weather: &Weather, robot: &RobotDescription, command: &mut JointCommand) {
    let calm = [(-2.0, 2.0), (-3.0, 3.0), (-5.0, 5.0), (0.0, 80.0), (0.0, 4.0)];
    let fields = [
        &mut command.position,
        &mut command.velocity,
        &mut command.effort,
        &mut command.kp,
        &mut command.kd,
    ];
    for (field, (lo, hi)) in fields.into_iter().zip(calm) {
        for value in field.iter_mut() {
            *value = if random.chance(weather.wild_command) {
                random.any_finite()
            } else {
                random.within(lo, hi)
            };
        }
    }
    if random.chance(weather.bad_command) {
        let j = (random.next() % robot.dof() as u64) as usize;
        let bad = random.non_finite();
        match random.next() % 5 {
            0 => command.position[j] = bad,
            1 => command.velocity[j] = bad,
            2 => command.effort[j] = bad,
            3 => command.kp[j] = bad,
            _ => command.kd[j] = bad,
        }
    }
}

fn is_finite(command: &JointCommand) -> bool {
    let JointCommand {
        position,
        velocity,
        effort,
        kp,
        kd,
    } = command;
    let mut all = [position, velocity, effort, kp, kd].into_iter().flatten();
    all.all(|v| v.is_finite())
}

#[derive(Debug, Default)]
struct Tally {
    writes: u64,
    free: u64,
    verdicts: u64,
}

fn one_case(seed: u64, tally: &mut Tally) {
    let mut random = Random(seed);
    let robot = robot();
    let params = params(&mut random);
    let weather = Weather::of(&mut random);
    let tick_secs = random.one_of(&[0.001, 0.005, 0.02]);
    let ranges = robot
        .joints
        .iter()
        .map(|joint| [joint.lower_rad, joint.upper_rad].map(|limit| limit.clamp(-4.0, 4.0)));
    let inner = RandomIo {
        random: Random(seed ^ 0x5eed),
        weather,
        ranges: ranges.collect(),
    };
    let (io, checker) = CheckedIo::new(inner, &robot, &params, tick_secs);
    checker.lock().unwrap().wild_gains = true;
    let drive_kd: Vec<f64> = if random.chance(0.3) {
        let damping = |_| random.one_of(&[0.0, 0.5, 4.0, 100.0]);
        (0..robot.dof()).map(damping).collect()
    } else {
        vec![0.0; robot.dof()]
    };
    checker.lock().unwrap().drive_kd.clone_from(&drive_kd);
    let mut gate = SafetyGate::with_drive_damping(Box::new(io), &robot, params, tick_secs, &drive_kd).unwrap();
    let mut state = RobotState::new(robot.dof(), 0);
    let mut wanted = JointCommand::zeros(robot.dof());
    let mut now_nanos = random.next() % 1_000_000_000;
    for tick in 0..WRITES_PER_CASE {
        now_nanos += (tick_secs * 1e9) as u64;
        if random.chance(0.02) {
            gate.set_motion(random.one_of(&[Motion::Limp, Motion::Limp, Motion::Standing, Motion::Running]));
        }
        if random.chance(0.05) {
            gate.clear_stop();
        }
        // Even a first write without a read must be within the limits.
        if tick > 0 || random.chance(0.9) {
            gate.read(tick, now_nanos, now_nanos, &mut state);
        }
        if random.chance(0.002) {
            gate.stop_asked(Check::OperatorStop);
        }
        fill_command(&mut random, &weather, &robot, &mut wanted);
        let must_be_safe = gate.stop().is_some() || !is_finite(&wanted);
        checker.lock().unwrap().must_be_safe = must_be_safe;
        gate.write(&wanted, &state);
        assert!(
            gate.stop().is_some() || is_finite(&wanted),
            "a command that is not finite did not stop"
        );
        tally.writes += 1;
        tally.free += u64::from(!must_be_safe);
    }
    tally.verdicts += gate.counts().total();
}

#[test]
fn a_million_random_commands_and_states_never_reach_a_drive_outside_its_limits() {
    let mut tally = Tally::default();
    for seed in 0..CASES {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            one_case(seed, &mut tally);
        }));
        assert!(outcome.is_ok(), "case {seed} fails; see the message above");
    }
    assert_eq!(tally.writes, 1_000_000);
    // Stopped and free-running gates must both have been tried at length.
    assert!(
        (300_000..900_000).contains(&tally.free),
        "the mix of cases is off: {tally:?}"
    );
    assert!(tally.verdicts > 1_000_000, "nothing was wrong: {tally:?}");
}

#[test]
fn a_description_that_contradicts_itself_gives_the_narrowest_limits() {
    let nan = f64::NAN;
    let robot = RobotDescription {
        name: "nonsense".to_owned(),
        joints: vec![
            joint("inside out", [1.0, -1.0], -3.0, -5.0, 0.0),
            joint("unknown", [nan, nan], nan, nan, nan),
            joint("half known", [nan, 1.0], 5.0, 0.0, 2.0),
        ],
    };
    let inner = RandomIo {
        random: Random(1),
        weather: Weather::of(&mut Random(1)),
        ranges: vec![[-1.0, 1.0]; 3],
    };
    let params = SafetyParams::default();
    let mut gate = SafetyGate::new(Box::new(inner), &robot, params, 0.005).unwrap();
    let mut state = RobotState::new(3, 0);
    let mut random = Random(2);
    let mut wanted = JointCommand::zeros(3);
    for tick in 1..1000 {
        gate.clear_stop();
        gate.read(tick, tick * 5_000_000, tick * 5_000_000, &mut state);
        for field in [&mut wanted.position, &mut wanted.effort, &mut wanted.kp] {
            field.fill_with(|| random.any_finite());
        }
        gate.write(&wanted, &state);
        let written = gate.written();
        // Without stiffness the targets only stay near the joints.
        for (target, q) in written.position.iter().zip(&state.position) {
            assert!(
                (target - q).abs() <= 0.2 + 1e-12 * q.abs(),
                "{target} rad for a joint at {q} rad"
            );
        }
        let gains = [&written.kp, &written.kd, &written.effort];
        assert!(gains.into_iter().flatten().all(|v| *v == 0.0));
    }
}
