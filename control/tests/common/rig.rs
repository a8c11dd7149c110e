//! A control loop over a simulated robot on virtual time, with every fault to order.

use std::f64::consts::{PI, TAU};
use std::sync::{Arc, Mutex, MutexGuard};

use nalgebra::{UnitQuaternion, Vector3};
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;
use sinew_control::contract::PolicyContract;
use sinew_control::gate::{Check, SafeAction, SafetyParams};
use sinew_control::io::{Capabilities, Clock, IoError, Policy, PolicyError, RobotIo};
use sinew_control::mailbox::{Operator, Request};
use sinew_control::observation::TermRegistry;
use sinew_control::policies::PolicyRoom;
use sinew_control::record::TickRecord;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_control::tick::{ControlLoop, LoopParams, LoopParts};
use sinew_control::{Mode, StartParams};

use super::checked::{CheckedIo, Checker};
pub(crate) use super::faults::{Faults, Ordered};

/// Joints that are double integrators, and a base that stays where it is.
struct SimulatedRobot {
    robot: RobotDescription,
    faults: Ordered,
    clock: VirtualClock,
    command: JointCommand,
    q: Vec<f64>,
    qd: Vec<f64>,
    now_nanos: u64,
}

const INERTIA_KG_M2: f64 = 0.1;
const STEP_NANOS: u64 = 1_000_000;

impl SimulatedRobot {
    fn advance_to(&mut self, now_nanos: u64) {
        let goes_round = {
            let mut faults = self.faults.lock().unwrap();
            self.q[0] += std::mem::take(&mut faults.pushed_rad);
            faults.goes_round
        };
        while self.now_nanos + STEP_NANOS <= now_nanos {
            self.now_nanos += STEP_NANOS;
            for (j, joint) in self.robot.joints.iter().enumerate() {
                let mut q = self.q[j];
                if goes_round {
                    // Such a drive takes the short way to its target.
                    q += TAU * ((self.command.position[j] - q) / TAU).round();
                }
                let torque = self.command.torque_nm(j, q, self.qd[j]);
                let torque = torque.clamp(-joint.effort_nm, joint.effort_nm);
                self.qd[j] += torque / INERTIA_KG_M2 * STEP_NANOS as f64 * 1e-9;
                self.q[j] += self.qd[j] * STEP_NANOS as f64 * 1e-9;
            }
        }
    }
}

impl RobotIo for SimulatedRobot {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        self.advance_to(now_nanos);
        let faults = self.faults.lock().unwrap().clone();
        assert!(!faults.driver_panics, "a driver that panics, as ordered");
        for j in 0..self.q.len() {
            if faults.dropped_joint == Some(j) {
                continue;
            }
            state.joint_stamp_nanos[j] = now_nanos;
            if faults.frozen_joint == Some(j) {
                if faults.trembles {
                    state.velocity[j] = 1e-6 * (now_nanos % 7_000_001) as f64 / 7e6;
                }
                continue;
            }
            state.position[j] = if faults.goes_round {
                (self.q[j] + PI).rem_euclid(TAU) - PI
            } else {
                self.q[j]
            };
            state.velocity[j] = self.qd[j];
        }
        if let Some(j) = faults.nan_joint {
            state.position[j] = f64::NAN;
        }
        if let Some(speed) = faults.joint_speed_rad_s {
            state.velocity[0] = speed;
        }
        if !faults.silent_imu {
            state.imu.stamp_nanos = now_nanos + faults.imu_ahead_nanos;
        }
        if !faults.frozen_imu && !faults.silent_imu {
            let noise = 1e-3 * (now_nanos as f64 * 1e-7).sin();
            let lean = Vector3::new(faults.tilt_rad + noise, 0.0, 0.0);
            state.imu.orientation = UnitQuaternion::from_scaled_axis(lean);
            state.imu.angular_velocity = Vector3::new(noise, -noise, 2.0 * noise);
            state.imu.linear_acceleration = Vector3::new(0.0, noise, 9.81);
        }
        if faults.nan_imu {
            state.imu.angular_velocity.x = f64::NAN;
        }
        if faults.zero_quaternion {
            state.imu.orientation = UnitQuaternion::new_unchecked(Default::default());
        }
        state.base_velocity = (!faults.no_base_velocity).then(Vector3::zeros);
        state.temperature_celsius.clear();
        for _ in 0..self.q.len() {
            state.temperature_celsius.push(40.0);
        }
        if let Some(temperature) = state.temperature_celsius.get_mut(1) {
            *temperature += faults.temperature_celsius;
        }
        if let Some(change) = faults.reads {
            change(state);
        }
        match faults.dropped_joint {
            Some(joint) => Err(IoError::JointMissing { joint }),
            None => Ok(()),
        }
    }

    fn write(&mut self, command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        let mut faults = self.faults.lock().unwrap();
        self.clock.advance(std::mem::take(&mut faults.stall_nanos));
        if !faults.write_fails || faults.failed_writes_arrive {
            self.command.copy_from(command);
        }
        if faults.write_fails {
            Err(IoError::WriteFailed)
        } else {
            Ok(())
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            base_velocity: Some("ground truth"),
            own_stop: true,
            ..Capabilities::default()
        }
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        let faults = self.faults.lock().unwrap().clone();
        assert!(!faults.own_stop_panics, "an own stop that panics, as ordered");
        if faults.own_stop_fails {
            Err(IoError::WriteFailed)
        } else {
            Ok(())
        }
    }
}

/// Swings every joint at 2 Hz, from its rest pose on.
struct Swing {
    faults: Ordered,
    clock: VirtualClock,
    began_nanos: u64,
}

impl Policy for Swing {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        let (panics, fails, nanos, ordered) = {
            let mut faults = self.faults.lock().unwrap();
            for (seen, value) in faults.observation.iter_mut().zip(observation) {
                *seen = *value;
            }
            (
                faults.policy_panics,
                faults.inference_fails,
                faults.inference_nanos,
                faults.action,
            )
        };
        assert!(!panics, "a policy that panics, as ordered");
        self.clock.advance(nanos);
        let secs = (self.clock.now_nanos() - self.began_nanos) as f64 * 1e-9;
        action.fill(0.8 * (2.0 * std::f64::consts::TAU * secs).sin() as f32);
        if let Some(ordered) = ordered {
            action.copy_from_slice(&ordered[..action.len()]);
        }
        if fails {
            return Err(PolicyError::Runtime);
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.began_nanos = self.clock.now_nanos();
        self.faults.lock().unwrap().policy_resets += 1;
    }
}

/// Parameters of a rig: 200 Hz, a policy at 50 Hz, a short start.
pub(crate) fn loop_params() -> LoopParams {
    LoopParams {
        drive_damping: false,
        rate_hz: 200.0,
        start: StartParams {
            auto: true,
            damp_secs: 0.05,
            stand_secs: 0.5,
            settle_secs: 0.1,
        },
        safety: SafetyParams::default(),
    }
}

/// A control loop, what it is made of, and a checker under its gate.
pub(crate) struct Rig {
    pub(crate) control: ControlLoop,
    pub(crate) operator: Operator,
    pub(crate) clock: VirtualClock,
    pub(crate) robot: RobotDescription,
    /// What the operator asks for in every tick; `None` where there is none, or a test is one.
    pub(crate) asked: Option<VelocityCommand>,
    faults: Ordered,
    checker: Arc<Mutex<Checker>>,
    clearing: bool,
}

impl Rig {
    pub(crate) fn new(params: &LoopParams) -> Self {
        let robot = super::robot();
        let rest = robot.default_positions();
        Self::with(params, &super::contract(), &TermRegistry::builtin(), &rest)
    }

    pub(crate) fn with_safety(safety: SafetyParams) -> Self {
        Self::new(&LoopParams {
            safety,
            ..loop_params()
        })
    }

    /// A loop over a robot that starts at `q`, in rad.
    pub(crate) fn with(params: &LoopParams, contract: &PolicyContract, registry: &TermRegistry, q: &[f64]) -> Self {
        Self::with_faults(params, contract, registry, q, Ordered::default())
    }

    /// The same with faults that were ordered before, for terms that share them.
    pub(crate) fn with_faults(
        params: &LoopParams,
        contract: &PolicyContract,
        registry: &TermRegistry,
        q: &[f64],
        faults: Ordered,
    ) -> Self {
        Self::of(super::robot(), params, contract, registry, q, faults)
    }

    /// The same for another robot.
    pub(crate) fn of(
        robot: RobotDescription,
        params: &LoopParams,
        contract: &PolicyContract,
        registry: &TermRegistry,
        q: &[f64],
        faults: Ordered,
    ) -> Self {
        let clock = VirtualClock::default();
        let simulated = SimulatedRobot {
            robot: robot.clone(),
            faults: faults.clone(),
            clock: clock.clone(),
            command: JointCommand::zeros(robot.dof()),
            q: q.to_vec(),
            qd: vec![0.0; robot.dof()],
            now_nanos: 0,
        };
        let tick_secs = 1.0 / params.rate_hz;
        let (io, checker) = CheckedIo::new(simulated, &robot, &params.safety, tick_secs);
        let policy = Swing {
            faults: faults.clone(),
            clock: clock.clone(),
            began_nanos: 0,
        };
        let parts = LoopParts {
            robot: &robot,
            contract,
            io: Box::new(io),
            policy: Box::new(policy),
            clock: Box::new(clock.clone()),
            registry,
            records: 64,
            room: PolicyRoom::default(),
        };
        let control = ControlLoop::new(parts, params).unwrap();
        Self {
            operator: control.operator(),
            control,
            clock,
            robot,
            asked: Some(VelocityCommand::default()),
            faults,
            checker,
            clearing: false,
        }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap()
    }

    pub(crate) fn tick(&mut self) -> TickRecord {
        let clearing = std::mem::take(&mut self.clearing);
        self.checker().must_be_safe = self.control.stop().is_some() && !clearing;
        if let Some(velocity) = self.asked {
            self.operator.command(velocity);
        }
        self.control.tick()
    }

    pub(crate) fn ticks(&mut self, n: u64) {
        for _ in 0..n {
            self.tick();
        }
    }

    /// Ticks until the policy has been in charge for half a second and nothing was wrong.
    pub(crate) fn walk(&mut self) {
        self.run();
        self.ticks(100);
        assert_eq!(self.control.mode(), Mode::Run);
        let counts = self.control.gate().counts();
        assert_eq!(counts.total(), 0, "{:?}", counts.iter().collect::<Vec<_>>());
    }

    /// Ticks until the policy takes over.
    pub(crate) fn run(&mut self) {
        for _ in 0..1000 {
            if self.tick().mode == Mode::Run {
                return;
            }
        }
        panic!("never ran: {:?}", self.control);
    }

    /// Ticks until the gate stops; returns after how many, with the check that stopped.
    pub(crate) fn ticks_until_stop(&mut self, at_most: u64) -> (u64, Check) {
        for n in 1..=at_most {
            self.tick();
            if let Some(stop) = self.control.stop() {
                return (n, stop.verdict.check);
            }
        }
        panic!("no stop within {at_most} ticks: {:?}", self.control);
    }

    pub(crate) fn request(&mut self, request: Request) {
        self.clearing |= request == Request::ClearStop;
        let stopped = self.control.stop().is_some();
        let mut checker = self.checker();
        if stopped && request == Request::Damp && checker.safe_action == SafeAction::Hold {
            checker.safe_action = SafeAction::Damp;
        }
        drop(checker);
        assert!(self.operator.request(request));
    }

    pub(crate) fn count(&self, check: Check) -> u64 {
        self.control.gate().counts().get(check)
    }

    /// The last command that reached the robot, past the checker.
    pub(crate) fn written(&self) -> JointCommand {
        self.checker().last.clone()
    }

    pub(crate) fn checker(&self) -> MutexGuard<'_, Checker> {
        self.checker.lock().unwrap()
    }
}
