//! Every state that any order of events leads to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::store::release::entry;
use crate::store::{By, Event, Process, Refusal, ShadowResult, Slot, Stage, State, StoredRelease};

const LIMIT: u32 = 2;

fn release(version: &str) -> StoredRelease {
    StoredRelease {
        version: version.to_owned(),
        files: BTreeMap::from([("m".to_owned(), entry(version.as_bytes()))]),
    }
}

fn installed() -> State {
    State::default().after(&Event::FactoryInstalled(release("0"))).unwrap()
}

/// All events that may happen to some versions.
fn alphabet(versions: &[&str]) -> Vec<Event> {
    let mut events = vec![
        Event::FactoryInstalled(release("0")),
        Event::FactoryInstalled(release("1")),
        Event::Started { limit: LIMIT },
        Event::Healthy,
        Event::Ended,
        Event::Damaged(Slot::Factory),
        Event::Damaged(Slot::A),
        Event::Damaged(Slot::B),
        Event::Unpinned,
    ];
    for version in versions {
        let name = || (*version).to_owned();
        events.extend([
            Event::Staged(release(version)),
            Event::AdmissionBegan(name()),
            Event::Admitted(name()),
            Event::Refused(name(), "bad".to_owned()),
            Event::ShadowBegan(name()),
            Event::ShadowEnded(name(), ShadowResult::Passed),
            Event::ShadowEnded(name(), ShadowResult::Failed("bad".to_owned())),
            Event::ShadowEnded(name(), ShadowResult::Interrupted),
            Event::Ready(name()),
            Event::PromotionAsked(name()),
            Event::Promoted(name(), By::Rule),
            Event::Promoted(name(), By::Operator),
            Event::ProbationPassed(name()),
            Event::RolledBack(name(), "fell".to_owned()),
            Event::Withdrawn(name()),
            Event::Retry(name()),
        ]);
    }
    events.push(Event::Pinned("1".to_owned()));
    events
}

/// What holds in every state.
fn check(state: &State) {
    assert_eq!(state.fault(), None, "{state:?}");
    assert_eq!(state.factory(), Some(&release("0")), "{state:?}");
    assert!(state.release_in_charge().is_some(), "{state:?}");
    assert!(state.release(state.fallback()).is_some(), "{state:?}");
    assert_ne!(state.free_slot(), state.in_charge(), "{state:?}");
    assert_ne!(state.free_slot(), Slot::Factory);
    if state.is_on_probation() {
        assert!(
            state.candidate().is_none(),
            "nothing comes between it and what it goes back to: {state:?}"
        );
    }
}

/// What holds between a state and the next.
fn check_step(before: &State, event: &Event, after: &State) {
    for version in before.barred().keys() {
        let is_let = matches!(event, Event::Retry(retried) if retried == version);
        assert!(
            is_let || after.barred().contains_key(version),
            "{event:?} lets {version} come back: {before:?}"
        );
    }
    // Only a promotion puts what was not in charge there, but for going back.
    if after.in_charge() != before.in_charge() {
        let is_back = after.in_charge() == before.fallback();
        assert!(is_back || matches!(event, Event::Promoted(..)), "{event:?}: {before:?}");
    }
    if let Event::Promoted(version, by) = event {
        let (_, held) = before.candidate().unwrap();
        assert_eq!(&held.release.version, version);
        assert!(held.stage == Stage::Ready || (*by == By::Operator && held.stage > Stage::Admission));
        assert!(before.pinned().is_none_or(|pinned| pinned == version));
    }
    if let Event::Staged(release) = event {
        assert!(before.pinned().is_none_or(|pinned| pinned == release.version));
    }
    // What is in charge is never overwritten, whatever is staged.
    if after.in_charge() == before.in_charge() {
        assert_eq!(
            after.release_in_charge(),
            before.release_in_charge(),
            "{event:?}: {before:?}"
        );
    }
}

/// Follows every event from every state that can be reached, and gives how many there are.
fn explore(versions: &[&str]) -> usize {
    let events = alphabet(versions);
    let mut seen = BTreeSet::from([installed()]);
    let mut next = VecDeque::from([installed()]);
    while let Some(state) = next.pop_front() {
        check(&state);
        for event in &events {
            let Ok(after) = state.after(event) else { continue };
            check_step(&state, event, &after);
            if seen.insert(after.clone()) {
                next.push_back(after);
            }
        }
    }
    seen.len()
}

#[test]
fn in_every_state_that_can_be_reached_a_verified_release_is_in_charge_and_nothing_bad_comes_back() {
    let count = explore(&["1", "2"]);
    // Far fewer would say that most events are refused.
    assert!(count > 1_500, "{count} states");
}

#[test]
#[ignore = "three versions: a minute"]
fn the_same_with_three_versions() {
    let count = explore(&["1", "2", "3"]);
    assert!(count > 15_000, "{count} states");
}

fn run(state: &State, events: &[Event]) -> State {
    let next = |state: State, event| {
        state
            .after(event)
            .unwrap_or_else(|refusal| panic!("{event:?}: {refusal}"))
    };
    events.iter().fold(state.clone(), next)
}

fn v(version: &str) -> String {
    version.to_owned()
}

/// In charge, on probation.
fn promoted(version: &str) -> Vec<Event> {
    vec![
        Event::Staged(release(version)),
        Event::AdmissionBegan(v(version)),
        Event::Admitted(v(version)),
        Event::ShadowBegan(v(version)),
        Event::ShadowEnded(v(version), ShadowResult::Passed),
        Event::Promoted(v(version), By::Rule),
    ]
}

#[test]
fn a_release_that_is_taken_back_gives_way_to_the_one_before_and_then_to_that_of_the_factory() {
    let mut events = promoted("1");
    events.push(Event::ProbationPassed(v("1")));
    events.extend(promoted("2"));
    let state = run(&installed(), &events);
    assert_eq!(state.release_in_charge(), Some(&release("2")));
    let state = run(&state, &[Event::RolledBack(v("2"), v("fell"))]);
    assert_eq!(state.release_in_charge(), Some(&release("1")));
    let refusal = state.after(&Event::Staged(release("2"))).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "version `2` is not tried again (rolled back: fell); an operator may let it: sinew release retry 2"
    );
    let state = run(&state, &[Event::RolledBack(v("1"), v("operator"))]);
    assert_eq!(state.in_charge(), Slot::Factory);
    assert_eq!(
        state.after(&Event::RolledBack(v("0"), v("operator"))),
        Err(Refusal::FactoryInCharge)
    );
    run(&state, &[Event::Retry(v("2")), Event::Staged(release("2"))]);
}

#[test]
fn a_process_that_ends_again_and_again_takes_the_release_on_probation_back_however_long_it_was_well() {
    let start = Event::Started { limit: 3 };
    let state = run(&installed(), &[start.clone(), Event::Healthy]);
    let mut state = run(&state, &promoted("1"));
    for _ in 0..2 {
        state = run(&state, &[Event::Healthy, start.clone()]);
        assert_eq!(state.in_charge(), Slot::A);
    }
    let good = [Event::Ended, start.clone(), start.clone(), start.clone()];
    assert_eq!(
        run(&state, &good).in_charge(),
        Slot::A,
        "it ended in good order in between"
    );
    let state = run(&state, &[Event::Healthy, start.clone()]);
    assert_eq!(state.in_charge(), Slot::Factory);
    assert_eq!(state.barred()["1"].to_string(), "rolled back: crash_loop");
}

#[test]
fn starts_after_an_end_in_good_order_or_of_a_settled_release_blame_nobody() {
    let start = Event::Started { limit: 2 };
    let mut state = run(&installed(), &promoted("1"));
    for _ in 0..9 {
        state = run(&state, &[start.clone(), Event::Ended]);
    }
    assert_eq!(state.in_charge(), Slot::A);
    state = run(&state, &[Event::ProbationPassed(v("1"))]);
    for _ in 0..9 {
        state = state.after(&start).unwrap();
    }
    assert_eq!((state.in_charge(), state.process()), (Slot::A, Process::Starting));
}

#[test]
fn a_candidate_that_ends_the_process_in_shadow_is_refused_however_long_that_was_well() {
    let start = Event::Started { limit: 2 };
    let staged = [start.clone(), Event::Healthy, Event::Staged(release("1"))];
    let mut state = run(&installed(), &staged);
    for _ in 0..2 {
        let admitted = [Event::AdmissionBegan(v("1")), Event::Admitted(v("1"))];
        let before = if state.candidate().is_some_and(|(_, held)| held.stage == Stage::Staged) {
            &admitted[..]
        } else {
            &[]
        };
        state = run(&state, before);
        state = run(&state, &[Event::ShadowBegan(v("1")), Event::Healthy, start.clone()]);
    }
    assert_eq!(state.barred()["1"].to_string(), "refused: crash_loop");
    assert_eq!(state.in_charge(), Slot::Factory);
}

#[test]
fn a_candidate_that_ends_the_process_is_refused_and_the_one_in_charge_stays() {
    let start = Event::Started { limit: 2 };
    let mut state = run(
        &installed(),
        &[start.clone(), Event::Healthy, Event::Staged(release("1"))],
    );
    for _ in 0..2 {
        state = run(&state, &[Event::AdmissionBegan(v("1")), start.clone()]);
    }
    assert_eq!(state.barred()["1"].to_string(), "refused: crash_loop");
    assert_eq!(state.in_charge(), Slot::Factory);
}
