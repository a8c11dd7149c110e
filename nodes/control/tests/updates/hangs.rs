//! Policies whose inference does not come back, at a command that no trial has tried.

use sinew_control::command::VelocityCommand;
use sinew_releases::store::Barred;

use crate::hanging::hanging;
use crate::strider::Strider;
use crate::{a_little_off, params};

#[test]
fn a_candidate_that_hangs_in_shadow_is_refused_and_the_next_one_is_taken() {
    let mut strider = Strider::new(params());
    strider.run(5.0);
    let (model, contract) = strider.policy();
    let second = strider.stage_network(&contract, hanging(&model));
    strider.run_until("in shadow", 1.0);
    strider.command = VelocityCommand::new(0.7, 0.0, 0.0);
    let refused = strider.run_until("refused", 1.0);
    assert_eq!(refused.version, second);
    assert!(
        refused
            .reason
            .contains("expected each inference within 5 s, found one that was ended after 5."),
        "{refused}"
    );
    strider.expect_walking();
    // Nothing stands in the way of the next.
    let third = strider.stage(&contract, a_little_off);
    strider.run_until("in charge", 6.0);
    assert_eq!(strider.updates.in_charge(), third);
    strider.expect_walking();
}

#[test]
fn one_that_hangs_on_probation_is_ended_taken_back_and_the_robot_damps() {
    let mut strider = Strider::new(params());
    strider.run(5.0);
    let (model, contract) = strider.policy();
    let second = strider.stage_network(&contract, hanging(&model));
    strider.run_until("in charge", 8.0);
    strider.command = VelocityCommand::new(0.7, 0.0, 0.0);
    let rolled_back = strider.run_until("rolled back", 2.0);
    assert_eq!(rolled_back.version, second);
    assert!(rolled_back.reason.starts_with("stuck_inference: "), "{rolled_back}");
    strider.run(1.0);
    assert!(strider.updates.in_charge().starts_with("factory_"));
    let status = strider.store.status().unwrap();
    assert!(matches!(
        status.state.barred().get(&second),
        Some(Barred::RolledBack { .. })
    ));
}
