//! What a robot says of its releases: a file for each robot, in a folder or out of its telemetry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::rollout::Subscriber;
use crate::store::{Barred, Stage, State};

/// Longest report, bytes: what a message of telemetry takes.
pub(super) const MOST_BYTES: usize = 100_000;
/// Longest name of a robot, a channel or a group, and of a version, bytes.
pub(super) const LONGEST_NAME: usize = 200;
/// Longest reason, bytes.
const LONGEST_TEXT: usize = 400;
/// Most groups of a robot.
const MOST_GROUPS: usize = 64;
/// Most versions that a robot names as refused or rolled back: the newest of them.
const MOST_BARRED: usize = 64;

/// What a robot says of its releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotReport {
    /// The robot.
    pub robot: String,
    /// The channel that it follows.
    pub channel: String,
    /// The groups that it belongs to.
    pub groups: Vec<String>,
    /// When it said so, seconds since 1970 by its clock.
    pub at_secs: u64,
    /// The version in charge, such as `strider_walk-3`; empty where there is none.
    pub in_charge: String,
    /// Its slot.
    pub slot: String,
    /// Whether it is still watched.
    pub on_probation: bool,
    /// The version that may follow, and how far it has come.
    pub candidate: Option<(String, Stage)>,
    /// The versions that are not tried again, and why.
    pub barred: BTreeMap<String, Barred>,
    /// The version that an operator holds.
    pub pinned: Option<String>,
    /// What is wrong with its store, or with asking for releases; nothing where all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The message that brought it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageNumber>,
}

/// Which message of a robot's telemetry brought a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageNumber {
    /// The spool that numbered it.
    pub spool: String,
    /// Its number there: a later message has a higher one.
    pub sequence: u64,
}

/// Why bytes are no report.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// They are too many.
    #[error("expected at most {MOST_BYTES} bytes, found {0}")]
    TooLong(usize),
    /// They are no JSON, or JSON of another form.
    #[error("it is no report")]
    Json(#[source] serde_json::Error),
    /// A text in it is not as a robot writes it.
    #[error("`{key}`: expected {expected}, found {found}")]
    Value {
        /// Where.
        key: &'static str,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
}

impl RobotReport {
    /// Of what a robot's store knows. Texts are shortened, and the oldest of many versions left out, so that it fits into a
    /// message.
    pub fn of(subscriber: &Subscriber, at_secs: u64, state: &State) -> Self {
        let mut barred: Vec<_> = state.barred().iter().collect();
        barred.sort_by_key(|(version, _)| std::cmp::Reverse(number_of(version)));
        barred.truncate(MOST_BARRED);
        Self {
            robot: subscriber.robot.clone(),
            channel: subscriber.channel.clone(),
            groups: subscriber.groups.clone(),
            at_secs,
            in_charge: state
                .release_in_charge()
                .map_or_else(String::new, |release| release.version.clone()),
            slot: state.in_charge().name().to_owned(),
            on_probation: state.is_on_probation(),
            candidate: state
                .candidate()
                .map(|(_, held)| (held.release.version.clone(), held.stage)),
            barred: barred
                .into_iter()
                .map(|(version, why)| (version.clone(), shortened(why)))
                .collect(),
            pinned: state.pinned().map(str::to_owned),
            trouble: None,
            message: None,
        }
    }

    /// The same with what is wrong at the robot.
    pub fn with_trouble(self, trouble: Option<&str>) -> Self {
        Self {
            trouble: trouble.map(short),
            ..self
        }
    }

    /// Reads what somebody says to be a report.
    ///
    /// # Errors
    /// Where it is none: too long, of another form, or with texts that no robot writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        if bytes.len() > MOST_BYTES {
            return Err(ReportError::TooLong(bytes.len()));
        }
        let report: Self = serde_json::from_slice(bytes).map_err(ReportError::Json)?;
        report.check()?;
        Ok(report)
    }

    fn check(&self) -> Result<(), ReportError> {
        if self.robot.is_empty() {
            return Err(wrong("robot", "a name".to_owned(), "nothing"));
        }
        let texts = [("robot", &self.robot), ("channel", &self.channel), ("slot", &self.slot)];
        let versions = [("in_charge", Some(&self.in_charge)), ("pinned", self.pinned.as_ref())];
        let candidate = self.candidate.as_ref().map(|(version, _)| ("candidate", version));
        let spool = self.message.as_ref().map(|message| ("message", &message.spool));
        let names = texts
            .into_iter()
            .chain(versions.into_iter().filter_map(|(key, version)| Some((key, version?))))
            .chain(candidate)
            .chain(spool)
            .chain(self.groups.iter().map(|group| ("groups", group)))
            .chain(self.barred.keys().map(|version| ("barred", version)));
        for (key, name) in names {
            expect_text(key, name, LONGEST_NAME)?;
        }
        let reasons = self.barred.values().map(|why| ("barred", reason_of(why)));
        for (key, text) in reasons.chain(self.trouble.as_deref().map(|trouble| ("trouble", trouble))) {
            expect_text(key, text, LONGEST_TEXT)?;
        }
        let counts = [
            ("groups", self.groups.len(), MOST_GROUPS),
            ("barred", self.barred.len(), MOST_BARRED),
        ];
        match counts.into_iter().find(|(_, count, most)| count > most) {
            Some((key, count, most)) => Err(wrong(key, format!("at most {most}"), &count.to_string())),
            None => Ok(()),
        }
    }

    /// Who says so.
    pub fn subscriber(&self) -> Subscriber {
        Subscriber {
            robot: self.robot.clone(),
            channel: self.channel.clone(),
            groups: self.groups.clone(),
        }
    }

    /// Whether it was said after another one of the same robot: by the numbers of the messages where one spool has numbered
    /// both, which a clock that is set does not change, or else by the robot's clock.
    pub fn is_after(&self, other: &Self) -> bool {
        match (&self.message, &other.message) {
            (Some(own), Some(others)) if own.spool == others.spool => own.sequence > others.sequence,
            _ => self.at_secs > other.at_secs,
        }
    }
}

/// The number at the end of a version such as `strider_walk-3`, by which the newest are found.
fn number_of(version: &str) -> u64 {
    let number = version.rsplit('-').next();
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn reason_of(why: &Barred) -> &str {
    match why {
        Barred::Refused { reason } => reason,
        Barred::RolledBack { rule } => rule,
    }
}

fn shortened(why: &Barred) -> Barred {
    match why {
        Barred::Refused { reason } => Barred::Refused { reason: short(reason) },
        Barred::RolledBack { rule } => Barred::RolledBack { rule: short(rule) },
    }
}

/// As much of a text as a report has, in one line.
fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line[..line.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

fn expect_text(key: &'static str, text: &str, most: usize) -> Result<(), ReportError> {
    if text.len() <= most && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let shown: String = text.chars().take(40).collect();
    Err(wrong(
        key,
        format!("at most {most} bytes in one line"),
        &format!("{} bytes, {shown:?}", text.len()),
    ))
}

fn wrong(key: &'static str, expected: String, found: &str) -> ReportError {
    ReportError::Value {
        key,
        expected,
        found: found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn robot(robot: &str) -> Subscriber {
        Subscriber {
            robot: robot.to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        }
    }

    fn report(name: &str, at_secs: u64) -> RobotReport {
        RobotReport::of(&robot(name), at_secs, &State::default())
    }

    #[test]
    fn a_message_of_the_same_spool_tells_the_order_and_the_clock_does_elsewhere() {
        let numbered = |spool: &str, sequence, at_secs| RobotReport {
            message: Some(MessageNumber {
                spool: spool.to_owned(),
                sequence,
            }),
            ..report("strider", at_secs)
        };
        let known = numbered("s", 7, 100);
        assert!(numbered("s", 8, 10).is_after(&known), "its clock was set back");
        assert!(!numbered("s", 6, 200).is_after(&known) && !known.is_after(&known));
        assert!(numbered("t", 1, 101).is_after(&known) && !numbered("t", 9, 99).is_after(&known));
        assert!(report("strider", 101).is_after(&known) && !report("strider", 100).is_after(&known));
    }

    #[test]
    fn texts_that_no_robot_writes_are_refused_by_their_key() {
        let refused = |change: fn(&mut RobotReport), key: &str| {
            let mut report = report("strider", 1);
            change(&mut report);
            let error = RobotReport::parse(&serde_json::to_vec(&report).unwrap()).unwrap_err();
            assert!(error.to_string().contains(&format!("`{key}`")), "{error}");
        };
        refused(|report| report.robot = String::new(), "robot");
        refused(|report| report.robot = "\u{1b}[2J".to_owned(), "robot");
        refused(|report| report.in_charge = "x".repeat(300), "in_charge");
        refused(|report| report.groups = vec![String::new(); 100], "groups");
        refused(|report| report.trouble = Some("a\nb".to_owned()), "trouble");
        let long = format!("{}{}", " ".repeat(MOST_BYTES), "{}");
        assert!(matches!(
            RobotReport::parse(long.as_bytes()),
            Err(ReportError::TooLong(_))
        ));
    }

    #[test]
    fn the_report_of_a_robot_that_has_refused_much_fits_into_a_message() {
        let barred = |number| {
            let reason = "\"".repeat(10_000);
            (format!("walk-{number}"), json(&Barred::Refused { reason }))
        };
        let mut state = json(&State::default());
        state["barred"] = (0..1000).map(barred).collect();
        let state: State = serde_json::from_value(state).unwrap();
        let report = RobotReport::of(&robot("strider"), 1, &state);
        let bytes = serde_json::to_vec(&report).unwrap();
        assert!(bytes.len() < 80_000, "{}", bytes.len());
        assert_eq!(RobotReport::parse(&bytes).unwrap(), report);
        assert!(report.barred.contains_key("walk-999") && !report.barred.contains_key("walk-99"));
    }

    fn json(value: &impl Serialize) -> serde_json::Value {
        serde_json::to_value(value).unwrap()
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_read_can_be_shown_and_written(
            at: usize,
            bytes: Vec<u8>,
            length in 0_usize..400,
        ) {
            let mut report = report("strider", 1).with_trouble(Some("x"));
            report.candidate = Some(("walk-2".to_owned(), Stage::Shadow));
            let mut text = serde_json::to_vec(&report).unwrap();
            let place = at % text.len();
            text.splice(place..(place + bytes.len() / 2).min(text.len()), bytes);
            text.truncate(length.max(1));
            if let Ok(read) = RobotReport::parse(&text) {
                prop_assert!(!read.robot.chars().any(char::is_control));
                let again = RobotReport::parse(&serde_json::to_vec(&read).unwrap());
                prop_assert_eq!(again.unwrap(), read);
            }
        }
    }
}
