//! Clocks and the machine's real-time rights.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sinew_control::clock::{MonotonicClock, VirtualClock, monotonic_nanos};
use sinew_control::io::Clock;
use sinew_control::realtime::{RealtimeParams, enter_realtime};

#[test]
fn the_monotonic_clock_never_wakes_early_and_returns_at_once_for_the_past() {
    let mut clock = MonotonicClock;
    let began = clock.now_nanos();
    for n in 1..=20 {
        let deadline = began + n * 1_000_000;
        clock.sleep_until(deadline);
        assert!(clock.now_nanos() >= deadline);
    }
    clock.sleep_until(began);
    clock.sleep_until(0);
    assert!(monotonic_nanos() >= began + 20_000_000);
}

#[test]
fn the_virtual_clock_moves_only_when_slept_on_or_advanced_and_never_back() {
    let mut clock = VirtualClock::default();
    let shared = clock.clone();
    assert_eq!(clock.now_nanos(), 0);
    clock.sleep_until(5_000_000);
    assert_eq!(shared.now_nanos(), 5_000_000);
    shared.advance(1_000_000);
    assert_eq!(clock.now_nanos(), 6_000_000);
    clock.sleep_until(3_000_000);
    assert_eq!(clock.now_nanos(), 6_000_000);
}

/// What `params` asks for and does not get, tried on a thread of its own.
fn refusals(params: RealtimeParams) -> Vec<String> {
    let thread = std::thread::spawn(move || enter_realtime(&params));
    thread.join().unwrap()
}

fn nothing() -> RealtimeParams {
    RealtimeParams {
        priority: 0,
        lock_memory: false,
        low_latency: false,
        cores: Vec::new(),
    }
}

#[test]
fn asking_for_nothing_is_never_refused() {
    assert_eq!(refusals(nothing()), Vec::<String>::new());
}

#[test]
fn cores_that_the_machine_does_not_have_are_refused_in_a_sentence() {
    let refused = refusals(RealtimeParams {
        cores: vec![1000],
        ..nothing()
    });
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].contains("binding to the cores [1000] was refused"),
        "{refused:?}"
    );
}

#[test]
fn what_is_outside_its_range_is_told_and_nothing_is_applied() {
    let beyond = RealtimeParams {
        cores: vec![1000, 100_000],
        ..nothing()
    };
    assert_eq!(
        refusals(beyond),
        ["`cores`: expected integer array from 0 to 1023, found 100000"]
    );
    for priority in [-1, 100] {
        let beyond = RealtimeParams {
            priority,
            ..RealtimeParams::default()
        };
        assert_eq!(
            refusals(beyond),
            [format!("`priority`: expected integer from 0 to 99, found {priority}")]
        );
    }
}
