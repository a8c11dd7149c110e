//! The gate takes no robot that cannot carry out its safe action, and tells the one it takes its limits.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use sinew_control::gate::{GateError, JointLimits, SafeAction, SafetyGate, SafetyParams, joint_limits};
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::robot::{JointDescription, RobotDescription};
use sinew_control::state::{JointCommand, RobotState};

fn robot() -> RobotDescription {
    RobotDescription {
        name: "arm".to_owned(),
        joints: vec![JointDescription {
            name: "elbow".to_owned(),
            lower_rad: -1.0,
            upper_rad: 1.0,
            velocity_rad_s: 5.0,
            effort_nm: 20.0,
            default_rad: 0.0,
            stiffness: None,
            damping: None,
        }],
    }
}

type Told = Arc<Mutex<Option<(Vec<JointLimits>, SafetyParams)>>>;

#[derive(Default)]
struct Arm {
    capabilities: Capabilities,
    told: Told,
}

impl RobotIo for Arm {
    fn read(&mut self, _now_nanos: u64, _state: &mut RobotState) -> Result<(), IoError> {
        Ok(())
    }

    fn write(&mut self, _command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        panic!("a robot that is refused is not written to");
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn bound_by(&mut self, limits: &[JointLimits], params: &SafetyParams) {
        *self.told.lock().unwrap() = Some((limits.to_vec(), params.clone()));
    }
}

fn refusal(safe_action: SafeAction, own_gains: Option<&'static str>, own_stop: bool) -> Option<GateError> {
    let arm = Arm {
        capabilities: Capabilities {
            own_gains,
            own_stop,
            ..Capabilities::default()
        },
        told: Told::default(),
    };
    let params = SafetyParams {
        safe_action,
        ..SafetyParams::default()
    };
    SafetyGate::new(Box::new(arm), &robot(), params, 0.005).err()
}

#[test]
fn a_robot_that_cannot_carry_out_the_safe_action_is_refused() {
    let stiff = Some("its drives stay stiff");
    for (action, own_gains, own_stop, taken) in [
        (SafeAction::Damp, None, false, true),
        (SafeAction::Damp, stiff, false, false),
        (SafeAction::Damp, stiff, true, false),
        (SafeAction::Hold, stiff, false, true),
        (SafeAction::Own, None, false, false),
        (SafeAction::Own, stiff, false, false),
        (SafeAction::Own, stiff, true, true),
    ] {
        let refused = refusal(action, own_gains, own_stop);
        assert_eq!(
            refused.is_none(),
            taken,
            "{action:?}, {own_gains:?}, {own_stop}: {refused:?}"
        );
    }
    let said = refusal(SafeAction::Damp, stiff, false).unwrap().to_string();
    assert!(
        said.contains("`safety.safe_action`") && said.contains("its drives stay stiff"),
        "{said}"
    );
}

#[test]
fn the_robot_that_is_taken_is_told_the_limits_in_force() {
    let arm = Arm::default();
    let told = arm.told.clone();
    let params = SafetyParams {
        torque_share: 0.5,
        ..SafetyParams::default()
    };
    let gate = SafetyGate::new(Box::new(arm), &robot(), params.clone(), 0.005).unwrap();
    let (limits, told_params) = told.lock().unwrap().clone().unwrap();
    assert_eq!(limits, gate.limits());
    assert_eq!(limits, joint_limits(&robot(), &params));
    assert_eq!(limits[0].effort_nm, 10.0);
    assert_eq!(told_params, params);
}
