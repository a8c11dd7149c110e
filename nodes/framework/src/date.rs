//! Dates in UTC, to the second.

use std::fmt;

/// A second, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(u64);

const DAY_SECS: u64 = 86_400;

impl Date {
    /// Now.
    pub fn now() -> Self {
        let since = std::time::UNIX_EPOCH.elapsed();
        Self(since.map_or(0, |since| since.as_secs()))
    }

    /// So many days later.
    pub fn after(self, days: u32) -> Self {
        Self(self.0 + u64::from(days) * DAY_SECS)
    }

    /// The day before.
    pub fn day_before(self) -> Self {
        Self(self.0.saturating_sub(DAY_SECS))
    }

    /// How many whole days there are from `other` to it; negative where it lies before.
    pub fn days_since(self, other: Self) -> i64 {
        let signed = |date: Self| i64::try_from(date.0).unwrap_or(i64::MAX);
        (signed(self) - signed(other)).div_euclid(DAY_SECS.cast_signed())
    }

    /// Year, month, day, hour, minute, second.
    fn parts(self) -> [u64; 6] {
        // The civil calendar in eras of 400 years that begin in March, as leap days then come last.
        let days = self.0 / DAY_SECS + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let secs = self.0 % DAY_SECS;
        [
            era * 400 + year + u64::from(month <= 2),
            month,
            day - (153 * from_march + 2) / 5 + 1,
            secs / 3_600,
            secs / 60 % 60,
            secs % 60,
        ]
    }

    /// As OpenSSL's command line takes it: `20261125154340Z`.
    pub fn compact(self) -> String {
        let [year, month, day, hour, minute, second] = self.parts();
        format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |at: std::ops::Range<usize>| text.get(at)?.parse::<u64>().ok();
        let wanted = [
            number(0..4)?,
            number(5..7)?,
            number(8..10)?,
            number(11..13)?,
            number(14..16)?,
            number(17..19)?,
        ];
        // `parts` grows with time: what it is to give is searched for, and not found where no day has these parts.
        let (mut low, mut high) = (0, 400 * 366 * DAY_SECS);
        while low < high {
            let middle = (low + high) / 2;
            if Self(middle).parts() < wanted {
                low = middle + 1
            } else {
                high = middle
            }
        }
        (Self(low).parts() == wanted).then_some(Self(low))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second] = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (951_868_800, "2000-03-01T00:00:00"),
            (1_795_620_220, "2026-11-25T15:23:40"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(Date(secs).to_string(), text);
            assert_eq!(Date::parse(text), Some(Date(secs)));
        }
        assert_eq!(Date(1_795_620_220).compact(), "20261125152340Z");
        assert_eq!(Date::parse("2026-02-30T00:00:00"), None);
        assert_eq!(Date::parse("soon"), None);
    }

    #[test]
    fn days_are_counted_both_ways() {
        let today = Date(1_795_620_220);
        assert_eq!(today.after(30).days_since(today), 30);
        assert_eq!(today.days_since(today.after(30)), -30);
    }
}
