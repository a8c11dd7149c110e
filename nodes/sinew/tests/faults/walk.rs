//! Strider walking, with a place to inject faults and an independent checker under the gate.

use crate::common::root;
use sinew::params::Params;
use sinew::run::{PolicyOnRobot, simulator};
use sinew_control::Mode;
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;
use sinew_control::gate::{Check, Stop};
use sinew_control::io::{Capabilities, IoError, Policy, PolicyError, RobotIo};
use sinew_control::mailbox::Operator;
use sinew_control::record::TickRecord;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_control::tick::ControlLoop;
use sinew_models::OnnxPolicy;
use sinew_sim::SimRobot;

/// When the fault begins: two seconds into the walk, on the clock of the simulator.
pub(crate) const FAULT_AT_SECS: f64 = 3.5;

/// Changes what is read, or fails the read; gets the time since the fault began, s.
pub(crate) type ReadFault = Box<dyn FnMut(f64, &mut SimRobot, &mut RobotState) -> Result<(), IoError> + Send>;
/// Changes the action, or fails the inference; gets the number of policy steps since the fault began.
pub(crate) type PolicyFault = Box<dyn FnMut(u64, &mut [f32]) -> Result<(), PolicyError> + Send>;

/// Asserts, knowing only the robot's description, that no command leaves its limits.
struct Checked {
    robot: RobotDescription,
    sim: SimRobot,
    fault: ReadFault,
    /// What the gate was shown last, by which its commands are judged.
    shown: RobotState,
    last: Option<Vec<f64>>,
}

impl RobotIo for Checked {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        self.sim.read(now_nanos, state)?;
        let since = now_nanos as f64 * 1e-9 - FAULT_AT_SECS;
        let result = if since >= 0.0 {
            (self.fault)(since, &mut self.sim, state)
        } else {
            Ok(())
        };
        for j in 0..self.robot.dof() {
            if state.position[j].is_finite() && state.velocity[j].is_finite() {
                self.shown.position[j] = state.position[j];
                self.shown.velocity[j] = state.velocity[j];
            }
        }
        result
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        for (j, joint) in self.robot.joints.iter().enumerate() {
            let name = &joint.name;
            let target = command.position[j];
            assert!(
                target >= joint.lower_rad - 1e-9 && target <= joint.upper_rad + 1e-9,
                "{name}: target {target} outside {} to {}",
                joint.lower_rad,
                joint.upper_rad
            );
            let torque = command.torque_nm(j, self.shown.position[j], self.shown.velocity[j]);
            assert!(
                torque.abs() <= joint.effort_nm * (1.0 + 1e-9),
                "{name}: {torque} N·m, limit {}",
                joint.effort_nm
            );
            assert!(command.kp[j] >= 0.0 && command.kd[j] >= 0.0 && command.effort[j].is_finite());
            if let Some(last) = &self.last {
                assert!(
                    (target - last[j]).abs() <= 0.5 + 1e-9,
                    "{name} jumped from {} to {target}",
                    last[j]
                );
            }
        }
        self.last = Some(command.position.clone());
        self.sim.write(command, accepted)
    }

    fn capabilities(&self) -> Capabilities {
        self.sim.capabilities()
    }
}

impl Checked {
    fn new(params: &Params, loaded: &PolicyOnRobot, fault: ReadFault) -> Self {
        Self {
            robot: loaded.robot.clone(),
            sim: simulator(loaded, params).unwrap(),
            fault,
            shown: RobotState::new(loaded.robot.dof(), 0),
            last: None,
        }
    }
}

/// Strider in the simulator under the checker, and its description.
pub(crate) fn checked_robot() -> (Box<dyn RobotIo>, RobotDescription) {
    let (params, loaded) = strider();
    let checked = Checked::new(&params, &loaded, Box::new(|_, _, _| Ok(())));
    (Box::new(checked), loaded.robot)
}

fn strider() -> (Params, PolicyOnRobot) {
    let params = Params::load(&root().join("launch/robots/strider.yaml")).unwrap();
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    (params, loaded)
}

struct Faulty {
    policy: OnnxPolicy,
    clock: VirtualClock,
    fault: PolicyFault,
    steps: u64,
}

impl Policy for Faulty {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        self.policy.infer(observation, action)?;
        if sinew_control::io::Clock::now_nanos(&self.clock) as f64 * 1e-9 < FAULT_AT_SECS {
            return Ok(());
        }
        self.steps += 1;
        (self.fault)(self.steps - 1, action)
    }

    fn reset(&mut self) {
        self.policy.reset();
    }
}

/// A walk at 0.5 m/s.
pub(crate) struct Walk {
    pub(crate) control: ControlLoop,
    pub(crate) operator: Operator,
    pub(crate) clock: VirtualClock,
    pub(crate) robot: RobotDescription,
    /// Whether the operator keeps sending commands.
    pub(crate) operator_talks: bool,
}

impl Walk {
    /// A walk with faults that begin at [`FAULT_AT_SECS`].
    pub(crate) fn new(read: ReadFault, policy: impl FnOnce(VirtualClock) -> PolicyFault) -> Self {
        let (params, loaded) = strider();
        let clock = VirtualClock::default();
        let io = Checked::new(&params, &loaded, read);
        let faulty = Faulty {
            policy: loaded.policy().unwrap(),
            clock: clock.clone(),
            fault: policy(clock.clone()),
            steps: 0,
        };
        let (control, operator) = loaded
            .control_loop(
                &params.control,
                Box::new(io),
                Box::new(faulty),
                Box::new(clock.clone()),
                1,
            )
            .unwrap();
        Self {
            control,
            operator,
            clock,
            robot: loaded.robot,
            operator_talks: true,
        }
    }

    /// A walk whose readings are disturbed.
    pub(crate) fn reading(
        fault: impl FnMut(f64, &mut SimRobot, &mut RobotState) -> Result<(), IoError> + Send + 'static,
    ) -> Self {
        Self::new(Box::new(fault), |_| Box::new(|_, _| Ok(())))
    }

    /// A walk whose actions are disturbed.
    pub(crate) fn acting(fault: impl FnMut(u64, &mut [f32]) -> Result<(), PolicyError> + Send + 'static) -> Self {
        Self::new(Box::new(|_, _, _| Ok(())), |_| Box::new(fault))
    }

    /// One tick.
    pub(crate) fn tick(&mut self) -> TickRecord {
        if self.operator_talks {
            self.operator.command(VelocityCommand::new(0.5, 0.0, 0.0));
        }
        self.control.tick()
    }

    /// Walks up to the fault; the walk must be a healthy one.
    pub(crate) fn until_fault(&mut self) {
        while self.control.elapsed_secs() < FAULT_AT_SECS {
            let record = self.tick();
            assert!(
                self.control.stop().is_none(),
                "stopped before the fault: {:?}",
                self.control.stop()
            );
            assert_eq!(record.missed, 0);
        }
        assert_eq!(self.control.mode(), Mode::Run);
    }

    /// Ticks until the gate stops the robot; returns the stop and how many ticks it took.
    pub(crate) fn until_stop(&mut self, most_ticks: u64) -> (Stop, u64) {
        self.until_fault();
        let began = self.control.gate().tick();
        loop {
            self.tick();
            let ticks = self.control.gate().tick() - began;
            if let Some(stop) = self.control.stop() {
                return (stop, ticks);
            }
            assert!(
                ticks <= most_ticks,
                "no stop within {most_ticks} ticks; counts {:?}",
                self.control.gate().counts()
            );
        }
    }

    /// Asserts that the gate stops for `check` within `most_ticks`, names it, and damps from then on.
    pub(crate) fn must_stop(mut self, check: Check, most_ticks: u64) {
        let (stop, ticks) = self.until_stop(most_ticks);
        assert_eq!(stop.verdict.check, check, "{}", stop.reason(&self.robot));
        assert!(ticks <= most_ticks, "{} took {ticks} ticks", check.name());
        assert!(stop.reason(&self.robot).contains(check.name()));
        for _ in 0..20 {
            self.tick();
            let written = self.control.gate().written();
            assert!(written.kp.iter().all(|&kp| kp == 0.0), "a stopped robot must only damp");
            let latched = self.control.stop().map(|stop| (stop.verdict.check, stop.verdict.tick));
            assert_eq!(latched, Some((check, stop.verdict.tick)), "the first reason stays");
        }
    }

    /// Asserts that the robot walks on for two seconds after the fault, and that `check` spoke.
    pub(crate) fn must_walk_on(mut self, check: Check) {
        self.until_fault();
        let end = self.control.elapsed_secs() + 2.0;
        while self.control.elapsed_secs() < end {
            self.tick();
            let stop = self.control.stop();
            assert!(stop.is_none(), "{}", stop.unwrap().reason(&self.robot));
        }
        assert!(
            self.control.gate().counts().get(check) > 0,
            "{} did not speak",
            check.name()
        );
    }
}
