//! Which thing of this frame is which of the last: a stable number for each, through short gaps.
//!
//! Centre, width and height of each box follow constant-velocity Kalman filters, one per number. Boxes of the same
//! class are matched to the predicted ones greedily, those that overlap most first.

use crate::heads::{BoundingBox, Detection};
use crate::matching::matched;

/// Least overlap of a box with the predicted one, 0 to 1.
const MIN_OVERLAP: f32 = 0.2;
/// Frames in which a thing must be seen before it has a number.
const FRAMES: u32 = 2;
/// How long a thing may go unseen, s.
const PATIENCE_SECS: f64 = 1.0;
/// Standard deviation of a box's edges, as a share of its size.
const MEASUREMENT_SHARE: f64 = 0.05;
/// Standard deviation of a thing's acceleration, in its own sizes per s².
const ACCELERATION_SHARE: f64 = 2.0;

/// A number and its rate of change, with their covariance.
#[derive(Debug, Clone, Copy)]
struct Filter {
    value: f64,
    rate: f64,
    /// Variance of the value, covariance, variance of the rate.
    covariance: [f64; 3],
}

impl Filter {
    /// A first value, its variance, and that of the rate, which is unknown.
    fn new(value: f64, variance: f64, rate_variance: f64) -> Self {
        Self {
            value,
            rate: 0.0,
            covariance: [variance, 0.0, rate_variance],
        }
    }

    /// White noise of acceleration through `dt` seconds.
    fn predict(&mut self, dt: f64, acceleration_variance: f64) {
        self.value += self.rate * dt;
        let [vv, vr, rr] = self.covariance;
        let q = acceleration_variance;
        self.covariance = [
            vv + 2.0 * dt * vr + dt * dt * rr + q * dt.powi(4) / 4.0,
            vr + dt * rr + q * dt.powi(3) / 2.0,
            rr + q * dt * dt,
        ];
    }

    fn correct(&mut self, measured: f64, variance: f64) {
        let [vv, vr, rr] = self.covariance;
        let innovation = measured - self.value;
        let [gain, rate_gain] = [vv / (vv + variance), vr / (vv + variance)];
        self.value += gain * innovation;
        self.rate += rate_gain * innovation;
        self.covariance = [(1.0 - gain) * vv, (1.0 - gain) * vr, rr - rate_gain * vr];
    }
}

#[derive(Debug)]
struct Track {
    /// Centre x and y, width, height.
    filters: [Filter; 4],
    class: usize,
    id: Option<u64>,
    seen: u32,
    last_secs: f64,
}

fn numbers(bbox: &BoundingBox) -> [f64; 4] {
    let ([x, y], [width, height]) = (bbox.centre(), bbox.size());
    [x, y, width, height].map(f64::from)
}

impl Track {
    fn bbox(&self) -> BoundingBox {
        let [x, y, width, height] = self.filters.map(|filter| filter.value as f32);
        BoundingBox::centred([x, y], [width.max(0.0), height.max(0.0)])
    }

    fn size(&self) -> f64 {
        self.filters[2].value.max(self.filters[3].value).max(1.0)
    }
}

/// Follows things from frame to frame.
#[derive(Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    last_id: u64,
    now_secs: Option<f64>,
}

impl Tracker {
    /// Takes the things of a frame, stamped `now_secs`, and gives the number of each; `None` for one that was not
    /// seen often enough yet. Numbers begin at 1 and are never used again. Where time goes back all is forgotten
    /// but the numbers.
    pub fn update(&mut self, now_secs: f64, things: &[Detection]) -> Vec<Option<u64>> {
        let dt = now_secs - self.now_secs.replace(now_secs).unwrap_or(now_secs);
        // A NaN is no time, either.
        if !(dt >= 0.0) {
            self.tracks.clear();
        }
        self.tracks.retain(|track| now_secs - track.last_secs <= PATIENCE_SECS);
        for track in &mut self.tracks {
            let acceleration = (ACCELERATION_SHARE * track.size()).powi(2);
            for filter in &mut track.filters {
                filter.predict(dt, acceleration);
            }
        }
        let matched = self.matched(things);
        let pairs = things.iter().zip(matched);
        pairs.map(|(thing, at)| self.take(now_secs, thing, at)).collect()
    }

    /// The track of each thing.
    fn matched(&self, things: &[Detection]) -> Vec<Option<usize>> {
        let tracks: Vec<_> = self.tracks.iter().map(|track| (track.bbox(), track.class)).collect();
        let things: Vec<_> = things.iter().map(|thing| (thing.bbox, thing.class)).collect();
        let matched = matched(&tracks, &things, MIN_OVERLAP).into_iter();
        matched.map(|known| known.map(|(track, _)| track)).collect()
    }

    /// Another model names the classes from now on: what it calls each of the old numbers, none where it does not know the
    /// class, whose things are forgotten.
    pub fn renumber_classes(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.tracks.retain_mut(|track| {
            let known = number(track.class);
            track.class = known.unwrap_or(track.class);
            known.is_some()
        });
    }

    fn take(&mut self, now_secs: f64, thing: &Detection, at: Option<usize>) -> Option<u64> {
        if !thing.bbox.is_finite() {
            return None;
        }
        let measured = numbers(&thing.bbox);
        let size = measured[2].max(measured[3]).max(1.0);
        let variance = (MEASUREMENT_SHARE * size).powi(2);
        let at = at.unwrap_or_else(|| {
            self.tracks.push(Track {
                filters: measured.map(|value| Filter::new(value, variance, size * size)),
                class: thing.class,
                id: None,
                seen: 0,
                last_secs: now_secs,
            });
            self.tracks.len() - 1
        });
        let track = &mut self.tracks[at];
        for (filter, value) in track.filters.iter_mut().zip(measured) {
            filter.correct(value, variance);
        }
        track.seen += 1;
        track.last_secs = now_secs;
        if track.id.is_none() && track.seen >= FRAMES {
            self.last_id += 1;
            track.id = Some(self.last_id);
        }
        track.id
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn thing(x: f32, y: f32, class: usize) -> Detection {
        Detection {
            bbox: BoundingBox::centred([x, y], [40.0, 60.0]),
            score: 0.9,
            class,
        }
    }

    #[test]
    fn two_that_pass_each_other_keep_their_numbers() {
        let mut tracker = Tracker::default();
        let mut last = Vec::new();
        for frame in 0..60 {
            let t = frame as f32;
            // They meet in the middle, 25 pixels apart in height.
            let things = [thing(100.0 + 5.0 * t, 100.0, 0), thing(400.0 - 5.0 * t, 125.0, 0)];
            last = tracker.update(f64::from(frame) / 30.0, &things);
            assert_eq!(last.iter().all(Option::is_some), frame > 0);
        }
        assert_eq!(last, [Some(1), Some(2)]);
    }

    #[test]
    fn a_short_gap_is_bridged_in_motion_and_a_long_one_is_not() {
        let mut tracker = Tracker::default();
        let at = |frame: u32| [thing(50.0 + 4.0 * frame as f32, 80.0, 0)];
        for frame in 0..30 {
            tracker.update(f64::from(frame) / 30.0, &at(frame));
        }
        for frame in 30..45 {
            tracker.update(f64::from(frame) / 30.0, &[]);
        }
        assert_eq!(tracker.update(1.5, &at(45)), [Some(1)]);
        tracker.update(4.0, &at(46));
        assert_eq!(tracker.update(4.05, &at(46)), [Some(2)]);
    }

    #[test]
    fn things_keep_their_numbers_where_another_model_numbers_the_classes_otherwise() {
        let mut tracker = Tracker::default();
        for frame in 0..3 {
            tracker.update(f64::from(frame) / 30.0, &[thing(50.0, 50.0, 0), thing(300.0, 50.0, 1)]);
        }
        tracker.renumber_classes(|class| (class == 0).then_some(7));
        let ids = tracker.update(0.1, &[thing(50.0, 50.0, 7), thing(300.0, 50.0, 1)]);
        assert_eq!(ids, [Some(1), None]);
    }

    #[test]
    fn other_classes_and_time_that_goes_back_begin_anew() {
        let mut tracker = Tracker::default();
        for frame in 0..5 {
            tracker.update(f64::from(frame), &[thing(50.0, 50.0, 0)]);
        }
        assert_eq!(tracker.update(4.1, &[thing(50.0, 50.0, 1)]), [None]);
        assert_eq!(tracker.update(1.0, &[thing(50.0, 50.0, 0)]), [None]);
        assert_eq!(tracker.update(1.1, &[thing(50.0, 50.0, 0)]), [Some(2)]);
    }

    proptest! {
        #[test]
        fn no_number_is_given_twice_in_a_frame(
            frames in proptest::collection::vec(
                (any::<f64>(), proptest::collection::vec((any::<f32>(), -50f32..50.0, 0usize..2), 0..8)), 1..8),
        ) {
            let mut tracker = Tracker::default();
            for (secs, places) in frames {
                let things: Vec<_> = places.into_iter().map(|(x, y, class)| thing(x, y, class)).collect();
                let mut ids: Vec<_> = tracker.update(secs, &things).into_iter().flatten().collect();
                let count = ids.len();
                ids.sort();
                ids.dedup();
                prop_assert_eq!(ids.len(), count);
            }
        }
    }
}
