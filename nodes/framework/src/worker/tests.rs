use std::sync::mpsc::channel;

use super::*;

/// Longer than any test may take.
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn ending_gives_the_state_back_with_what_was_done_to_it() {
    let worker = Builder::new("count").start(vec![1], |state, ending| {
        while !ending.wait(HOUR) {}
        state.push(2);
    });
    assert_eq!(worker.unwrap().end(), Ok(vec![1, 2]));
}

#[test]
fn a_panic_is_told_with_the_thread_s_name_and_loses_the_state() {
    let worker = Builder::new("fragile").start(7, |state, _| panic!("{state} is too many"));
    let panicked = worker.unwrap().end().unwrap_err();
    assert_eq!(panicked.to_string(), "the thread `fragile` has panicked: 7 is too many");
}

#[test]
fn dropping_the_worker_ends_its_thread_and_drops_the_state() {
    struct Tells(std::sync::mpsc::Sender<()>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (tell, told) = channel();
    let worker = Builder::new("dropped").start(Tells(tell), |_, ending| while !ending.wait(HOUR) {});
    let worker = worker.unwrap();
    assert!(told.try_recv().is_err() && !worker.has_ended());
    let ending = worker.ending().clone();
    drop(worker);
    assert_eq!(told.try_recv(), Ok(()));
    assert!(ending.is_asked() && ending.is_over());
}

#[test]
fn a_worker_that_has_ended_by_itself_says_so_and_still_gives_its_state() {
    let worker = Builder::new("short").start(3, |state, _| *state += 1).unwrap();
    while !worker.has_ended() {
        std::thread::sleep(LOOK);
    }
    assert!(!worker.ending().is_asked() && worker.ending().is_over());
    assert_eq!(worker.end(), Ok(4));
}

#[test]
fn what_a_thread_waits_for_elsewhere_is_told_of_the_end_after_the_request_can_be_seen() {
    let (tell, told) = channel();
    let ending = Arc::new_cyclic(|own: &std::sync::Weak<Ending>| {
        let own = own.clone();
        Ending::calling(move || {
            let asked = own.upgrade().is_some_and(|own| own.is_asked());
            let _ = tell.send(asked);
        })
    });
    let worker = Builder::new("listens").ended_by(ending);
    let worker = worker.start(None, move |heard, _| *heard = told.recv().ok()).unwrap();
    assert_eq!(worker.end(), Ok(Some(true)));
}

#[test]
fn an_end_that_is_asked_before_the_thread_waits_is_not_missed() {
    for _ in 0..200 {
        let ending = Arc::new(Ending::default());
        let worker = Builder::new("late").ended_by(ending.clone());
        let worker = worker.start((), |(), ending| while !ending.wait(HOUR) {}).unwrap();
        ending.ask();
        assert_eq!(worker.end(), Ok(()));
    }
}

#[test]
fn a_thread_that_does_not_end_is_left_after_the_given_time() {
    let (release, released) = channel::<()>();
    let worker = Builder::new("stuck").left_after(Duration::from_millis(20));
    let worker = worker
        .start((), move |(), _| {
            let _ = released.recv();
        })
        .unwrap();
    let ending = worker.ending().clone();
    let began = Instant::now();
    drop(worker);
    assert!(began.elapsed() >= Duration::from_millis(20) && !ending.is_over());
    drop(release);
}

#[test]
fn a_state_is_dropped_before_the_thread_counts_as_over_even_by_a_panic() {
    struct Sees(Arc<Ending>, std::sync::mpsc::Sender<bool>);
    impl Drop for Sees {
        fn drop(&mut self) {
            let _ = self.1.send(self.0.is_over());
        }
    }
    let (tell, was_over) = channel();
    let ending = Arc::new(Ending::default());
    let captured = Sees(ending.clone(), tell.clone());
    let worker = Builder::new("falls").ended_by(ending.clone());
    let worker = worker.start(Sees(ending.clone(), tell), move |_, _| {
        let _captured = captured;
        panic!("it falls");
    });
    assert!(worker.unwrap().end().is_err());
    assert_eq!(was_over.iter().collect::<Vec<_>>(), [false, false]);
    assert!(ending.is_over());
}

#[test]
fn a_state_comes_back_from_a_thread_that_ends_in_time_and_from_no_other() {
    let quick = Builder::new("quick").start(5, |_, ending| while !ending.wait(HOUR) {});
    assert_eq!(quick.unwrap().give_back_within(HOUR), Some(5));
    let (release, released) = channel::<()>();
    let stuck = Builder::new("stuck").start(5, move |_, _| {
        let _ = released.recv();
    });
    let stuck = stuck.unwrap();
    let ending = stuck.ending().clone();
    assert_eq!(stuck.give_back_within(Duration::from_millis(20)), None);
    assert!(ending.is_asked() && !ending.is_over());
    drop(release);
}
