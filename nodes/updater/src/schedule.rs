//! When a repository is asked.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::offers::Pauses;

/// The pause after the first failure; it doubles with each further one, up to the usual pause.
const FIRST_SECS: f64 = 10.0;

/// Pauses that differ from robot to robot and from time to time, so that those of a fleet that were switched on
/// together do not ask together. They depend on the robot's name and the number of the pause alone.
#[derive(Debug, Clone)]
pub struct Schedule {
    robot: String,
    poll_secs: f64,
    asked: u64,
    failures: u32,
    wanted: Pauses,
}

impl Schedule {
    /// Of a robot that asks every `poll_secs` seconds in the mean.
    pub fn new(robot: &str, poll_secs: f64) -> Self {
        Self {
            robot: robot.to_owned(),
            poll_secs,
            asked: 0,
            failures: 0,
            wanted: Pauses::default(),
        }
    }

    /// Asks as the place wants it from now on.
    pub fn follow(&mut self, wanted: Pauses) {
        self.wanted = wanted;
    }

    /// The pause before the first time: anything up to a whole one.
    pub fn first(&mut self) -> Duration {
        let share = self.share();
        Duration::from_secs_f64(self.poll_secs * share)
    }

    /// The pause after a time that went well, or that failed: half of the usual one up to one and a half. Where the place says
    /// how often it wants to be asked, it is at most that: a place may take who is later for lost.
    pub fn next(&mut self, has_failed: bool) -> Duration {
        self.failures = if has_failed { self.failures.saturating_add(1) } else { 0 };
        let wanted = self.wanted.every.map(|every| every.as_secs_f64());
        let usual = wanted.unwrap_or(self.poll_secs);
        let share = self.share();
        let secs = if has_failed {
            let doubled = FIRST_SECS * f64::from(1_u32 << (self.failures - 1).min(20));
            doubled.min(usual) * (0.5 + share)
        } else if wanted.is_some() {
            usual * (0.9 + 0.1 * share)
        } else {
            usual * (0.5 + share)
        };
        let at_least = self.wanted.at_least.unwrap_or_default();
        Duration::from_secs_f64(secs).max(at_least.mul_f64(1.0 + 0.5 * share))
    }

    /// A number from 0 to 1 (exclusive).
    fn share(&mut self) -> f64 {
        self.asked += 1;
        let hash = Sha256::digest(format!("{}\n{}", self.asked, self.robot));
        let top = hash[..8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        // The 53 bits that a double holds exactly.
        (top >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_that_are_switched_on_together_ask_apart() {
        let mut in_minute = [0_u32; 10];
        for robot in 0..1000 {
            let mut schedule = Schedule::new(&format!("robot-{robot}"), 600.0);
            let minute = (schedule.first().as_secs_f64() / 60.0) as usize;
            in_minute[minute] += 1;
        }
        // Five standard deviations of a binomial with 1000 robots and a tenth: 47.
        assert!(in_minute.iter().all(|count| (53..147).contains(count)), "{in_minute:?}");
    }

    #[test]
    fn a_robot_asks_every_poll_secs_in_the_mean_and_after_failures_sooner_then_as_seldom() {
        let mut schedule = Schedule::new("strider", 600.0);
        let pauses: Vec<f64> = (0..1000).map(|_| schedule.next(false).as_secs_f64()).collect();
        let mean = pauses.iter().sum::<f64>() / 1000.0;
        assert!((mean - 600.0).abs() < 30.0, "{mean}");
        assert!(pauses.iter().all(|pause| (300.0..900.0).contains(pause)));
        for usual in [10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 600.0, 600.0] {
            let pause = schedule.next(true).as_secs_f64();
            assert!((usual / 2.0..1.5 * usual).contains(&pause), "{usual}: {pause}");
        }
        assert!(schedule.next(false).as_secs_f64() >= 300.0);
        assert!(schedule.next(true).as_secs_f64() < 15.0);
    }

    #[test]
    fn a_place_that_says_when_it_wants_to_be_asked_is_asked_then() {
        let mut schedule = Schedule::new("strider", 600.0);
        schedule.follow(Pauses {
            every: Some(Duration::from_secs(30)),
            at_least: None,
        });
        assert!((0..100).all(|_| (27.0..=30.0).contains(&schedule.next(false).as_secs_f64())));
        assert!((0..100).all(|_| schedule.next(true).as_secs_f64() <= 45.0));
        schedule.follow(Pauses {
            every: None,
            at_least: Some(Duration::from_secs(120)),
        });
        assert!((0..100).all(|_| (120.0..=900.0).contains(&schedule.next(true).as_secs_f64())));
    }
}
