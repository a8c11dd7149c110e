//! That a candidate in shadow sees something else than the model in charge, as an event.

use std::time::{Duration, Instant, SystemTime};

use sinew_node::report::{DISAGREEMENT, Event};
use sinew_perception::agreement::Agreement;

/// What comes sooner after the last one is the same to whoever looks: the black box has what was around it.
const PAUSE: Duration = Duration::from_secs(60);

/// Looks at each run of a shadow.
#[derive(Debug)]
pub(super) struct Disagreement {
    least: f64,
    told: Option<Instant>,
}

impl Disagreement {
    /// Below such an F1 of the two about the images of one run.
    pub(super) fn new(least: f64) -> Self {
        Self { least, told: None }
    }

    /// The event that it is how `version` beside `in_charge` agrees with it, where it is one, at this time.
    pub(super) fn event(
        &mut self,
        agreement: &Agreement,
        at: Instant,
        version: &str,
        in_charge: &str,
    ) -> Option<Event> {
        let f1 = agreement.f1().filter(|f1| *f1 < self.least)?;
        if self.told.is_some_and(|told| at.saturating_duration_since(told) < PAUSE) {
            return None;
        }
        self.told = Some(at);
        Some(Event {
            name: DISAGREEMENT,
            subject: version.to_owned(),
            value: f1,
            tick: None,
            at: SystemTime::now(),
            message: format!(
                "{version} in shadow agrees with {in_charge} about an image by F1 {f1:.2}, less than {:.2}: {:.0} seen by both, \
                 {:.0} by {in_charge} alone, {:.0} by {version} alone",
                self.least, agreement.both, agreement.only_reference, agreement.only_other
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use sinew_perception::agreement::ClassMap;
    use sinew_perception::heads::{BoundingBox, Detection, Prediction};

    use super::*;

    #[test]
    fn an_image_about_which_the_two_disagree_is_an_event_once_in_a_minute() {
        let ball = Detection {
            bbox: BoundingBox::centred([50.0, 50.0], [20.0, 20.0]),
            score: 0.9,
            class: 0,
        };
        let [one, none] = [vec![ball], Vec::new()].map(Prediction::Things);
        let same = ClassMap::by_name(&[], &[]);
        let mut disagreement = Disagreement::new(0.5);
        let began = Instant::now();
        let mut event = |other: &Prediction, secs: u64| {
            let agreement = Agreement::of(&one, other, &same);
            disagreement.event(&agreement, began + Duration::from_secs(secs), "balls-2", "balls-1")
        };
        assert_eq!(event(&one, 0), None);
        let first = event(&none, 1).unwrap();
        assert_eq!(
            (first.name, first.subject.as_str(), first.value),
            ("disagreement", "balls-2", 0.0)
        );
        assert!(
            first
                .message
                .ends_with("0 seen by both, 1 by balls-1 alone, 0 by balls-2 alone"),
            "{}",
            first.message
        );
        assert_eq!(event(&none, 60), None);
        assert!(event(&none, 61).is_some());
    }
}
