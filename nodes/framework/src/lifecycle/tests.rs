use proptest::prelude::*;

use super::*;

/// What an rclpy lifecycle node (Jazzy, rclpy 7.1.5) answered to `~/get_transition_graph`, in its order.
const GRAPH_OF_RCLPY: &[(u8, &str, u8, &str, u8, &str)] = &[
    (1, "configure", 1, "unconfigured", 10, "configuring"),
    (10, "transition_success", 10, "configuring", 2, "inactive"),
    (11, "transition_failure", 10, "configuring", 1, "unconfigured"),
    (12, "transition_error", 10, "configuring", 15, "errorprocessing"),
    (2, "cleanup", 2, "inactive", 11, "cleaningup"),
    (20, "transition_success", 11, "cleaningup", 1, "unconfigured"),
    (21, "transition_failure", 11, "cleaningup", 2, "inactive"),
    (22, "transition_error", 11, "cleaningup", 15, "errorprocessing"),
    (3, "activate", 2, "inactive", 13, "activating"),
    (30, "transition_success", 13, "activating", 3, "active"),
    (31, "transition_failure", 13, "activating", 2, "inactive"),
    (32, "transition_error", 13, "activating", 15, "errorprocessing"),
    (4, "deactivate", 3, "active", 14, "deactivating"),
    (40, "transition_success", 14, "deactivating", 2, "inactive"),
    (41, "transition_failure", 14, "deactivating", 3, "active"),
    (42, "transition_error", 14, "deactivating", 15, "errorprocessing"),
    (5, "shutdown", 1, "unconfigured", 12, "shuttingdown"),
    (6, "shutdown", 2, "inactive", 12, "shuttingdown"),
    (7, "shutdown", 3, "active", 12, "shuttingdown"),
    (50, "transition_success", 12, "shuttingdown", 4, "finalized"),
    (51, "transition_failure", 12, "shuttingdown", 4, "finalized"),
    (52, "transition_error", 12, "shuttingdown", 15, "errorprocessing"),
    (60, "transition_success", 15, "errorprocessing", 1, "unconfigured"),
    (61, "transition_failure", 15, "errorprocessing", 4, "finalized"),
    (62, "transition_error", 15, "errorprocessing", 4, "finalized"),
];

/// Likewise for `~/get_available_states`.
const STATES_OF_RCLPY: &[(u8, &str)] = &[
    (0, "unknown"),
    (1, "unconfigured"),
    (2, "inactive"),
    (3, "active"),
    (4, "finalized"),
    (10, "configuring"),
    (11, "cleaningup"),
    (12, "shuttingdown"),
    (13, "activating"),
    (14, "deactivating"),
    (15, "errorprocessing"),
];

#[test]
fn the_graph_is_what_an_rclpy_node_reports() {
    let graph = Lifecycle::transition_graph();
    let ours: Vec<_> = (graph.iter())
        .map(|t| {
            (
                t.transition.id,
                t.transition.label.as_str(),
                t.start_state.id,
                t.start_state.label.as_str(),
                t.goal_state.id,
                t.goal_state.label.as_str(),
            )
        })
        .collect();
    assert_eq!(ours, GRAPH_OF_RCLPY);
}

#[test]
fn the_states_are_what_an_rclpy_node_reports() {
    let states = available_states();
    let ours: Vec<_> = states.iter().map(|s| (s.id, s.label.as_str())).collect();
    assert_eq!(ours, STATES_OF_RCLPY);
}

fn ask(life: &mut Lifecycle, id: u8, label: &str) -> Result<Step, Refused> {
    let transition = life.resolve(id, label)?;
    life.request(transition)
}

fn at(state: State) -> Lifecycle {
    Lifecycle { state }
}

#[test]
fn what_is_available_in_each_primary_state_is_what_an_rclpy_node_reports() {
    let ids = |state| at(state).available().map(|step| step.id).collect::<Vec<_>>();
    assert_eq!(ids(State::Unconfigured), [1, 5]);
    assert_eq!(ids(State::Inactive), [2, 3, 6]);
    assert_eq!(ids(State::Active), [4, 7]);
    assert!(ids(State::Finalized).is_empty());
}

/// A request to an rclpy node, the outcomes of its callbacks, and the states that it reported on
/// `~/transition_event`, the first being where it started.
type Walk = ((u8, &'static str), &'static [Outcome], &'static [u8]);

const WALKS_OF_RCLPY: &[Walk] = {
    use Outcome::{Error, Failure, Success};
    &[
        ((1, ""), &[Success], &[1, 10, 2]),
        ((1, ""), &[Failure], &[1, 10, 1]),
        ((1, ""), &[Error, Success], &[1, 10, 15, 1]),
        ((1, ""), &[Error, Failure], &[1, 10, 15, 4]),
        ((1, ""), &[Error, Error], &[1, 10, 15, 4]),
        ((3, ""), &[Success], &[2, 13, 3]),
        ((0, "activate"), &[Success], &[2, 13, 3]),
        ((3, ""), &[Failure], &[2, 13, 2]),
        ((3, ""), &[Error, Success], &[2, 13, 15, 1]),
        ((4, ""), &[Success], &[3, 14, 2]),
        ((1, "deactivate"), &[Success], &[3, 14, 2]),
        ((4, ""), &[Failure], &[3, 14, 3]),
        ((4, ""), &[Error, Success], &[3, 14, 15, 1]),
        ((2, ""), &[Success], &[2, 11, 1]),
        ((2, ""), &[Failure], &[2, 11, 2]),
        ((2, ""), &[Error, Success], &[2, 11, 15, 1]),
        ((5, ""), &[Failure], &[1, 12, 4]),
        ((5, ""), &[Error, Success], &[1, 12, 15, 1]),
        ((6, ""), &[Error, Failure], &[2, 12, 15, 4]),
        ((7, ""), &[Success], &[3, 12, 4]),
    ]
};

#[test]
fn every_outcome_leads_where_it_leads_an_rclpy_node() {
    for ((id, label), outcomes, states) in WALKS_OF_RCLPY {
        let start = State::ALL.into_iter().find(|state| state.id() == states[0]).unwrap();
        let mut life = at(start);
        let mut seen = vec![start.id(), ask(&mut life, *id, label).unwrap().goal.id()];
        for outcome in *outcomes {
            seen.push(life.finish(*outcome).unwrap().goal.id());
        }
        assert_eq!(seen, *states, "request ({id}, {label:?})");
        assert!(life.state().is_primary());
    }
}

/// Requests that an rclpy node in the given state did not follow.
#[test]
fn what_an_rclpy_node_refuses_is_refused_and_changes_nothing() {
    for (state, id, label) in [
        (State::Active, 1, ""),
        (State::Active, 99, ""),
        (State::Active, 3, "configure"),
        (State::Active, 0, "transition_success"),
        (State::Active, 10, ""),
        (State::Active, 2, ""),
        (State::Inactive, 0, "configure"),
        (State::Inactive, 0, "nonsense"),
        (State::Unconfigured, 6, ""),
        (State::Unconfigured, 8, ""),
        (State::Unconfigured, 0, ""),
        (State::Finalized, 1, ""),
    ] {
        let mut life = at(state);
        assert!(ask(&mut life, id, label).is_err(), "({id}, {label:?}) in {state}");
        assert_eq!(life.state(), state);
    }
}

#[test]
fn nobody_can_ask_for_the_outcome_of_a_callback() {
    let mut life = Lifecycle::new();
    ask(&mut life, 1, "").unwrap();
    for (id, label) in [(10, ""), (0, SUCCESS), (1, ""), (0, "shutdown")] {
        let refused = ask(&mut life, id, label).unwrap_err();
        assert!(refused.to_string().contains("under way"), "{refused}");
        assert_eq!(life.state(), State::Configuring);
    }
    assert!(life.request(Transition::Shutdown).is_err());
}

#[test]
fn an_event_says_what_happened_and_when() {
    let step = Lifecycle::new().request(Transition::Configure).unwrap();
    let event = step.event(5_000_000_007);
    assert_eq!(event.timestamp, 5_000_000_007);
    assert_eq!((event.transition.id, event.transition.label.as_str()), (1, "configure"));
    assert_eq!((event.start_state.id, event.goal_state.id), (1, 10));
}

proptest! {
    #[test]
    fn random_requests_and_outcomes_only_follow_the_table(
        moves in proptest::collection::vec((0_u8..5, any::<u8>(), "[a-z_]{0,12}"), 0..60),
    ) {
        let mut life = Lifecycle::new();
        for (kind, id, text) in moves {
            let before = life.state();
            let step = match kind {
                0 => life.finish(Outcome::Success),
                1 => life.finish(Outcome::Failure),
                2 => life.finish(Outcome::Error),
                3 => ask(&mut life, id % 12, "").ok(),
                _ => ask(&mut life, id, STEPS.get(usize::from(id)).map_or(text.as_str(), |step| step.label)).ok(),
            };
            match step {
                Some(step) => {
                    prop_assert!(STEPS.contains(&step));
                    prop_assert_eq!((step.start, step.goal), (before, life.state()));
                }
                None => prop_assert_eq!(life.state(), before),
            }
            prop_assert!(life.state() != State::Unknown);
        }
    }
}
