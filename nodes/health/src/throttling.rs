//! What the hardware has done to itself from one reading to the next, and the ticks that were late meanwhile.

use std::collections::BTreeMap;
use std::time::SystemTime;

use sinew_control::gate::Check;
use sinew_health::ThrottleCount;
use sinew_node::node::Shown;
use sinew_node::report::Event;

/// The event that the hardware has slowed itself down.
pub const THROTTLED: &str = "throttled";

/// Follows the counts of the hardware and of the control loops of this process.
#[derive(Debug)]
pub(crate) struct Throttling {
    shown: Shown,
    counts: BTreeMap<&'static str, u64>,
    /// Late ticks of each loop, by its node.
    late: BTreeMap<String, u64>,
}

/// What has happened since the reading before.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Throttled {
    /// How often, by cause: those that have happened.
    pub(crate) by_cause: Vec<(&'static str, u64)>,
    /// Ticks that were late meanwhile.
    pub(crate) late_ticks: u64,
}

impl Throttling {
    pub(crate) fn new(shown: Shown) -> Self {
        Self {
            shown,
            counts: BTreeMap::new(),
            late: BTreeMap::new(),
        }
    }

    /// What has happened since the last call; at the first one, and where a count begins anew, nothing.
    pub(crate) fn since(&mut self, counts: &[ThrottleCount]) -> Throttled {
        let mut throttled = Throttled {
            late_ticks: self.late_ticks(),
            ..Throttled::default()
        };
        for ThrottleCount { cause, count } in counts {
            let before = self.counts.insert(cause, *count);
            let more = before.map_or(0, |before| count.saturating_sub(before));
            if more > 0 {
                throttled.by_cause.push((cause, more));
            }
        }
        throttled
    }

    fn late_ticks(&mut self) -> u64 {
        let mut late_ticks = 0;
        for shown in self.shown.loops() {
            let late = shown.operator.counts().get(Check::Overrun);
            let before = self.late.insert(shown.node.clone(), late);
            late_ticks += before.map_or(0, |before| late.saturating_sub(before));
        }
        late_ticks
    }
}

impl Throttled {
    pub(crate) fn is_any(&self) -> bool {
        !self.by_cause.is_empty()
    }

    /// In words, for people.
    pub(crate) fn message(&self) -> String {
        let causes: Vec<_> = (self.by_cause.iter())
            .map(|(cause, count)| format!("{cause} {count} times"))
            .collect();
        let late = match self.late_ticks {
            0 => String::new(),
            late => format!("; {late} ticks of control were late meanwhile"),
        };
        format!("the hardware has slowed itself down: {}{late}", causes.join(", "))
    }

    /// For a recorder, and for others who are told.
    pub(crate) fn event(&self) -> Event {
        let (subject, _) = self.by_cause.first().copied().unwrap_or_default();
        Event {
            name: THROTTLED,
            subject: subject.to_owned(),
            value: self.by_cause.iter().map(|(_, count)| *count as f64).sum(),
            tick: None,
            at: SystemTime::now(),
            message: self.message(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(undervoltage: u64, instantaneous: u64) -> [ThrottleCount; 2] {
        [
            ("undervoltage", undervoltage),
            ("instantaneous_over_current", instantaneous),
        ]
        .map(|(cause, count)| ThrottleCount { cause, count })
    }

    #[test]
    fn what_has_happened_is_told_and_not_what_had_happened_before() {
        let mut throttling = Throttling::new(Shown::default());
        assert_eq!(throttling.since(&counts(3, 41)), Throttled::default());
        assert!(!throttling.since(&counts(3, 41)).is_any());
        let throttled = throttling.since(&counts(4, 43));
        assert_eq!(
            throttled.message(),
            "the hardware has slowed itself down: undervoltage 1 times, instantaneous_over_current 2 times"
        );
        assert_eq!((throttled.event().value, throttled.event().name), (3.0, THROTTLED));
        // A driver that was loaded anew counts anew.
        assert!(!throttling.since(&counts(0, 0)).is_any());
        assert!(throttling.since(&counts(0, 1)).is_any());
    }
}
