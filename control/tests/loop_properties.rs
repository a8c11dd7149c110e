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
use sinew_control::io::{Capabilities, Clock, Policy, RobotIo};
use sinew_control::mailbox::{Operator, Request};
use sinew_control::observation::TermRegistry;
use sinew_control::policies::{InCharge, LoadedPolicy, PolicyRoom, Switch, SwitchWhen};
use sinew_control::replay::{Difference, LoopSetup, Replay};
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_control::tap::TapReader;
use sinew_control::tick::{ControlLoop, LoopParams, LoopParts};
use sinew_control::{Mode, StartParams};

const TICKS: u64 = 200_000;
const TICKS_PER_CASE: u64 = 2000;
/// For every policy that is installed.
const ROOM: PolicyRoom = PolicyRoom {
    observation: 200,
    action: 6,
};

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

/// A contract that the same robot may get later: the same, or one with other gains, joints, rates or histories.
fn other_contract(random: &mut Random, first: &PolicyContract) -> PolicyContract {
    let mut contract = first.clone();
    if random.chance(0.5) {
        contract.joint_stiffness = vec![random.one_of(&[0.0, 30.0, 200.0]); 4];
        contract.joint_damping = vec![random.one_of(&[0.0, 1.0, 9.0]); 4];
        contract.default_joint_pos = vec![-0.2, 0.3, 0.5, 1.0];
        contract.action.scale = vec![random.one_of(&[0.0, 0.1, 1e300]); 4];
        contract.command_ranges.lin_vel_x = [-0.1, 0.2];
    }
    if random.chance(0.3) {
        contract.joint_names = vec!["stiff".to_owned(), "plain".to_owned()];
        for row in [
            &mut contract.default_joint_pos,
            &mut contract.joint_stiffness,
            &mut contract.joint_damping,
            &mut contract.action.scale,
            &mut contract.action.offset,
        ] {
            row.truncate(2);
        }
    }
    for term in &mut contract.observations {
        term.history = random.one_of(&[term.history, term.history, 3]);
        term.clip = Some([-100.0, 100.0]);
    }
    contract.policy_rate_hz = random.one_of(&[50.0, 50.0, 25.0]);
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
        drive_damping: random.chance(0.3),
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
    contract: PolicyContract,
    loading: Loading,
    installed: Arc<Mutex<Vec<PolicyContract>>>,
    control: ControlLoop,
    operator: Operator,
    checker: Arc<Mutex<Checker>>,
    seen: Arc<Mutex<[f32; 3]>>,
    tap: TapReader,
    replay: Replay,
}

/// What a policy is loaded with.
struct Loading {
    seed: u64,
    chaos: Chaos,
    clock: VirtualClock,
    period_nanos: u64,
    seen: Arc<Mutex<[f32; 3]>>,
    robot: RobotDescription,
    capabilities: Capabilities,
    params: LoopParams,
}

impl Loading {
    /// The policy of this number among those of the case.
    fn policy(&self, number: u32) -> AnyPolicy {
        AnyPolicy {
            random: Random(self.seed ^ 0xac7 ^ u64::from(number) << 32),
            chaos: self.chaos,
            clock: self.clock.clone(),
            period_nanos: self.period_nanos,
            seen: self.seen.clone(),
        }
    }

    fn load(&self, contract: &PolicyContract, number: u32) -> Box<LoadedPolicy> {
        let policy = Box::new(self.policy(number));
        let registry = TermRegistry::builtin();
        let loaded = LoadedPolicy::new(
            contract,
            policy,
            &self.robot,
            &self.capabilities,
            &registry,
            &self.params,
        );
        Box::new(loaded.unwrap().numbered(number))
    }
}

#[derive(Debug, Default)]
struct Tally {
    ticks: u64,
    running: u64,
    stops: u64,
    cleared: u64,
    installed: u64,
    switched: u64,
    switched_running: u64,
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
    let loading = Loading {
        seed,
        chaos,
        clock: clock.clone(),
        period_nanos,
        seen: seen.clone(),
        robot: robot.clone(),
        capabilities: io.capabilities(),
        params: params.clone(),
    };
    let parts = LoopParts {
        robot: &robot,
        contract: &contract,
        io: Box::new(io),
        policy: Box::new(loading.policy(0)),
        clock: Box::new(clock.clone()),
        registry: &TermRegistry::builtin(),
        records: 2,
        room: ROOM,
    };
    let control = ControlLoop::new(parts, &params).unwrap();
    let damping = control.gate().limits().iter().map(|limit| limit.drive_kd);
    checker.lock().unwrap().drive_kd = damping.collect();
    let setup = LoopSetup {
        capabilities: control.gate().capabilities().into(),
        robot,
        contract: contract.clone(),
        params,
        stop: None,
        room: ROOM,
    };
    let replayed = Loading {
        clock: VirtualClock::default(),
        seen: Arc::default(),
        robot: loading.robot.clone(),
        capabilities: loading.capabilities.clone(),
        params: loading.params.clone(),
        ..loading
    };
    let first = replayed.policy(0);
    let installed = Arc::<Mutex<Vec<PolicyContract>>>::default();
    let known = installed.clone();
    let replay = Replay::with_policies(
        &setup,
        Box::new(first),
        Box::new(move |number| {
            let contract = known.lock().unwrap().get(number as usize - 1)?.clone();
            Some((contract, Box::new(replayed.policy(number)) as Box<dyn Policy>))
        }),
        &TermRegistry::builtin(),
        clock.now_nanos(),
    )
    .unwrap();
    // The clock is the loop's from here on.
    clock.sleep_until(0);
    Case {
        random,
        contract,
        loading,
        installed,
        operator: control.operator(),
        tap: control.operator().tap(),
        replay,
        control,
        checker,
        seen,
    }
}

impl Case {
    /// Another policy, and another one in charge, now and then.
    fn swap(&mut self, tally: &mut Tally) {
        let random = &mut self.random;
        let policies = self.operator.policies();
        if random.chance(0.01) {
            let contract = other_contract(random, &self.contract);
            let mut installed = self.installed.lock().unwrap();
            let place = random.one_of(&[0, 1, 2, 3, 9]);
            let number = installed.len() as u32 + 1;
            if policies.install(place, self.loading.load(&contract, number)).is_ok() {
                installed.push(contract);
                tally.installed += 1;
            }
        }
        if random.chance(0.02) {
            policies.switch(Switch {
                place: random.one_of(&[0, 1, 2, 3, 200]),
                when: random.one_of(&[SwitchWhen::Standing, SwitchWhen::Running]),
                blend_millis: random.one_of(&[0, 1, 100, 1000]),
            });
        }
    }

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
        let mut before_policy = InCharge::default();
        for _ in 0..TICKS_PER_CASE {
            let (cleared, damped) = self.ask(before.is_some());
            self.swap(tally);
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
            assert_eq!(record.policy, self.operator.policies().in_charge());
            let switched = record.policy != before_policy;
            tally.switched += u64::from(switched);
            tally.switched_running += u64::from(switched && before_mode == Mode::Run && record.mode == Mode::Run);
            (before, before_mode, before_policy) = (now, record.mode, record.policy);
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
        tally.installed > tally.ticks / 1000 && tally.switched_running > tally.ticks / 10_000,
        "{tally:?}"
    );
    assert!(
        tally.fastest_share > 0.999,
        "the slew limit was never reached: {tally:?}"
    );
}
