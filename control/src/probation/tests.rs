#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use nalgebra::{UnitQuaternion, Vector3};

use super::*;
use crate::command::VelocityCommand;
use crate::gate::{SafeAction, Verdict};
use crate::record::RecordSizes;

const RATE_HZ: f64 = 100.0;

/// A loop at 100 Hz whose policy is asked in every second tick, and that follows its command by itself.
struct Made {
    tick: u64,
    record: LoopRecord,
}

impl Made {
    fn new() -> Self {
        let sizes = RecordSizes {
            dof: 1,
            feet: 0,
            observation: 1,
            action: 1,
        };
        let mut record = LoopRecord::empty(&sizes);
        record.tick.mode = Mode::Run;
        record.tick.command = VelocityCommand::new(0.5, 0.0, 0.2);
        record.state.base_velocity = Some(Vector3::new(0.5, 0.05, 0.0));
        record.state.imu.angular_velocity.z = 0.2;
        Self { tick: 0, record }
    }

    fn lean(&mut self, rad: f64) {
        self.record.state.imu.orientation = UnitQuaternion::from_scaled_axis(Vector3::x() * rad);
    }

    fn verdicts(&mut self, check: Check, n: u64) {
        self.record.counts = VerdictCounts::from_fn(|of| if of == check { n } else { 0 });
    }

    fn stop(&mut self, check: Check) {
        self.record.tick.mode = Mode::Stopped;
        self.record.tick.stop = Some(Stop {
            verdict: Verdict {
                check,
                joint: None,
                value: 0.8,
                limit: 0.7,
                tick: self.tick,
                not_finite: None,
            },
            action: SafeAction::Damp,
        });
    }

    fn next(&mut self) -> &LoopRecord {
        self.record.tick.tick = self.tick;
        self.record.tick.time_secs = self.tick as f64 / RATE_HZ;
        self.record.tick.inference_nanos = self.tick.is_multiple_of(2).then_some(100);
        self.tick += 1;
        &self.record
    }

    /// So many seconds more; the first rule that is broken.
    fn run(&mut self, probation: &mut Probation, secs: f64) -> Option<Broken> {
        (0..(secs * RATE_HZ) as u64).find_map(|_| probation.take(self.next()))
    }
}

/// A newcomer on probation that takes charge of a walk of five seconds.
fn on_probation() -> (Made, Probation) {
    let mut made = Made::new();
    let rules = ProbationRules::default();
    let mut meter = BaselineMeter::new(&rules);
    made.lean(0.1);
    for _ in 0..500 {
        meter.take(made.next());
    }
    let baseline = meter.baseline();
    assert!((baseline.velocity_error_m_s.unwrap() - 0.05).abs() < 1e-9);
    assert!((baseline.lean_rad - 0.1).abs() < 1e-9);
    assert!((baseline.secs - 3.98).abs() < 0.02, "{baseline:?}");
    (made, Probation::new(rules, baseline))
}

#[test]
fn one_that_walks_as_the_one_before_is_never_sent_back() {
    let (mut made, mut probation) = on_probation();
    assert_eq!(made.run(&mut probation, 20.0), None);
    assert!(probation.counted_secs() > 19.9);
}

#[test]
fn a_lean_is_found_in_the_tick_in_which_it_comes() {
    let (mut made, mut probation) = on_probation();
    assert_eq!(made.run(&mut probation, 2.0), None);
    made.lean(0.31);
    let broken = made.run(&mut probation, 1.0).unwrap();
    assert_eq!((broken.rule, broken.tick), (Rule::Lean, 700));
    assert_eq!(
        broken.to_string(),
        "lean: 0.310 rad where 0.300 rad is allowed, in tick 700"
    );
}

#[test]
fn a_walk_elsewhere_than_asked_is_found_within_a_second_and_a_turn_too() {
    let (mut made, mut probation) = on_probation();
    made.record.state.base_velocity = Some(Vector3::new(-0.2, 0.0, 0.0));
    let broken = made.run(&mut probation, 2.0).unwrap();
    assert_eq!(broken.rule, Rule::VelocityError);
    assert!((broken.found - 0.7).abs() < 1e-9 && (broken.allowed - 0.4).abs() < 1e-9);

    let (mut made, mut probation) = on_probation();
    made.record.state.base_velocity = None;
    assert_eq!(made.run(&mut probation, 2.0), None, "nobody measures it");
    made.record.state.imu.angular_velocity.z = 2.0;
    assert_eq!(made.run(&mut probation, 2.0).unwrap().rule, Rule::YawRateError);
}

#[test]
fn verdicts_count_against_those_of_the_policy_before() {
    let (mut made, mut probation) = on_probation();
    probation.baseline.verdicts_per_sec = 100.0;
    made.verdicts(Check::TorqueLimit, 1);
    assert_eq!(made.run(&mut probation, 3.0), None);
    made.verdicts(Check::SlewLimit, 2);
    let broken = made.run(&mut probation, 3.0).unwrap();
    assert_eq!(broken.rule, Rule::Verdicts);
    assert!(broken.found > 120.0, "{broken}");
}

#[test]
fn late_inferences_count_as_a_share_once_there_are_enough() {
    let (mut made, mut probation) = on_probation();
    made.verdicts(Check::LateInference, 1);
    let broken = made.run(&mut probation, 3.0).unwrap();
    assert_eq!(broken.rule, Rule::LateInference);
    assert!(probation.counted_secs() > 0.3);
}

#[test]
fn a_fall_is_the_newcomers_and_a_stop_that_was_asked_for_is_not() {
    let (mut made, mut probation) = on_probation();
    assert_eq!(made.run(&mut probation, 1.0), None);
    made.stop(Check::Tilt);
    let broken = made.run(&mut probation, 1.0).unwrap();
    assert_eq!((broken.rule, broken.check), (Rule::Stop, Some("tilt")));

    for check in [
        Check::OperatorStop,
        Check::OtherCommander,
        Check::Deadman,
        Check::EndedInMotion,
        Check::Overrun,
        Check::StaleImu,
        Check::WriteFailed,
    ] {
        let (mut made, mut probation) = on_probation();
        assert_eq!(made.run(&mut probation, 1.0), None);
        made.stop(check);
        assert_eq!(made.run(&mut probation, 3.0), None, "{}", check.name());
    }
}

#[test]
fn nothing_counts_while_a_sensor_is_lost_and_for_a_while_afterwards() {
    for check in OF_SENSORS {
        let (mut made, mut probation) = on_probation();
        assert_eq!(made.run(&mut probation, 1.5), None);
        made.verdicts(check, 1);
        made.lean(0.6);
        made.record.state.base_velocity = Some(Vector3::new(-2.0, 0.0, 0.0));
        assert_eq!(made.run(&mut probation, 2.0), None, "{}", check.name());
        made.verdicts(check, 0);
        assert_eq!(made.run(&mut probation, 0.9), None, "{}", check.name());
        let mut stopped = Made { ..made };
        stopped.stop(Check::Tilt);
        assert_eq!(stopped.run(&mut probation, 0.1), None, "a fall of it");
    }
}

#[test]
fn a_deadline_that_the_machine_missed_excuses_and_one_that_the_inference_missed_does_not() {
    let (mut made, mut probation) = on_probation();
    made.record.tick.missed = 1;
    made.lean(0.5);
    assert_eq!(made.run(&mut probation, 1.0), None);
    made.verdicts(Check::LateInference, 1);
    let (mut late, mut probation) = on_probation();
    late.record.tick.missed = 1;
    late.verdicts(Check::LateInference, 1);
    assert_eq!(late.run(&mut probation, 2.0).unwrap().rule, Rule::LateInference);
}

#[test]
fn a_start_is_not_judged() {
    let (mut made, _) = on_probation();
    let mut probation = Probation::new(ProbationRules::default(), Baseline::default());
    made.lean(0.9);
    for mode in [Mode::Damp, Mode::Stand] {
        made.record.tick.mode = mode;
        assert_eq!(made.run(&mut probation, 5.0), None);
    }
    made.record.tick.mode = Mode::Run;
    assert_eq!(made.run(&mut probation, 0.99), None);
    assert_eq!(made.run(&mut probation, 0.5).unwrap().rule, Rule::Lean);
    assert_eq!(probation.counted_secs(), 0.0);
}

#[test]
fn one_inference_that_hangs_is_enough_and_the_deadlines_that_it_misses_are_no_excuse() {
    let (mut made, mut probation) = on_probation();
    made.verdicts(Check::FailedInference, 1);
    made.record.tick.missed = 99;
    made.next();
    made.record.tick.inference_nanos = Some(1_000_000_000);
    let broken = probation.take(&made.record).unwrap();
    assert_eq!(
        broken.to_string(),
        format!(
            "stuck_inference: 1.000 s where 0.500 s is allowed, in tick {}",
            broken.tick
        )
    );
}
