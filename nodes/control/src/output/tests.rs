use std::sync::Arc;

use sinew_control::state::JointCommand;

use super::super::fixture::two_joints;
use super::*;
use sinew_node::bus::Input;
use sinew_node::bus::local::LocalBus;
use sinew_node::topics::read_impedance;
use sinew_node::topics::{EFFORT_TOPIC, IMPEDANCE_TOPIC, JOINT_STATE_TOPIC, POSITION_TOPIC, TRAJECTORY_TOPIC};

const NOW: u64 = 1_000_000_000;

/// A command for a robot that was measured just now.
fn outgoing() -> Outgoing {
    let mut outgoing = Outgoing::zeros(2);
    outgoing.command.position = vec![0.1, 0.2];
    outgoing.command.velocity = vec![0.3, 0.4];
    outgoing.command.effort = vec![0.5, 0.6];
    outgoing.command.kp = vec![10.0, 20.0];
    outgoing.command.kd = vec![1.0, 2.0];
    outgoing.velocity = vec![0.0, 0.1];
    outgoing.joint_stamp_nanos = vec![NOW; 2];
    outgoing
}

/// An output with an ear at its other end.
struct Bench<M> {
    output: CommandOutput,
    heard: Input<M>,
    bounds: Bounds,
}

impl<M: sinew_messages::Message> Bench<M> {
    fn new(form: CommandForm) -> Self {
        let bus = LocalBus::new().node("control", "/");
        let robot = two_joints();
        let corrections = Arc::new(Corrections::new(&robot));
        Self {
            heard: Input::new(&*bus, form.topic(), Qos::default()).unwrap(),
            output: CommandOutput::new(&*bus, form, &robot, &NodeTime::system(), corrections).unwrap(),
            bounds: Bounds::of(&robot),
        }
    }

    fn send(&mut self, outgoing: &Outgoing) -> Option<Arc<M>> {
        self.output.send(outgoing, NOW, &self.bounds).unwrap();
        self.heard.try_recv()
    }

    fn corrected(&self) -> u64 {
        self.output.corrections.told().0
    }
}

fn names() -> [String; 2] {
    ["left".to_owned(), "right".to_owned()]
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }
}

#[test]
fn an_impedance_command_arrives_as_it_was_sent() {
    let mut bench = Bench::new(CommandForm::Impedance);
    let message = bench.send(&outgoing()).unwrap();
    let mut command = JointCommand::zeros(2);
    read_impedance(&message, &names(), &mut command).unwrap();
    assert_eq!(command, outgoing().command);
    assert_eq!(bench.corrected(), 0);
}

#[test]
fn an_impedance_command_of_another_robot_is_refused() {
    let message = Bench::new(CommandForm::Impedance).send(&outgoing()).unwrap();
    let mut command = JointCommand::zeros(2);
    let [left, right] = names();
    let error = read_impedance(&message, &[right, left], &mut command).unwrap_err();
    assert!(error.contains("right,left") && error.contains("left,right"), "{error}");
    assert_eq!(command, JointCommand::zeros(2));
    let mut short = Arc::unwrap_or_clone(message);
    short.data.pop();
    let error = read_impedance(&short, &names(), &mut command).unwrap_err();
    assert!(error.contains("10 numbers, found 9"), "{error}");
}

#[test]
fn forward_commands_are_plain_numbers_in_robot_order() {
    type Plain = Bench<Float64MultiArray>;
    let positions = Plain::new(CommandForm::ForwardPosition).send(&outgoing()).unwrap();
    assert_eq!(positions.data, [0.1, 0.2]);
    let torques = Plain::new(CommandForm::ForwardEffort).send(&outgoing()).unwrap();
    // kp (q* − q) + kd (q̇* − q̇) + feed-forward
    close(&torques.data, &[10.0 * 0.1 + 0.3 + 0.5, 20.0 * 0.2 + 2.0 * 0.3 + 0.6]);
}

#[test]
fn no_torque_leaves_that_is_no_number_or_above_its_limit() {
    let mut bench = Bench::<Float64MultiArray>::new(CommandForm::ForwardEffort);
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300];
    for bad in bad {
        for field in 0..6 {
            let mut outgoing = outgoing();
            let command = &mut outgoing.command;
            let fields = [
                &mut command.position,
                &mut command.velocity,
                &mut command.effort,
                &mut command.kp,
                &mut command.kd,
                &mut outgoing.position,
            ];
            fields.into_iter().nth(field).unwrap()[0] = bad;
            let before = bench.corrected();
            let torques = &bench.send(&outgoing).unwrap().data;
            assert!(torques[0].abs() <= 10.0, "{bad} in field {field}: {torques:?}");
            if !bad.is_finite() {
                assert!(torques[0] == 0.0 || torques[0].abs() == 10.0, "{torques:?}");
            }
            close(&torques[1..], &[20.0 * 0.2 + 2.0 * 0.3 + 0.6]);
            assert_eq!(bench.corrected(), before + 1, "{bad} in field {field}");
        }
    }
    let (_, last) = bench.output.corrections.told();
    assert!(last.unwrap().starts_with("torque of left would be "));
}

#[test]
fn torques_end_with_fresh_readings() {
    let mut bench = Bench::<Float64MultiArray>::new(CommandForm::ForwardEffort);
    let mut outgoing = outgoing();
    // 50 ms is the gate's own limit.
    outgoing.joint_stamp_nanos = vec![NOW - 60_000_000, NOW - 40_000_000];
    close(
        &bench.send(&outgoing).unwrap().data,
        &[0.0, 20.0 * 0.2 + 2.0 * 0.3 + 0.6],
    );
    // Never measured, and from another clock.
    outgoing.joint_stamp_nanos = vec![0, NOW + 60_000_000];
    close(&bench.send(&outgoing).unwrap().data, &[0.0, 0.0]);
    assert_eq!(bench.corrected(), 0);
}

#[test]
fn an_impedance_row_that_no_drive_could_obey_damps() {
    for (bad, field) in [(f64::NAN, 0), (f64::INFINITY, 1), (f64::NAN, 3), (-1.0, 3), (-1.0, 4)] {
        let mut bench = Bench::<Float64MultiArray>::new(CommandForm::Impedance);
        bench.send(&outgoing());
        let mut outgoing = outgoing();
        let command = &mut outgoing.command;
        let fields = [
            &mut command.position,
            &mut command.velocity,
            &mut command.effort,
            &mut command.kp,
            &mut command.kd,
        ];
        fields.into_iter().nth(field).unwrap()[0] = bad;
        let message = bench.send(&outgoing).unwrap();
        close(
            &message.data[..5],
            &[0.1, 0.0, 0.0, 0.0, bench.bounds.joints[0].damp_kd],
        );
        close(&message.data[5..], &[0.2, 0.4, 0.6, 20.0, 2.0]);
        assert_eq!(bench.corrected(), 1);
    }
}

#[test]
fn a_position_that_is_no_number_is_the_last_target_and_none_where_there_was_none() {
    let mut bench = Bench::<Float64MultiArray>::new(CommandForm::ForwardPosition);
    let mut bad = outgoing();
    bad.command.position[1] = f64::NAN;
    bad.position[1] = f64::NAN;
    assert_eq!(bench.send(&bad), None);
    bench.send(&outgoing());
    assert_eq!(bench.send(&bad).unwrap().data, [0.1, 0.2]);
    assert_eq!(bench.corrected(), 2);
}

#[test]
fn drives_that_cannot_go_limp_are_sent_nothing_while_they_should() {
    let mut limp = outgoing();
    limp.command.kp = vec![0.0; 2];
    limp.command.position = vec![0.7, 0.7];
    let mut positions = Bench::<Float64MultiArray>::new(CommandForm::ForwardPosition);
    let mut states = Bench::<JointState>::new(CommandForm::JointState);
    assert!(positions.send(&limp).is_none() && states.send(&limp).is_none());
    positions.send(&outgoing());
    states.send(&outgoing());
    assert!(positions.send(&limp).is_none() && states.send(&limp).is_none());
    // One limp joint among stiff ones stays where it was sent.
    limp.command.kp[1] = 5.0;
    assert_eq!(positions.send(&limp).unwrap().data, [0.1, 0.7]);
    assert_eq!(states.send(&limp).unwrap().position, [0.1, 0.7]);
}

#[test]
fn joint_states_carry_no_velocity_and_no_torque_above_the_limits() {
    let mut bench = Bench::<JointState>::new(CommandForm::JointState);
    let mut outgoing = outgoing();
    outgoing.command.velocity = vec![f64::NAN, 1e9];
    outgoing.command.effort = vec![-1e9, f64::INFINITY];
    let message = bench.send(&outgoing).unwrap();
    assert_eq!(message.name, names());
    assert_eq!(message.velocity, [0.0, 10.0]);
    assert_eq!(message.effort, [-10.0, 0.0]);
    assert_eq!(bench.corrected(), 4);
}

#[test]
fn when_the_loop_is_silent_or_gone_drives_damp_and_torques_are_taken_back() {
    for form in [
        CommandForm::Impedance,
        CommandForm::ForwardEffort,
        CommandForm::ForwardPosition,
    ] {
        let mut bench = Bench::<Float64MultiArray>::new(form);
        bench.send(&outgoing());
        bench.output.damp(&bench.bounds).unwrap();
        let damped = bench.heard.try_recv().map(|message| message.data.clone());
        bench.output.end().unwrap();
        let last = bench.heard.try_recv().map(|message| message.data.clone());
        match form {
            CommandForm::Impedance => {
                let kd = bench.bounds.joints[0].damp_kd;
                close(&damped.unwrap(), &[0.1, 0.0, 0.0, 0.0, kd, 0.2, 0.0, 0.0, 0.0, kd]);
                assert_eq!(last, None);
            }
            CommandForm::ForwardEffort => {
                assert_eq!(damped.unwrap(), [0.0, 0.0]);
                assert_eq!(last.unwrap(), [0.0, 0.0]);
            }
            _ => assert_eq!((damped, last), (None, None)),
        }
    }
}

#[test]
fn a_trajectory_has_one_point_that_is_to_be_reached_at_once() {
    let mut bench = Bench::<JointTrajectory>::new(CommandForm::JointTrajectory);
    let message = bench.send(&outgoing()).unwrap();
    assert_eq!(message.joint_names, names());
    // A stamp would begin it in the past.
    assert_eq!((message.header.stamp.sec, message.header.stamp.nanosec), (0, 0));
    let [point] = &message.points[..] else {
        panic!("{message:?}")
    };
    assert_eq!((point.time_from_start.sec, point.time_from_start.nanosec), (0, 0));
    assert_eq!(point.positions, [0.1, 0.2]);
    assert_eq!(point.velocities, [0.3, 0.4]);
    assert_eq!(point.effort, [0.5, 0.6]);
}

#[test]
fn a_trajectory_without_feed_forward_has_no_efforts_which_controllers_refuse() {
    let mut bench = Bench::<JointTrajectory>::new(CommandForm::JointTrajectory);
    let mut outgoing = outgoing();
    outgoing.command.effort = vec![0.0, 0.0];
    assert_eq!(bench.send(&outgoing).unwrap().points[0].effort, [0.0; 0]);
}

#[test]
fn a_joint_that_should_be_limp_is_sent_nowhere_by_a_trajectory() {
    let mut bench = Bench::<JointTrajectory>::new(CommandForm::JointTrajectory);
    bench.send(&outgoing()).unwrap();
    let mut limp = outgoing();
    limp.command.kp = vec![0.0, 0.0];
    assert!(bench.send(&limp).is_none());
    limp.command.kp = vec![0.0, 20.0];
    limp.command.position = vec![0.9, 0.8];
    assert_eq!(bench.send(&limp).unwrap().points[0].positions, [0.1, 0.8]);
}

#[test]
fn topics_are_as_documented() {
    for (form, topic) in [
        (CommandForm::Impedance, IMPEDANCE_TOPIC),
        (CommandForm::JointState, JOINT_STATE_TOPIC),
        (CommandForm::ForwardPosition, POSITION_TOPIC),
        (CommandForm::ForwardEffort, EFFORT_TOPIC),
        (CommandForm::JointTrajectory, TRAJECTORY_TOPIC),
    ] {
        assert_eq!(form.topic(), topic);
    }
}

/// Any bits at all, often those that break things.
fn any_number(random: &mut rand_pcg::Pcg64Mcg) -> f64 {
    use rand::RngExt;
    let special = [
        0.0,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        -f64::INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        -1.0,
    ];
    match random.random_range(0..4) {
        0 => special[random.random_range(0..special.len())],
        1 => f64::from_bits(random.random()),
        _ => random.random_range(-10.0..10.0),
    }
}

#[test]
fn whatever_is_given_only_finite_numbers_within_the_limits_leave() {
    use rand::{RngExt, SeedableRng};
    const GIVEN: usize = 20_000;
    let mut random = rand_pcg::Pcg64Mcg::seed_from_u64(1);
    let mut plain = [
        CommandForm::Impedance,
        CommandForm::ForwardPosition,
        CommandForm::ForwardEffort,
    ]
    .map(Bench::<Float64MultiArray>::new);
    let mut states = Bench::<JointState>::new(CommandForm::JointState);
    let mut trajectories = Bench::<JointTrajectory>::new(CommandForm::JointTrajectory);
    let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    let bounded = |values: &[f64]| values.iter().all(|value| value.abs() <= 10.0);
    for _ in 0..GIVEN {
        let mut given = outgoing();
        let command = &mut given.command;
        let fields = [
            &mut command.position,
            &mut command.velocity,
            &mut command.effort,
            &mut command.kp,
            &mut command.kd,
            &mut given.position,
            &mut given.velocity,
        ];
        for field in fields {
            if random.random_bool(0.3) {
                field[random.random_range(0..2)] = any_number(&mut random);
            }
        }
        given.released = random.random_bool(0.05);
        let [impedance, positions, efforts] = plain.each_mut().map(|bench| bench.send(&given));
        if let Some(message) = impedance {
            assert!(finite(&message.data), "{given:?}: {message:?}");
            for row in message.data.chunks(5) {
                assert!(
                    bounded(&row[2..3]) && row[3] >= 0.0 && row[4] >= 0.0,
                    "{given:?}: {message:?}"
                );
            }
        }
        if let Some(message) = positions {
            assert!(finite(&message.data), "{given:?}: {message:?}");
        }
        let torques = &efforts.unwrap().data;
        assert!(finite(torques) && bounded(torques), "{given:?}: {torques:?}");
        if let Some(message) = states.send(&given) {
            assert!(finite(&message.position), "{given:?}: {message:?}");
            assert!(
                bounded(&message.velocity) && bounded(&message.effort),
                "{given:?}: {message:?}"
            );
        }
        if let Some(message) = trajectories.send(&given) {
            let point = &message.points[0];
            assert!(finite(&point.positions), "{given:?}: {message:?}");
            assert!(
                bounded(&point.velocities) && bounded(&point.effort),
                "{given:?}: {message:?}"
            );
        }
    }
}
