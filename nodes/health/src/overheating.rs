//! What is asked for where the machine is too hot.

use std::time::Duration;

use sinew_health::{Readings, Zone};

use crate::params::OverheatingParams;

/// What the machine's temperature asks of the robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// What commanded velocities are to be multiplied with, 0 to 1.
    pub scale: f64,
    /// Why commanded velocities are scaled, where they are.
    pub slow: Option<String>,
    /// Why the robot has to be stopped, where it has to.
    pub stop: Option<String>,
}

/// The rules of [`OverheatingParams`] over time.
#[derive(Debug, Clone, Default)]
pub struct Overheating {
    slow: Held,
    stop: Held,
}

impl Overheating {
    /// What the readings at `now`, a time that does not go back, ask for. Where no zone tells how near it is, what was
    /// asked for before stays.
    pub fn judge(&mut self, params: &OverheatingParams, readings: &Readings, now: Duration) -> Demand {
        let throttle = nearest(params, readings, Zone::margin_to_throttle);
        let shutdown = nearest(params, readings, Zone::margin_to_shutdown);
        let hold = Duration::try_from_secs_f64(params.hold_secs).unwrap_or_default();
        let is_slow = self.slow.update(&Margin {
            found: throttle.map(|(_, margin)| margin),
            least: params.slow_margin_celsius,
            release: params.release_celsius,
            hold,
            now,
        });
        let is_near_end = self.stop.update(&Margin {
            found: shutdown.map(|(_, margin)| margin),
            least: params.stop_margin_celsius,
            release: params.release_celsius,
            hold,
            now,
        });
        let told = |nearest: Option<(&Zone, f64)>, what: &str| match nearest {
            Some((zone, margin)) if margin > 0.0 => format!("{} is {margin:.1} °C below where {what}", zone.name),
            Some((zone, margin)) => format!("{} is {:.1} °C above where {what}", zone.name, -margin),
            None => format!("it was near to where {what}, and no thermal zone tells any more"),
        };
        let slow = (is_slow && params.slow_scale < 1.0).then(|| told(throttle, "the machine slows itself down"));
        Demand {
            scale: if slow.is_some() { params.slow_scale } else { 1.0 },
            slow,
            stop: (is_near_end && params.stop).then(|| told(shutdown, "the machine ends")),
        }
    }
}

/// The zone that counts with the least margin.
fn nearest<'a>(
    params: &OverheatingParams,
    readings: &'a Readings,
    margin: impl Fn(&Zone) -> Option<f64>,
) -> Option<(&'a Zone, f64)> {
    let zones = readings
        .zones
        .iter()
        .filter(|zone| !params.ignored_zones.contains(&zone.name));
    let margins = zones.filter_map(|zone| Some((zone, margin(zone)?)));
    margins.min_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// A margin, and what is to be said of it.
struct Margin {
    found: Option<f64>,
    /// Less than this for `hold` begins it.
    least: f64,
    /// So much more than `least` for `hold` ends it.
    release: f64,
    hold: Duration,
    now: Duration,
}

/// Something that begins and ends only when what says so has lasted.
#[derive(Debug, Clone, Default)]
struct Held {
    holds: bool,
    /// Since when the readings say the opposite.
    otherwise_since: Option<Duration>,
}

impl Held {
    fn update(&mut self, margin: &Margin) -> bool {
        let says_otherwise = match margin.found {
            Some(found) if self.holds => found >= margin.least + margin.release,
            Some(found) => found < margin.least,
            None => false,
        };
        if !says_otherwise {
            self.otherwise_since = None;
            return self.holds;
        }
        let since = *self.otherwise_since.get_or_insert(margin.now);
        if margin.now.saturating_sub(since) >= margin.hold {
            self.holds = !self.holds;
            self.otherwise_since = None;
        }
        self.holds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sinew_health::Trip;

    use super::*;

    fn zone(name: &str, celsius: Option<f64>) -> Zone {
        let trip = |kind: &str, celsius| Trip {
            kind: kind.into(),
            celsius,
        };
        Zone {
            id: "thermal_zone0".into(),
            name: name.into(),
            celsius,
            trips: vec![trip("passive", 99.0), trip("critical", 104.5)],
        }
    }

    fn at(celsius: Option<f64>) -> Readings {
        Readings {
            zones: vec![zone("cv0-thermal", None), zone("tj-thermal", celsius)],
            ..Readings::default()
        }
    }

    /// What each second of these temperatures asks for: the scale, and whether to stop.
    fn asked(params: &OverheatingParams, celsius: &[Option<f64>]) -> Vec<(f64, bool)> {
        let mut rules = Overheating::default();
        let seconds = celsius.iter().enumerate();
        seconds
            .map(|(second, celsius)| {
                let demand = rules.judge(params, &at(*celsius), Duration::from_secs(second as u64));
                (demand.scale, demand.stop.is_some())
            })
            .collect()
    }

    #[test]
    fn a_robot_is_slowed_down_before_the_machine_is_and_stopped_before_it_ends() {
        let params = OverheatingParams::default();
        let hot = [
            90.0, 95.0, 95.0, 95.0, 102.0, 102.0, 102.0, 95.0, 95.0, 95.0, 88.0, 88.0, 88.0,
        ];
        let hot: Vec<_> = hot.into_iter().map(Some).collect();
        let expected = [
            (1.0, false),
            (1.0, false),
            (1.0, false),
            (0.5, false),
            (0.5, false),
            (0.5, false),
            (0.5, true),
            (0.5, true),
            (0.5, true),
            (0.5, false),
            (0.5, false),
            (0.5, false),
            (1.0, false),
        ];
        assert_eq!(asked(&params, &hot), expected);
    }

    #[test]
    fn a_moment_of_heat_asks_for_nothing_and_a_zone_that_falls_silent_changes_nothing() {
        let params = OverheatingParams::default();
        let moments = [Some(104.0), Some(50.0), Some(104.0), None, Some(104.0)];
        assert_eq!(asked(&params, &moments), [(1.0, false); 5]);
        let lost = asked(&params, &[Some(104.0), Some(104.0), Some(104.0), None, None, None]);
        assert_eq!(lost[2..], [(0.5, true); 4]);
    }

    #[test]
    fn what_is_switched_off_or_ignored_asks_for_nothing() {
        let off = OverheatingParams {
            slow_scale: 1.0,
            stop: false,
            ..OverheatingParams::default()
        };
        assert_eq!(asked(&off, &[Some(104.0); 5]), [(1.0, false); 5]);
        let ignored = OverheatingParams {
            ignored_zones: vec!["tj-thermal".into()],
            ..OverheatingParams::default()
        };
        assert_eq!(asked(&ignored, &[Some(104.0); 5]), [(1.0, false); 5]);
    }

    #[test]
    fn the_reason_names_the_zone_and_how_near_it_is() {
        let mut rules = Overheating::default();
        let params = OverheatingParams {
            hold_secs: 0.0,
            ..OverheatingParams::default()
        };
        let demand = rules.judge(&params, &at(Some(103.0)), Duration::ZERO);
        assert_eq!(
            demand.slow.as_deref(),
            Some("tj-thermal is 4.0 °C above where the machine slows itself down")
        );
        assert_eq!(
            demand.stop.as_deref(),
            Some("tj-thermal is 1.5 °C below where the machine ends")
        );
    }

    proptest! {
        #[test]
        fn a_scale_is_one_of_the_two_whatever_is_read(
            celsius in prop::collection::vec(prop::option::of(any::<f64>()), 1..40),
            slow_scale in 0.0..=1.0_f64,
        ) {
            let params = OverheatingParams { slow_scale, ..OverheatingParams::default() };
            for (scale, _) in asked(&params, &celsius) {
                prop_assert!(scale == 1.0 || scale == slow_scale);
            }
        }
    }
}
