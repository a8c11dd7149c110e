//! Whether a stamp is of this machine's time: it is compared with when its message came.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What says when something was seen or measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StampBy {
    /// The stamp of its message.
    #[default]
    Message,
    /// When its message came: for senders whose clock is another, where nothing delays messages for long.
    Arrival,
}

/// Clocks that began in 1970 are beyond this by now, s; those that began with a simulation or a device are not.
const NEW_CLOCK_SECS: f64 = 1e8;
/// Such clocks are at least so far apart, s.
const OLD_CLOCK_SECS: f64 = 1e9;
/// Faults that differ by less than this, s, or by a factor of two, are one and the same.
const SAME_SECS: f64 = 0.5;

/// What to do about clocks.
const REMEDY: &str = "synchronise the clocks (chrony, PTP), or set `stamp: arrival`";

/// Why a stamp does not say how old its message is.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ClockFault {
    /// The stamp is ahead of this machine's clock, by so many s.
    #[error("stamped {0:.2} s ahead of this machine's clock: {REMEDY}")]
    Ahead(f64),
    /// The stamp is behind this machine's clock by more than messages take, by so many s.
    #[error("stamped {0:.2} s before it came: the sender's clock is behind, or it comes that late; {REMEDY}")]
    Behind(f64),
    /// The stamp is of a clock that began so many s ago; this node goes by the system's.
    #[error(
        "stamped by a clock that began {0:.1} s ago, a simulator's or a device's, and this node goes by the \
         system's: set `use_sim_time: true` where a simulator runs, else `stamp: arrival`"
    )]
    NewClock(f64),
    /// The stamp is of the system's clock; this node goes by a clock that began so many s ago.
    #[error(
        "stamped with the system's time, and this node goes by /clock, {0:.1} s: let the sender go by /clock, too, \
         set `use_sim_time: false`, or `stamp: arrival`"
    )]
    OldClock(f64),
    /// This node goes by `/clock`, which has not come.
    #[error("`use_sim_time` is set, and no /clock has come: does a simulator run?")]
    NoClock,
    /// The stamp is 0.
    #[error("not stamped: when it was taken is not known; stamp it, or set `stamp: arrival`")]
    Unstamped,
}

impl ClockFault {
    /// What is wrong with the stamp of a message that came at `arrived_nanos`, where it may come that late, and that
    /// early.
    pub fn of(stamp_nanos: u64, arrived_nanos: u64, late_secs: f64, early_secs: f64) -> Option<Self> {
        let [stamp, arrived] = [stamp_nanos, arrived_nanos].map(|nanos| nanos as f64 * 1e-9);
        let late = offset_secs(stamp_nanos, arrived_nanos);
        match late {
            _ if arrived_nanos == 0 => Some(Self::NoClock),
            _ if stamp_nanos == 0 => Some(Self::Unstamped),
            _ if stamp < NEW_CLOCK_SECS && arrived > OLD_CLOCK_SECS => Some(Self::NewClock(stamp)),
            _ if arrived < NEW_CLOCK_SECS && stamp > OLD_CLOCK_SECS => Some(Self::OldClock(arrived)),
            _ if late > late_secs => Some(Self::Behind(late)),
            _ if -late > early_secs => Some(Self::Ahead(-late)),
            _ => None,
        }
    }

    /// Whether both clocks go, but one is set wrongly.
    pub fn is_offset(self) -> bool {
        matches!(self, Self::Ahead(_) | Self::Behind(_))
    }

    /// Whether stamps are those of a clock that is not this node's, and can be compared with each other.
    pub fn is_of_another_clock(self) -> bool {
        matches!(self, Self::NewClock(_) | Self::OldClock(_))
    }

    /// Whether who has heard of the other knows of this one.
    pub fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Ahead(a), Self::Ahead(b)) | (Self::Behind(a), Self::Behind(b)) => {
                (a - b).abs() <= SAME_SECS || a.max(b) <= 2.0 * a.min(b)
            }
            _ => std::mem::discriminant(&self) == std::mem::discriminant(&other),
        }
    }
}

/// How long after its stamp a message came, s.
pub fn offset_secs(stamp_nanos: u64, arrived_nanos: u64) -> f64 {
    let late = i128::from(arrived_nanos) - i128::from(stamp_nanos);
    late as f64 * 1e-9
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_795_616_900_000_000_000;

    fn at(secs: f64) -> u64 {
        NOW.saturating_add_signed((secs * 1e9) as i64)
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_the_number_and_what_to_do() {
        for secs in [1.0, 2.0, 30.0, 100.0, 10_800.0] {
            let ahead = ClockFault::of(at(secs), NOW, 0.5, 0.5).unwrap();
            assert!(ahead.to_string().contains(&format!("{secs:.2} s ahead")), "{ahead}");
            let behind = ClockFault::of(at(-secs), NOW, 0.5, 0.5).unwrap();
            assert!(
                behind.to_string().contains(&format!("{secs:.2} s before it came")),
                "{behind}"
            );
            for fault in [ahead, behind] {
                let said = fault.to_string();
                assert!(said.contains("chrony") && said.contains("stamp: arrival"), "{said}");
            }
        }
        assert_eq!(ClockFault::of(at(0.4), NOW, 0.5, 0.5), None);
        assert_eq!(ClockFault::of(at(-0.4), NOW, 0.5, 0.5), None);
    }

    #[test]
    fn a_clock_of_another_beginning_is_no_clock_that_is_off() {
        let simulated = ClockFault::of(12_300_000_000, NOW, 0.5, 0.5).unwrap();
        assert_eq!(simulated, ClockFault::NewClock(12.3));
        assert!(simulated.to_string().contains("use_sim_time: true"), "{simulated}");
        let system = ClockFault::of(NOW, 12_300_000_000, 0.5, 0.5).unwrap();
        assert!(system.to_string().contains("use_sim_time: false"), "{system}");
        assert_eq!(ClockFault::of(0, NOW, 0.5, 0.5), Some(ClockFault::Unstamped));
        assert_eq!(ClockFault::of(5_000_000_000, 0, 0.5, 0.5), Some(ClockFault::NoClock));
        // Both are simulated: then they are comparable.
        assert_eq!(
            ClockFault::of(12_000_000_000, 15_000_000_000, 0.5, 0.5),
            Some(ClockFault::Behind(3.0))
        );
    }

    #[test]
    fn what_moves_little_is_not_told_again() {
        assert!(ClockFault::Ahead(2.0).is_like(ClockFault::Ahead(2.003)));
        assert!(ClockFault::Behind(30.0).is_like(ClockFault::Behind(50.0)));
        assert!(!ClockFault::Behind(30.0).is_like(ClockFault::Behind(61.0)));
        assert!(!ClockFault::Ahead(2.0).is_like(ClockFault::Behind(2.0)));
        assert!(ClockFault::NewClock(1.0).is_like(ClockFault::NewClock(100.0)));
    }

    proptest! {
        #[test]
        fn every_stamp_is_of_now_or_told(stamp: u64, arrived: u64, late in 0.0f64..60.0, early in 0.0f64..60.0) {
            if ClockFault::of(stamp, arrived, late, early).is_none() {
                prop_assert!((-early..=late).contains(&offset_secs(stamp, arrived)));
            }
        }
    }
}
