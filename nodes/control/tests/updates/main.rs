//! Policies that take charge of a Strider which walks: good ones, bad ones, and ones that are good until they are needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod evaluation;
mod hanging;
mod hangs;
mod network;
mod strider;

use std::time::Duration;

use sinew_control::alloc::CountingAllocator;
use sinew_control::policies::{Switch, SwitchWhen};
use sinew_node::updates::Promote;
use sinew_node_control::updates::UpdateParams;
use sinew_releases::store::Barred;
use strider::Strider;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Numbers that the first layer of Strider's network gives.
const FIRST_LAYER: usize = 256;

fn params() -> UpdateParams {
    UpdateParams {
        shadow_secs: 3.0,
        // A machine that is busy with other tests says nothing of a policy.
        max_inference_us: 1e6,
        promote: Promote::Rule,
        when: SwitchWhen::Running,
        probation_secs: 6.0,
        ..UpdateParams::default()
    }
}

/// A weight that another run of the training might have left: a tenth of a percent off.
fn a_little_off(tensor: usize, number: usize, weight: f32) -> f32 {
    let random = (tensor as f32 * 12.9898 + number as f32 * 78.233).sin() * 43_758.547;
    weight * (1.0 + 1e-3 * (random.fract() - 0.5))
}

#[test]
fn a_better_version_takes_charge_while_strider_walks_and_a_bad_one_is_caught_in_shadow() {
    let mut strider = Strider::new(params());
    strider.run(5.0);
    strider.expect_walking();
    let (_, contract) = strider.policy();
    let second = strider.stage(&contract, a_little_off);
    strider.run_until("admitted", 1.0);
    strider.run_until("in charge", 6.0);
    assert_eq!(strider.updates.in_charge(), second);
    strider.run_until("settled", 10.0);
    strider.expect_walking();

    // Correctly made, and trained badly: it does the reverse of everything.
    let third = strider.stage(&contract, |_, _, weight| -weight);
    let refused = strider.run_until("refused", 6.0);
    assert_eq!(refused.version, third);
    assert!(refused.reason.contains("shadow: expected targets at most"), "{refused}");
    let status = strider.store.status().unwrap();
    assert!(matches!(
        status.state.barred().get(&third),
        Some(Barred::Refused { .. })
    ));
    strider.run(2.0);
    strider.expect_walking();
    assert_eq!(strider.updates.in_charge(), second);
}

#[test]
fn a_candidate_that_asks_the_drives_for_other_gains_is_refused_and_the_joint_named() {
    let mut strider = Strider::new(params());
    strider.run(1.0);
    let (_, contract) = strider.policy();
    let kp = contract.joint_stiffness[3];
    for (factor, is_alike) in [(0.0, false), (0.15, false), (3.0, false), (0.6, true)] {
        let mut changed = contract.clone();
        changed.joint_stiffness[3] *= factor;
        let version = strider.stage(&changed, |_, _, weight| weight);
        let told = strider.run_until(if is_alike { "admitted" } else { "refused" }, 1.0);
        assert_eq!(told.version, version);
        let joint = &contract.joint_names[3];
        let expected = format!("stiffness of {joint}: expected that in charge, {kp} N·m/rad");
        assert_eq!(told.reason.contains(&expected), !is_alike, "{told}");
    }
    let mut limp = contract.clone();
    limp.joint_damping.fill(0.0);
    strider.stage(&limp, |_, _, weight| weight);
    let refused = strider.run_until("refused", 1.0);
    assert!(refused.reason.starts_with("damping of "), "{refused}");
}

/// Strider on a second version for two seconds, which then is pushed to its left by half a metre in a second.
fn pushed_on_probation(change: impl FnMut(usize, usize, f32) -> f32) -> (Strider, String) {
    let mut strider = Strider::new(params());
    strider.run(5.0);
    let (_, contract) = strider.policy();
    let version = strider.stage(&contract, change);
    strider.run_until("in charge", 8.0);
    strider.run(2.0);
    strider.expect_walking();
    assert_eq!(strider.updates.in_charge(), version);
    strider.push(0.0, 0.5);
    (strider, version)
}

#[test]
fn one_that_is_good_until_it_is_pushed_is_taken_back_while_strider_walks() {
    // As if it had hardly been pushed in training: it sees little of how the base turns. The first layer has a row of
    // weights for each number of the observation, which begins with four steps of the angular velocity.
    let (mut strider, fourth) = pushed_on_probation(|tensor, number, weight| match (tensor, number / FIRST_LAYER) {
        (0, 0..12) => 0.3 * weight,
        _ => weight,
    });
    let rolled_back = strider.run_until("rolled back", 1.0);
    assert_eq!(rolled_back.version, fourth);
    strider.run(5.0);
    strider.expect_walking();
    assert!(strider.updates.in_charge().starts_with("factory_"));
    let status = strider.store.status().unwrap();
    assert!(matches!(
        status.state.barred().get(&fourth),
        Some(Barred::RolledBack { .. })
    ));
}

#[test]
fn a_probation_begins_again_with_the_process_and_still_takes_back_or_settles() {
    // Switched off and on again before the push, the first of the two versions of above.
    let on_probation = |change: fn(usize, usize, f32) -> f32| {
        let mut strider = Strider::new(params());
        strider.run(5.0);
        let (_, contract) = strider.policy();
        let version = strider.stage(&contract, change);
        strider.run_until("in charge", 8.0);
        strider.run(1.0);
        let mut strider = strider.switched_off_and_on(params());
        let resumed = strider.run_until("on probation", 1.0);
        assert_eq!(resumed.version, version);
        assert_eq!(strider.updates.in_charge(), version);
        strider.run(5.0);
        strider.expect_walking();
        (strider, version)
    };
    let (mut strider, version) = on_probation(|tensor, number, weight| match (tensor, number / FIRST_LAYER) {
        (0, 0..12) => 0.3 * weight,
        _ => weight,
    });
    strider.push(0.0, 0.6);
    let rolled_back = strider.run_until("rolled back", 3.0);
    assert_eq!(rolled_back.version, version);
    strider.run(5.0);
    strider.expect_walking();
    assert!(strider.updates.in_charge().starts_with("factory_"));

    let (mut strider, version) = on_probation(a_little_off);
    strider.push(0.0, 0.5);
    strider.run_until("settled", 6.0);
    strider.expect_walking();
    assert_eq!(strider.updates.in_charge(), version);
    // The next one may come.
    let (_, contract) = strider.policy();
    strider.stage(&contract, |tensor, number, weight| {
        a_little_off(tensor + 1, number, weight)
    });
    strider.run_until("in charge", 8.0);
}

#[test]
fn what_was_taken_back_stays_away_while_the_store_cannot_be_written() {
    let (mut strider, fourth) = pushed_on_probation(|tensor, number, weight| match (tensor, number / FIRST_LAYER) {
        (0, 0..12) => 0.3 * weight,
        _ => weight,
    });
    // The lock is a folder: nothing can be changed in the store.
    let lock = strider.store.folder().join("lock");
    let aside = strider.store.folder().join("lock.aside");
    std::fs::rename(&lock, &aside).unwrap();
    std::fs::create_dir(&lock).unwrap();
    strider.run_until("rolled back", 1.0);
    strider.run(2.0);
    assert!(
        strider.updates.in_charge().starts_with("factory_"),
        "{:?}",
        strider.told
    );
    strider.expect_walking();
    std::fs::remove_dir(&lock).unwrap();
    std::fs::rename(&aside, &lock).unwrap();
    strider.run(0.5);
    let status = strider.store.status().unwrap();
    assert!(status.state.barred().contains_key(&fourth));
    assert!(strider.updates.in_charge().starts_with("factory_"));
}

#[test]
fn an_operator_does_not_have_to_wait_for_the_shadow_to_end() {
    let mut strider = Strider::new(UpdateParams {
        shadow_secs: 1e4,
        promote: Promote::Operator,
        ..params()
    });
    strider.run(5.0);
    let (_, contract) = strider.policy();
    let version = strider.stage(&contract, a_little_off);
    strider.run_until("in shadow", 1.0);
    strider.run(1.0);
    // As `sinew release promote` does it.
    strider.store.ask_for_promotion(&version).unwrap();
    strider.run_until("in charge", 1.0);
    assert_eq!(strider.updates.in_charge(), version);
}

#[test]
fn one_that_bears_the_same_push_stays() {
    let (mut strider, version) = pushed_on_probation(a_little_off);
    strider.run_until("settled", 6.0);
    strider.expect_walking();
    assert_eq!(strider.updates.in_charge(), version);
}

#[test]
fn a_hundred_swaps_while_strider_walks_miss_no_tick_and_no_step() {
    let mut strider = Strider::new(params());
    strider.run(4.0);
    let (_, contract) = strider.policy();
    strider.stage(&contract, a_little_off);
    strider.run_until("settled", 16.0);
    let places = [0, strider.operator.policies().in_charge().place];
    for n in 0..100 {
        let to = places[n % 2];
        let blend = Duration::from_millis(50);
        strider
            .operator
            .policies()
            .switch(Switch::new(to, SwitchWhen::Running, blend));
        strider.operator.command(strider.command);
        for _ in 0..20 {
            strider.operator.command(strider.command);
            assert_eq!(strider.control.tick().missed, 0);
        }
        assert_eq!(strider.control.in_charge().place, to);
    }
    strider.expect_walking();
}
