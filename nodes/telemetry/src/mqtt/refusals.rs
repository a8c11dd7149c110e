//! Which message a broker does not take, and what it may still hold up.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::back_off::BackOff;
use crate::spool::Class;

/// How long a message waits that may be why a connection was lost: others go first, and show whether the broker lives.
const SUSPECT_PAUSE: Duration = Duration::from_secs(1);
/// After how many acknowledgements in a row nobody is suspected any more.
const TRUSTED_AFTER: u32 = 8;

#[derive(Debug)]
struct Suspect {
    tries: u32,
    not_before: Instant,
    /// Whether another message was acknowledged since it was tried last: then the broker is not at fault.
    others_passed: bool,
}

/// What was refused so far.
#[derive(Debug)]
pub(super) struct Refusals {
    most_tries: u32,
    suspects: HashMap<(Class, u64), Suspect>,
    /// A class of which a message was refused sends one message at a time, after a pause.
    paused: HashMap<Class, (BackOff, Instant)>,
    pauses: (Duration, Duration),
    /// While this is not 0, messages go out one at a time, so that it shows which of them ends connections.
    alone_for: u32,
}

impl Refusals {
    pub(super) fn new(most_tries: u32, shortest: Duration, longest: Duration) -> Self {
        Self {
            most_tries,
            suspects: HashMap::new(),
            paused: HashMap::new(),
            pauses: (shortest, longest),
            alone_for: 0,
        }
    }

    /// How many messages may be in flight.
    pub(super) fn window(&self, in_flight: usize) -> usize {
        if self.alone_for > 0 { 1 } else { in_flight }
    }

    /// Whether this message may go now, while so many of its class are in flight.
    pub(super) fn may_go(&self, class: Class, sequence: u64, in_flight: usize, now: Instant) -> bool {
        let is_held = |suspect: &Suspect| now < suspect.not_before;
        let class_is_held = |(_, until): &(BackOff, Instant)| now < *until || in_flight > 0;
        !self.suspects.get(&(class, sequence)).is_some_and(is_held)
            && !self.paused.get(&class).is_some_and(class_is_held)
    }

    pub(super) fn acknowledged(&mut self, class: Class, sequence: u64) {
        self.suspects.remove(&(class, sequence));
        self.paused.remove(&class);
        self.alone_for = self.alone_for.saturating_sub(1);
        self.suspects
            .values_mut()
            .for_each(|suspect| suspect.others_passed = true);
    }

    /// The broker has answered that it does not take a message. Returns whether it will not be tried again.
    pub(super) fn refused(&mut self, class: Class, sequence: u64, now: Instant) -> bool {
        self.pause(class, now);
        self.suspect(class, sequence, now, true)
    }

    /// The broker takes no more of a class for now, whatever the message.
    pub(super) fn pause(&mut self, class: Class, now: Instant) {
        let (shortest, longest) = self.pauses;
        let (back_off, until) = self
            .paused
            .entry(class)
            .or_insert((BackOff::new(shortest, longest), now));
        *until = now + back_off.pause();
    }

    /// The broker has closed the connection while these were in flight. Returns the one that will not be tried again:
    /// it was alone as often as is tried, and in between others were acknowledged.
    pub(super) fn closed(&mut self, in_flight: &[(Class, u64)], now: Instant) -> Option<(Class, u64)> {
        if in_flight.is_empty() {
            return None;
        }
        self.alone_for = TRUSTED_AFTER;
        let [(class, sequence)] = *in_flight else {
            return None;
        };
        let counts = self
            .suspects
            .get(&(class, sequence))
            .is_none_or(|suspect| suspect.others_passed);
        self.suspect(class, sequence, now, counts).then_some((class, sequence))
    }

    fn suspect(&mut self, class: Class, sequence: u64, now: Instant, counts: bool) -> bool {
        let suspect = self.suspects.entry((class, sequence)).or_insert(Suspect {
            tries: 0,
            not_before: now,
            others_passed: false,
        });
        suspect.tries += u32::from(counts);
        suspect.not_before = now + SUSPECT_PAUSE;
        suspect.others_passed = false;
        let is_over = suspect.tries >= self.most_tries;
        if is_over {
            self.suspects.remove(&(class, sequence));
        }
        is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals() -> Refusals {
        Refusals::new(3, Duration::from_secs(1), Duration::from_secs(60))
    }

    #[test]
    fn a_message_that_ends_connections_alone_is_found_and_a_dying_broker_condemns_nobody() {
        let (mut refusals, now) = (refusals(), Instant::now());
        let bad = (Class::Events, 7);
        assert_eq!(refusals.closed(&[bad, (Class::Events, 8)], now), None);
        assert_eq!(refusals.window(16), 1);
        // A broker that dies over and over takes whoever is in flight with it.
        for _ in 0..20 {
            assert_eq!(refusals.closed(&[bad], now), None);
        }
        // One that acknowledges others in between does not.
        refusals.acknowledged(Class::Events, 8);
        assert_eq!(refusals.closed(&[bad], now), None);
        refusals.acknowledged(Class::Events, 9);
        assert_eq!(refusals.closed(&[bad], now), Some(bad));
    }

    #[test]
    fn a_refused_message_pauses_its_class_and_is_given_up_after_as_many_tries_as_are_asked_for() {
        let (mut refusals, mut now) = (refusals(), Instant::now());
        for tries in 1..=3 {
            assert!(refusals.may_go(Class::Events, 1, 0, now));
            assert_eq!(refusals.refused(Class::Events, 1, now), tries == 3);
            assert!(!refusals.may_go(Class::Events, 2, 0, now));
            assert!(refusals.may_go(Class::Safety, 1, 5, now));
            now += Duration::from_secs(60);
        }
        assert!(refusals.may_go(Class::Events, 2, 0, now) && !refusals.may_go(Class::Events, 3, 1, now));
        refusals.acknowledged(Class::Events, 2);
        assert!(refusals.may_go(Class::Events, 3, 1, now));
    }
}
