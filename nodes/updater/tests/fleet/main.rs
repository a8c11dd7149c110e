//! A fleet of simulated robots with real updaters, one server, and a rollout that goes on by itself.
//!
//! Time is simulated: a robot's polls, its walk and the controller of the rollout are events of one queue. All that is
//! between them is real: the signed repository, HTTP, the store of each robot.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod kills;
mod publisher;
mod robot;
mod server;
mod signer;
mod simulation;

use sinew_releases::rollout::State;

use publisher::Publisher;
use simulation::Simulation;

const MINUTE: u64 = 60;

/// How many robots there are: `SINEW_TEST_ROBOTS=1000` takes minutes.
fn robots() -> usize {
    std::env::var("SINEW_TEST_ROBOTS").map_or(100, |robots| robots.parse().unwrap())
}

/// The first share of a rollout, thousandths: ten robots, which of a thousand are one in a hundred.
fn first_share() -> u16 {
    u16::try_from(10_000 / robots()).unwrap()
}

#[test]
fn a_good_release_reaches_all_robots_share_by_share_and_a_poisoned_one_is_halted_on_its_first() {
    let publisher = Publisher::new();
    publisher.publish(1, 1000);
    let mut fleet = Simulation::new(&publisher, robots());
    let count = fleet.robots() as f64;

    publisher.publish(2, first_share());
    let mut shares = Vec::new();
    // Four shares, each looked at for 20 minutes, in which every robot asks at least once.
    for _ in 0..6 {
        fleet.run(20 * MINUTE);
        let share = publisher.rollout(2).per_mille;
        shares.push((share, fleet.with("walk-2") as f64 / count));
    }
    let (last, reached) = shares[shares.len() - 1];
    assert_eq!(last, 1000, "{shares:?}");
    assert!(reached == 1.0, "{shares:?}");

    // A policy that is badly trained and correctly signed.
    publisher.publish(3, first_share());
    fleet.run(60 * MINUTE);
    let rollout = publisher.rollout(3);
    assert_eq!(rollout.state, State::Halted, "{rollout:?}");
    assert_eq!(rollout.per_mille, first_share(), "it was never widened");
    let ever = fleet.ever_with("walk-3");
    println!(
        "{count} robots, walk-3 was in charge of {ever} of them, {}",
        rollout.reason.unwrap_or_default()
    );
    assert!((2..=10).contains(&ever), "{ever} robots ran it");
    assert_eq!(fleet.with("walk-2"), fleet.robots(), "all walk as before");

    let requests = fleet.requests();
    let (most, mean) = requests.most_and_mean();
    println!(
        "{} polls, {} requests; {most} in the busiest minute, {mean:.1} in the mean",
        requests.polls, requests.total
    );
    assert!((most as f64) < 2.5 * mean, "robots ask apart");
}

#[test]
fn a_share_of_robots_is_kept_within_two_percent() {
    let publisher = Publisher::new();
    publisher.publish(1, 1000);
    let mut fleet = Simulation::new(&publisher, robots());
    fleet.nobody_widens();
    publisher.publish(2, 250);
    fleet.run(40 * MINUTE);
    let share = fleet.with("walk-2") as f64 / fleet.robots() as f64;
    println!("{share} of the robots have what a quarter is to get");
    // Three standard deviations of a binomial where there are fewer than a thousand robots.
    let bound = (3.0 * (0.25 * 0.75 / fleet.robots() as f64).sqrt()).min(if robots() >= 1000 { 0.02 } else { 1.0 });
    assert!((share - 0.25).abs() <= bound, "{share}");
}
