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
    /// A robot that has said nothing for so long counts as one that has not settled, s.
    pub max_age_secs: u64,
    /// How many robots there are, where it is known: those that never reported count as not settled, too.
    pub robots: Option<usize>,
}

impl Default for WideningRules {
    fn default() -> Self {
        Self {
            steps: vec![10, 50, 250, ALL_PER_MILLE],
            soak_secs: 24 * 3600,
            min_settled: 0.8,
            max_bad: 0.05,
            tolerated: 1,
            max_age_secs: 3600,
            robots: None,
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

/// When it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// How long the rollout is as it is, s.
    pub since_secs: u64,
    /// Seconds since 1970.
    pub now_secs: u64,
}

/// Decides by what robots say.
pub fn decide(rollout: &Rollout, reports: &[RobotReport], rules: &WideningRules, moment: Moment) -> Decision {
    if rollout.state != State::Active {
        return Decision::Hold(format!("it is {}", rollout.state));
    }
    let version = format!("{}-{}", rollout.name, rollout.version);
    let count = Count::of(&version, reports);
    // Those that somebody has seen who let it go on are no news.
    let (bad, tried) = (count.bad().saturating_sub(rollout.pardoned), count.tried());
    if bad > rules.tolerated && bad as f64 > rules.max_bad * tried as f64 {
        return Decision::Halt(format!(
            "{bad} of {tried} robots that tried {version} were not well with it"
        ));
    }
    let Some(next) = rules.steps.iter().find(|step| **step > rollout.per_mille) else {
        return Decision::Hold("all robots get it".to_owned());
    };
    if moment.since_secs < rules.soak_secs {
        let left = rules.soak_secs - moment.since_secs;
        return Decision::Hold(format!("it is looked at for {left} s more"));
    }
    let is_heard = |report: &RobotReport| report.at_secs.saturating_add(rules.max_age_secs) >= moment.now_secs;
    let share: Vec<&RobotReport> = reports
        .iter()
        .filter(|report| rollout.is_for(&report.subscriber()))
        .collect();
    let heard: Vec<RobotReport> = share
        .iter()
        .copied()
        .filter(|report| is_heard(report))
        .cloned()
        .collect();
    let found = Count::of(&version, &heard).settled;
    let by_size = rules.robots.unwrap_or(0) * usize::from(rollout.per_mille) / usize::from(ALL_PER_MILLE);
    let expected = share.len().max(by_size);
    let needed = (expected as f64 * rules.min_settled).ceil() as usize;
    let silent = share.len() - heard.len();
    if found < needed {
        return Decision::Hold(format!(
            "expected {needed} of {expected} robots to have settled on it, found {found}, and {silent} that have said nothing \
             for {} s",
            rules.max_age_secs
        ));
    }
    // In a small fleet nobody may be of a small share: the next one is larger.
    if expected == 0 && !reports.iter().any(is_heard) {
        return Decision::Hold("no robot has said anything".to_owned());
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
            pardoned: 0,
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
            Moment {
                since_secs,
                now_secs: 0,
            },
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
    fn robots_that_are_silent_or_were_never_heard_have_not_settled() {
        let said = reports(10, 1000, 0);
        let decided = |rules: &WideningRules, now_secs| {
            let moment = Moment {
                since_secs: 1 << 30,
                now_secs,
            };
            decide(&rollout(10), &said, rules, moment)
        };
        let rules = WideningRules::default();
        assert_eq!(decided(&rules, 3600), Decision::Widen(50));
        assert!(matches!(decided(&rules, 3601), Decision::Hold(_)));
        let of_more = WideningRules {
            robots: Some(10_000),
            ..rules
        };
        assert!(matches!(decided(&of_more, 0), Decision::Hold(_)));
    }

    #[test]
    fn a_share_that_nobody_is_of_is_passed_over_once_somebody_is_heard() {
        let moment = Moment {
            since_secs: 1 << 30,
            now_secs: 0,
        };
        let rules = WideningRules::default();
        let nobody = decide(&rollout(0), &[], &rules, moment);
        assert_eq!(nobody, Decision::Hold("no robot has said anything".to_owned()));
        let others = reports(0, 0, 0);
        assert_eq!(decide(&rollout(0), &others, &rules, moment), Decision::Widen(10));
    }

    #[test]
    fn a_rollout_that_goes_on_after_a_halt_is_halted_by_further_robots_alone() {
        let moment = Moment {
            since_secs: 0,
            now_secs: 0,
        };
        let resumed = Rollout {
            pardoned: 2,
            ..rollout(10)
        };
        let decided = |bad| decide(&resumed, &reports(10, 0, bad), &WideningRules::default(), moment);
        assert!(matches!(decided(3), Decision::Hold(_)));
        assert!(matches!(decided(4), Decision::Halt(_)));
    }

    #[test]
    fn what_is_not_active_is_left_alone() {
        for state in [State::Paused, State::Halted, State::Yanked] {
            let rollout = Rollout { state, ..rollout(10) };
            let moment = Moment {
                since_secs: 1 << 30,
                now_secs: 0,
            };
            let decision = decide(&rollout, &reports(10, 0, 10), &WideningRules::default(), moment);
            assert_eq!(decision, Decision::Hold(format!("it is {state}")));
        }
    }
}
