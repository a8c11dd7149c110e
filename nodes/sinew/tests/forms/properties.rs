//! Random faults in what the robot says of itself, over topics, in every form: an independent listener at the
//! drives' end asserts what may never be.
//!
//! `SINEW_FORM_CASES` says how many cases each form gets, for longer runs, `SINEW_FORM_FIRST` the first of them, so that
//! several runs share them.

use std::ops::Range;

use nalgebra::Vector3;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use sinew::control::CommandForm;
use sinew::run::simulator;
use sinew_control::Mode;
use sinew_control::gate::SafeAction;
use sinew_control::io::RobotIo;
use sinew_control::mailbox::Request;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_messages::sensor_msgs::msg::{Imu, JointState};
use sinew_sim::SimRobot;

use crate::heard::FORMS;
use crate::rig::{Rig, strider};

const CASES: u64 = 3;
const TICKS: usize = 900;
const TICK_SECS: f64 = 0.005;
/// Slower than what the policy would like at times.
const MOST_SPEED_RAD_S: f64 = 5.0;

/// The cases of each form: each is the seed of its faults.
fn cases() -> Range<u64> {
    let number = |name: &str, usual| {
        let asked = std::env::var(name).ok();
        asked.map_or(usual, |asked| {
            asked.parse().unwrap_or_else(|_| panic!("{name}: a number"))
        })
    };
    let first = number("SINEW_FORM_FIRST", 0);
    first..first + number("SINEW_FORM_CASES", CASES)
}

/// What may never be, whatever is read, known from the robot's description alone.
struct Checker {
    robot: RobotDescription,
    form: CommandForm,
    action: SafeAction,
    /// The last good reading of each joint that was shown to the loop: position and velocity.
    shown: Vec<(f64, f64)>,
    last: Option<JointCommand>,
    stopped_at: Option<JointCommand>,
}

impl Checker {
    /// A message without velocities, as one that repeats such a message, is refused as a whole.
    fn show(&mut self, said: &JointState) {
        if said.velocity.is_empty() {
            return;
        }
        for (j, shown) in self.shown.iter_mut().enumerate() {
            let (position, velocity) = (said.position[j], said.velocity[j]);
            if position.is_finite() && velocity.is_finite() {
                *shown = (position, velocity);
            }
        }
    }

    fn check(&mut self, heard: Option<&JointCommand>, stopped: bool, context: &str) {
        let Some(command) = heard else {
            // Nothing that was sent before counts as a step on the way.
            self.last = None;
            self.stopped_at = None;
            return;
        };
        for (j, joint) in self.robot.joints.iter().enumerate() {
            let name = &joint.name;
            let row = [
                command.position[j],
                command.velocity[j],
                command.effort[j],
                command.kp[j],
                command.kd[j],
            ];
            assert!(row.iter().all(|value| value.is_finite()), "{context}: {name}: {row:?}");
            assert!(row[3] >= 0.0 && row[4] >= 0.0, "{context}: {name}: {row:?}");
            let limit = joint.effort_nm * (1.0 + 1e-9);
            assert!(row[2].abs() <= limit, "{context}: {name}: {} N·m", row[2]);
            if self.form == CommandForm::Impedance {
                let (q, qd) = self.shown[j];
                let torque = command.torque_nm(j, q, qd);
                assert!(
                    torque.abs() <= limit,
                    "{context}: {name}: a drive would give {torque} N·m"
                );
            }
            if self.form == CommandForm::ForwardEffort || row[3] == 0.0 {
                continue;
            }
            let outside = |rad: f64| (joint.lower_rad - rad).max(rad - joint.upper_rad).max(0.0);
            let last = self.last.as_ref().filter(|last| last.kp[j] > 0.0);
            // A joint that was read outside its limits comes back, and goes no farther out.
            let allowed = outside(self.shown[j].0).max(last.map_or(0.0, |last| outside(last.position[j])));
            assert!(
                outside(row[0]) <= allowed + 1e-9,
                "{context}: {name}: target {} outside {} to {}",
                row[0],
                joint.lower_rad,
                joint.upper_rad
            );
            if let Some(last) = last {
                let most = joint.velocity_rad_s.min(MOST_SPEED_RAD_S) * TICK_SECS;
                let moved = (row[0] - last.position[j]).abs();
                assert!(
                    moved <= most + 1e-9,
                    "{context}: {name}: its target moves by {moved} rad in a tick"
                );
            }
        }
        if stopped {
            self.check_stopped(command, context);
        } else {
            self.stopped_at = None;
        }
        self.last = Some(command.clone());
    }

    /// Nothing begins to move after a stop.
    fn check_stopped(&mut self, command: &JointCommand, context: &str) {
        let still = command.velocity.iter().all(|&speed| speed == 0.0);
        assert!(still, "{context}: a target velocity after the stop");
        match (self.form, self.action) {
            (CommandForm::Impedance, SafeAction::Damp) => {
                let limp = command.kp.iter().chain(&command.effort).all(|&value| value == 0.0);
                assert!(limp, "{context}: {command:?}");
            }
            (CommandForm::ForwardEffort, _) => {
                for (j, &(_, speed)) in self.shown.iter().enumerate() {
                    let power_w = command.effort[j] * speed;
                    assert!(
                        self.action != SafeAction::Damp || power_w <= 1e-9,
                        "{context}: joint {j} is given {power_w} W"
                    );
                }
            }
            (_, SafeAction::Hold) => {
                let held = self.stopped_at.get_or_insert_with(|| command.clone());
                for j in (0..held.dof()).filter(|&j| command.kp[j] > 0.0) {
                    // A drive without stiffness follows no target.
                    assert!(held.kp[j] > 0.0, "{context}: joint {j} becomes stiff after the stop");
                    assert_eq!(
                        held.position[j], command.position[j],
                        "{context}: joint {j} is sent on after the stop, kp {} and {}",
                        held.kp[j], command.kp[j]
                    );
                }
            }
            (form, action) => panic!("{form:?} cannot {action:?}"),
        }
    }
}

/// A fault of the readings, for a while.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Position(usize, f64),
    Velocity(usize, f64),
    Effort(usize, f64),
    Jump(usize, f64),
    EveryJump(f64),
    Silence,
    SilentImu,
    Gyro(f64),
    NoRotation,
    Repeats,
    NoVelocities,
    Trembles(usize),
}

fn fault(random: &mut Pcg64Mcg, dof: usize) -> Fault {
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 1e3];
    let bad = bad[random.random_range(0..bad.len())];
    let joint = random.random_range(0..dof);
    match random.random_range(0..12) {
        0 => Fault::Position(joint, bad),
        1 => Fault::Velocity(joint, bad),
        2 => Fault::Effort(joint, bad),
        3 => Fault::Jump(joint, random.random_range(-3.0..3.0)),
        4 => Fault::EveryJump(random.random_range(-3.0..3.0)),
        5 => Fault::Silence,
        6 => Fault::SilentImu,
        7 => Fault::Gyro(bad),
        8 => Fault::NoRotation,
        9 => Fault::Repeats,
        10 => Fault::NoVelocities,
        _ => Fault::Trembles(joint),
    }
}

fn disturb(fault: Fault, random: &mut Pcg64Mcg, said: &mut JointState, imu: &mut Imu) {
    match fault {
        Fault::Position(j, value) => said.position[j] = value,
        Fault::Velocity(j, value) => said.velocity[j] = value,
        Fault::Effort(j, value) => said.effort[j] = value,
        Fault::Jump(j, by) => said.position[j] += by,
        Fault::EveryJump(by) => said.position.iter_mut().for_each(|position| *position += by),
        Fault::Gyro(value) => imu.angular_velocity.y = value,
        Fault::NoRotation => imu.orientation.w = 0.3,
        Fault::NoVelocities => said.velocity.clear(),
        Fault::Trembles(j) => said.velocity[j] = random.random_range(-30.0..30.0),
        Fault::Silence | Fault::SilentImu | Fault::Repeats => {}
    }
}

fn say(state: &RobotState, said: &mut JointState, imu: &mut Imu) {
    said.position.clone_from(&state.position);
    said.velocity.clone_from(&state.velocity);
    said.effort.clone_from(&state.effort);
    let q = state.imu.orientation.coords;
    (imu.orientation.x, imu.orientation.y) = (q.x, q.y);
    (imu.orientation.z, imu.orientation.w) = (q.z, q.w);
    let put = |to: &mut sinew_messages::geometry_msgs::msg::Vector3, from: &Vector3<f64>| {
        (to.x, to.y, to.z) = (from.x, from.y, from.z);
    };
    put(&mut imu.angular_velocity, &state.imu.angular_velocity);
    put(&mut imu.linear_acceleration, &state.imu.linear_acceleration);
}

/// How often the robot was stopped in a case, and how many commands were heard.
fn one_case(form: CommandForm, action: SafeAction, seed: u64) -> (u64, u64) {
    let mut params = strider(form, action);
    // It hangs in its frame: the faults are those of the readings.
    params.sim.harness_secs = 1e6;
    params.control.safety.frozen_secs = 0.2;
    params.control.safety.max_joint_speed_rad_s = MOST_SPEED_RAD_S;
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut rig = Rig::with(&params).unwrap();
    let loaded = sinew::run::PolicyOnRobot::new(&params.loop_source()).unwrap();
    let mut sim: SimRobot = simulator(&loaded, &params).unwrap();
    let dof = rig.robot.dof();
    let mut state = RobotState::new(dof, sim.capabilities().feet.len());
    let mut checker = Checker {
        robot: rig.robot.clone(),
        form,
        action,
        shown: vec![(0.0, 0.0); dof],
        last: None,
        stopped_at: None,
    };
    let (mut current, mut rest) = (None, 0_usize);
    let (mut stops, mut count, mut was_stopped) = (0, 0, false);
    for tick in 0..TICKS {
        sim.read(rig.now_nanos(), &mut state).unwrap();
        // Most faults come once the robot runs, some on its way there.
        if rest == 0 {
            let on_its_way = matches!(rig.control.mode(), Mode::Damp | Mode::Stand);
            let chance = if on_its_way { 0.002 } else { 0.1 };
            current = random.random_bool(chance).then(|| fault(&mut random, dof));
            rest = if current.is_some() {
                random.random_range(1..25)
            } else {
                0
            };
        } else {
            rest -= 1;
        }
        if rig.control.stop().is_some() && random.random_bool(0.03) {
            rig.request(Request::ClearStop);
            rig.request(Request::Start);
        }
        if !matches!(current, Some(Fault::Repeats)) {
            say(&state, &mut rig.state, &mut rig.imu);
        }
        if let Some(fault) = current {
            disturb(fault, &mut random, &mut rig.state, &mut rig.imu);
        }
        rig.talks = !matches!(current, Some(Fault::Silence));
        if rig.talks {
            checker.show(&rig.state);
        }
        let heard = match current {
            Some(Fault::SilentImu) => rig.tick_without_imu(),
            _ => rig.tick(),
        };
        count += u64::from(heard.is_some());
        let context = format!("{form:?}, seed {seed}, tick {tick}, {current:?}");
        let is_stopped = rig.control.stop().is_some();
        stops += u64::from(is_stopped && !was_stopped);
        was_stopped = is_stopped;
        checker.check(heard.as_ref(), is_stopped, &context);
        if let Some(heard) = &heard {
            sim.write(heard, &state).unwrap();
        }
    }
    (stops, count)
}

#[test]
fn whatever_is_read_no_form_asks_a_drive_for_what_may_not_be() {
    for form in FORMS {
        let actions = match form.own_gains() {
            Some(_) => &[SafeAction::Hold][..],
            None => &[SafeAction::Damp, SafeAction::Hold],
        };
        let (mut stopped, mut heard) = (0, 0);
        let cases = cases();
        let count = cases.end - cases.start;
        for seed in cases {
            let action = actions[seed as usize % actions.len()];
            let (stops, commands) = one_case(form, action, seed);
            stopped += stops;
            heard += commands;
        }
        println!(
            "{}: {stopped} stops in {count} cases of {TICKS} ticks, {heard} commands heard",
            form.name()
        );
        assert!(heard > count * TICKS as u64 / 3, "{form:?}: only {heard} commands");
    }
}
