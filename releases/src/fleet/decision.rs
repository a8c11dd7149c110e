//! Whether a rollout goes on: wider where robots do well with a release, halted where too many do not.

use crate::cohort::ALL_PER_MILLE;
use crate::rollout::{Rollout, State};
use crate::store::Barred;

use super::RobotReport;

/// By what a rollout goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct WideningRules {
    /// The shares of robots that get a release one after the other, thousandths.
    pub steps: Vec<u16>,
    /// How long each share is looked at, s.
    pub soak_secs: u64,
    /// How many of the robots of a share must have settled on it before the next, as a share of those that report.
    pub min_settled: f64,
    /// How many of the robots that tried it may have refused it or rolled it back.
    pub max_bad: f64,
    /// So many robots that refused it or rolled it back are chance.
    pub tolerated: usize,
}

impl Default for WideningRules {
    fn default() -> Self {
        Self {
            steps: vec![10, 50, 250, ALL_PER_MILLE],
            soak_secs: 24 * 3600,
            min_settled: 0.8,
            max_bad: 0.05,
            tolerated: 1,
        }
    }
}

/// How robots are with a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Robots that report.
    pub robots: usize,
    /// Those where it is in charge, and no longer watched.
    pub settled: usize,
    /// Those where it is in charge, and is watched.
    pub on_probation: usize,
    /// Those where it may follow.
    pub candidates: usize,
    /// Those that refused it.
    pub refused: usize,
    /// Those that rolled it back.
    pub rolled_back: usize,
}

impl Count {
    /// Counts what robots say of a version.
    pub fn of(version: &str, reports: &[RobotReport]) -> Self {
        let mut count = Self {
            robots: reports.len(),
            ..Self::default()
        };
        for report in reports {
            let is_candidate = report
                .candidate
                .as_ref()
                .is_some_and(|(candidate, _)| candidate == version);
            match report.barred.get(version) {
                Some(Barred::Refused { .. }) => count.refused += 1,
                Some(Barred::RolledBack { .. }) => count.rolled_back += 1,
                None if report.in_charge == version && report.on_probation => count.on_probation += 1,
                None if report.in_charge == version => count.settled += 1,
                None if is_candidate => count.candidates += 1,
                None => {}
            }
        }
        count
    }

    /// Those that refused it or rolled it back.
    pub fn bad(&self) -> usize {
        self.refused + self.rolled_back
    }

    /// Those that have tried it, with whatever outcome.
    pub fn tried(&self) -> usize {
        self.bad() + self.settled + self.on_probation
    }
}

/// What is to become of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is, and why.
    Hold(String),
    /// So many thousandths get it.
    Widen(u16),
    /// No further robot gets it, and why.
    Halt(String),
}

/// Decides by what robots say. `since_secs` is how long the rollout is as it is.
pub fn decide(rollout: &Rollout, reports: &[RobotReport], rules: &WideningRules, since_secs: u64) -> Decision {
    if rollout.state != State::Active {
        return Decision::Hold(format!("it is {}", rollout.state));
    }
    let version = format!("{}-{}", rollout.name, rollout.version);
    let count = Count::of(&version, reports);
    let (bad, tried) = (count.bad(), count.tried());
    if bad > rules.tolerated && bad as f64 > rules.max_bad * tried as f64 {
        return Decision::Halt(format!(
            "{bad} of {tried} robots that tried {version} were not well with it"
        ));
    }
    let Some(next) = rules.steps.iter().find(|step| **step > rollout.per_mille) else {
        return Decision::Hold("all robots get it".to_owned());
    };
    if since_secs < rules.soak_secs {
        let left = rules.soak_secs - since_secs;
        return Decision::Hold(format!("it is looked at for {left} s more"));
    }
    let is_for = |report: &&RobotReport| rollout.is_for(&report.subscriber());
    let expected = reports.iter().filter(is_for).count();
    let needed = (expected as f64 * rules.min_settled).ceil() as usize;
    if count.settled < needed.max(1) {
        let found = count.settled;
        return Decision::Hold(format!(
            "expected {} of {expected} robots to have settled on it, found {found}",
            needed.max(1)
        ));
    }
    Decision::Widen((*next).min(ALL_PER_MILLE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::bundle::Kind;
    use crate::rollout::Subscriber;

    fn rollout(per_mille: u16) -> Rollout {
        Rollout {
            name: "walk".to_owned(),
            version: 2,
            kind: Kind::Policy,
            model: Digest::of(b"model"),
            channel: "stable".to_owned(),
            per_mille,
            groups: Vec::new(),
            state: State::Active,
            reason: None,
            deltas: Vec::new(),
            signature: None,
        }
    }

    /// Of 1000 robots, those that settled on the release and those that rolled it back, of those that get it.
    fn reports(per_mille: u16, settled: usize, bad: usize) -> Vec<RobotReport> {
        let mut of_cohort = 0;
        let report = |robot: usize| {
            let subscriber = Subscriber {
                robot: robot.to_string(),
                channel: "stable".to_owned(),
                groups: Vec::new(),
            };
            let mut report = RobotReport::of(&subscriber, 0, &crate::store::State::default());
            report.in_charge = "walk-1".to_owned();
            if !rollout(per_mille).is_for(&subscriber) {
                return report;
            }
            of_cohort += 1;
            if of_cohort <= settled {
                report.in_charge = "walk-2".to_owned();
            } else if of_cohort <= settled + bad {
                let rule = "fell".to_owned();
                report.barred.insert("walk-2".to_owned(), Barred::RolledBack { rule });
            }
            report
        };
        (0..1000).map(report).collect()
    }

    fn decided(per_mille: u16, settled: usize, bad: usize, since_secs: u64) -> Decision {
        decide(
            &rollout(per_mille),
            &reports(per_mille, settled, bad),
            &WideningRules::default(),
            since_secs,
        )
    }

    #[test]
    fn it_widens_only_after_its_time_and_with_enough_robots_that_do_well() {
        let day = 24 * 3600;
        let all = 1000;
        assert_eq!(decided(10, all, 0, day), Decision::Widen(50));
        assert_eq!(decided(50, all, 1, day), Decision::Widen(250));
        assert_eq!(decided(250, all, 0, day), Decision::Widen(1000));
        for held in [
            decided(10, all, 0, day - 1),
            decided(250, 150, 0, day),
            decided(1000, all, 0, day),
        ] {
            assert!(matches!(held, Decision::Hold(_)), "{held:?}");
        }
    }

    #[test]
    fn it_halts_as_soon_as_too_many_are_not_well_and_one_alone_is_chance() {
        assert!(matches!(decided(10, 0, 1, 0), Decision::Hold(_)));
        assert_eq!(
            decided(10, 0, 2, 0),
            Decision::Halt("2 of 2 robots that tried walk-2 were not well with it".to_owned())
        );
        assert!(matches!(decided(250, 95, 5, 0), Decision::Hold(_)));
        assert!(matches!(decided(250, 94, 6, 0), Decision::Halt(_)));
    }

    #[test]
    fn what_is_not_active_is_left_alone() {
        for state in [State::Paused, State::Halted, State::Yanked] {
            let rollout = Rollout { state, ..rollout(10) };
            let decision = decide(&rollout, &reports(10, 0, 10), &WideningRules::default(), 1 << 30);
            assert_eq!(decision, Decision::Hold(format!("it is {state}")));
        }
    }
}
