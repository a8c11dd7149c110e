//! Adversarial ticks through the whole loop: a robot, a policy, a clock and an operator that do anything at all,
//! and a checker under the gate that knows what the drives have received. A loop that runs again from the records of each
//! must do the same to the bit.
//!
//! `SINEW_PROPERTY_TICKS` says how many; without it there are as many as take a few seconds.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use common::any::{AnyPolicy, AnyRobot, Chaos};
use common::checked::{CheckedIo, Checker};
use common::{Random, contract, joint};
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;
use sinew_control::contract::{PolicyContract, TermSpec};
use sinew_control::gate::{Check, SafeAction, SafetyParams, Stop};
use sinew_control::io::Clock;
use sinew_control::mailbox::{Operator, Request};
use sinew_control::observation::TermRegistry;
use sinew_control::replay::{Difference, LoopSetup, Replay};
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_control::tap::TapReader;
use sinew_control::tick::{ControlLoop, LoopParams, LoopParts};
use sinew_control::{Mode, StartParams};

const TICKS: u64 = 200_000;
const TICKS_PER_CASE: u64 = 2000;

/// Joints of every kind that a description can hold.
fn any_robot() -> RobotDescription {
    let mut stiff = joint("stiff", [-2.0, 2.0], 6.0, 20.0, 0.2);
    (stiff.stiffness, stiff.damping) = (Some(1e9), Some(1e9));
    RobotDescription {
        name: "any".to_owned(),
        joints: vec![
            joint("plain", [-1.0, 1.0], 10.0, 50.0, 0.0),
            joint("endless", [f64::NEG_INFINITY, f64::INFINITY], 30.0, 10.0, 0.0),
            joint("unrated", [-0.5, 0.5], f64::INFINITY, f64::INFINITY, 0.1),
            joint("slow", [0.1, 0.9], 0.5, 2.0, 0.3),
            joint("weak", [-2.0, 2.0], 5.0, 0.0, 0.2),
            stiff,
        ],
    }
}

fn any_contract(random: &mut Random) -> PolicyContract {
    let mut contract = contract();
    contract.joint_names = ["unrated", "plain", "slow", "endless"].map(str::to_owned).to_vec();
    contract.joint_limits = Vec::new();
    contract.default_joint_pos = vec![0.1, 0.0, 0.3, 0.0];
    contract.joint_stiffness = vec![200.0, 400.0, 150.0, 90.0];
    contract.joint_damping = vec![10.0, 40.0, 1.0, 9.0];
    contract.action.scale = vec![random.one_of(&[0.1, 1.0, -5.0, 1e300]); 4];
    contract.action.offset = vec![0.0; 4];
    contract.observations = [
        "velocity_commands",
        "joint_pos",
        "joint_vel",
        "last_action",
        "base_lin_vel",
        "projected_gravity",
    ]
    .map(TermSpec::named)
    .to_vec();
    // Wild readings would overflow the network's numbers.
    for term in &mut contract.observations {
        term.clip = Some([-100.0, 100.0]);
    }
    contract
}

fn any_params(random: &mut Random) -> LoopParams {
    let safety = SafetyParams {
        safe_action: random.one_of(&[SafeAction::Damp, SafeAction::Hold, SafeAction::Own]),
        damp_kd: random.one_of(&[0.0, 0.5, 1000.0]),
        position_margin_rad: random.one_of(&[0.0, 0.05, 1.0]),
        torque_share: random.one_of(&[0.01, 0.5, 1.0]),
        max_joint_speed_rad_s: random.one_of(&[2.0, 1000.0, 1000.0]),
        joint_speed_secs: random.one_of(&[0.0, 0.05, 10.0, 10.0]),
        max_target_speed_rad_s: random.one_of(&[0.5, 4.0, 1e4, 1e4]),
        max_outside_rad: random.one_of(&[0.0, 0.2, 10.0, 10.0]),
        stale_secs: random.one_of(&[0.05, 10.0, 10.0]),
        frozen_secs: random.one_of(&[0.0, 0.0, 0.2]),
        overrun_secs: random.one_of(&[0.1, 10.0, 10.0]),
        inference_budget_secs: random.one_of(&[0.0, 10.0]),
        late_hold_steps: random.one_of(&[0, 2, 100]),
        deadman_secs: random.one_of(&[0.0, 0.5]),
        ..SafetyParams::default()
    };
    LoopParams {
        rate_hz: random.one_of(&[50.0, 200.0, 1000.0]),
        start: StartParams {
            auto: random.chance(0.7),
            damp_secs: random.one_of(&[0.0, 0.1]),
            stand_secs: random.one_of(&[0.1, 0.5]),
            settle_secs: 0.0,
        },
        safety,
    }
}

struct Case {
    random: Random,
    control: ControlLoop,
    operator: Operator,
    checker: Arc<Mutex<Checker>>,
    seen: Arc<Mutex<[f32; 3]>>,
    tap: TapReader,
    replay: Replay,
}

#[derive(Debug, Default)]
struct Tally {
    ticks: u64,
    running: u64,
    stops: u64,
    cleared: u64,
    fastest_share: f64,
}

fn case(seed: u64) -> Case {
    let mut random = Random(seed);
    let (robot, contract, params) = (any_robot(), any_contract(&mut random), any_params(&mut random));
    let chaos = Chaos::of(&mut random);
    let mut clock = VirtualClock::default();
    clock.advance(1 + random.next() % 1_000_000_000_000);
    let period_nanos = (1e9 / params.rate_hz) as u64;
    let far = random.one_of(&[0.5, 0.5, 3.0, 6.0]);
    let inner = AnyRobot {
        random: Random(seed ^ 0x5eed),
        chaos,
        clock: clock.clone(),
        period_nanos,
        received: JointCommand::zeros(robot.dof()),
        q: (0..robot.dof()).map(|_| far * random.within(-1.0, 1.0)).collect(),
        qd: vec![0.0; robot.dof()],
        now_nanos: clock.now_nanos(),
        robot: robot.clone(),
    };
    let (io, checker) = CheckedIo::new(inner, &robot, &params.safety, 1.0 / params.rate_hz);
    let seen = Arc::<Mutex<[f32; 3]>>::default();
    let policy = AnyPolicy {
        random: Random(seed ^ 0xac7),
        chaos,
        clock: clock.clone(),
        period_nanos,
        seen: seen.clone(),
    };
    let parts = LoopParts {
        robot: &robot,
        contract: &contract,
        io: Box::new(io),
        policy: Box::new(policy),
        clock: Box::new(clock.clone()),
        registry: &TermRegistry::builtin(),
        records: 2,
    };
    let control = ControlLoop::new(parts, &params).unwrap();
    let setup = LoopSetup {
        capabilities: control.gate().capabilities().into(),
        robot,
        contract,
        params,
        stop: None,
    };
    let same_policy = AnyPolicy {
        random: Random(seed ^ 0xac7),
        chaos,
        clock: VirtualClock::default(),
        period_nanos,
        seen: Arc::default(),
    };
    let replay = Replay::new(
        &setup,
        Box::new(same_policy),
        &TermRegistry::builtin(),
        clock.now_nanos(),
    )
    .unwrap();
    // The clock is the loop's from here on.
    clock.sleep_until(0);
    Case {
        random,
        operator: control.operator(),
        tap: control.operator().tap(),
        replay,
        control,
        checker,
        seen,
    }
}

impl Case {
    /// Anything that an operator can ask for; whether a stop was cleared, and whether damping was asked for.
    fn ask(&mut self, stopped: bool) -> (bool, bool) {
        let random = &mut self.random;
        if random.chance(0.5) {
            let forward = match random.next() % 100 {
                0 => random.non_finite(),
                1 => random.any_finite(),
                _ => random.within(-1.0, 1.0),
            };
            let velocity = VelocityCommand::new(forward, random.within(-1.0, 1.0), 0.0);
            self.operator.command(velocity);
        }
        if random.chance(0.0005) {
            self.operator
                .stop_for(random.one_of(&[Check::OperatorStop, Check::OtherCommander]));
        }
        let often = if stopped { 0.1 } else { 0.003 };
        let (mut cleared, mut damped) = (false, false);
        if random.chance(often) {
            let request = random.one_of(&[Request::Start, Request::Start, Request::Damp, Request::ClearStop]);
            assert!(self.operator.request(request));
            cleared = request == Request::ClearStop;
            damped = request == Request::Damp;
            if cleared {
                assert!(self.operator.request(Request::Start));
            }
        }
        (cleared, damped)
    }

    fn run(&mut self, tally: &mut Tally) {
        let mut before: Option<Stop> = None;
        let mut before_mode = Mode::Damp;
        for _ in 0..TICKS_PER_CASE {
            let (cleared, damped) = self.ask(before.is_some());
            {
                let mut checker = self.checker.lock().unwrap();
                checker.must_be_safe = before.is_some() && !cleared;
                if let Some(stop) = before {
                    checker.safe_action = stop.action;
                    if damped && stop.action == SafeAction::Hold {
                        checker.safe_action = SafeAction::Damp;
                    }
                } else {
                    // Whichever stop comes in this tick: its own.
                    checker.safe_action = SafeAction::Own;
                    checker.may_stop_itself = true;
                }
            }
            let record = self.control.tick();
            let recorded = self.tap.next_record().unwrap();
            let replayed = self.replay.tick(recorded).unwrap();
            let difference = Difference::first(recorded, replayed);
            assert_eq!(difference, None, "{recorded:?}\n{replayed:?}");
            tally.ticks += 1;
            tally.running += u64::from(record.mode == Mode::Run);
            let now = self.control.stop();
            if let (Some(before), false) = (before, cleared) {
                let now = now.expect("a stop latches");
                assert_eq!(now.verdict.check, before.verdict.check, "the first reason stays");
                assert!(now.action == before.action || damped);
                assert_eq!(record.mode, Mode::Stopped);
            }
            let written = self.control.gate().written();
            if record.mode == Mode::Damp && now.is_none() {
                assert!(written.kp.iter().all(|kp| *kp == 0.0), "stiff while damping");
            }
            if record.mode == Mode::Run && before_mode != Mode::Run {
                assert_eq!(record.command, VelocityCommand::default(), "it walks by itself");
                assert_eq!(*self.seen.lock().unwrap(), [0.0; 3]);
            }
            tally.stops += u64::from(before.is_none() && now.is_some());
            tally.cleared += u64::from(before.is_some() && now.is_none());
            (before, before_mode) = (now, record.mode);
        }
        tally.fastest_share = tally.fastest_share.max(self.checker.lock().unwrap().fastest_share);
    }
}

#[test]
fn whatever_happens_no_drive_receives_what_is_outside_its_limits_and_nothing_moves_by_itself() {
    let ticks = std::env::var("SINEW_PROPERTY_TICKS").ok();
    let ticks = ticks.map_or(TICKS, |ticks| ticks.parse().unwrap());
    // Panics that were ordered would fill the screen.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload_as_str().is_none_or(|said| said != "as ordered") {
            hook(info);
        }
    }));
    let mut tally = Tally::default();
    for seed in 0.. {
        if tally.ticks >= ticks {
            break;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| case(seed).run(&mut tally)));
        assert!(outcome.is_ok(), "case {seed} fails; see the message above");
    }
    eprintln!("{tally:?}");
    // Walking, stopping and starting again must all have been tried at length.
    assert!(tally.running > tally.ticks / 50, "{tally:?}");
    assert!(
        tally.stops > tally.ticks / 2000 && tally.cleared > tally.ticks / 5000,
        "{tally:?}"
    );
    assert!(
        tally.fastest_share > 0.999,
        "the slew limit was never reached: {tally:?}"
    );
}
