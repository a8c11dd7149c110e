//! The lock-free mailbox between a tick and everybody who asks something of it; what it did goes out through the
//! [tap](crate::tap). Neither side ever waits for the other.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::command::VelocityCommand;
use crate::exchange::{Giver, Taker, exchange};
use crate::gate::{Check, VerdictCounts};
use crate::policies::{Install, PolicyPlaces, PolicyRoom, Switch};
use crate::record::RecordSizes;
use crate::sync::lock;
use crate::tap::{Publisher, Tap, TapReader};

/// What an operator can ask of the control loop besides a velocity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Request {
    /// Damp → stand up → run.
    Start = 1,
    /// Back to damping, without a fault.
    Damp = 2,
    /// Forget a latched stop; the robot damps until it is started again.
    ClearStop = 3,
}

impl Request {
    const ALL: [Self; 3] = [Self::Start, Self::Damp, Self::ClearStop];
}

/// Whether the robot may stand up: what a number in the mailbox means.
mod standing {
    /// Nobody has to be asked.
    pub(super) const FREE: u32 = 0;
    /// Somebody has to be asked first.
    pub(super) const WITHHELD: u32 = 1;
    /// The loop would stand up, and asks.
    pub(super) const ASKED: u32 = 2;
    /// It may, once.
    pub(super) const GRANTED: u32 = 3;
}

/// Requests in the order in which they were made, at most eight: the first in the lowest bits, each as its number; 0 is
/// none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests(u32);

impl Requests {
    /// Of requests in their order; `None` for more than eight.
    pub fn from_slice(requests: &[Request]) -> Option<Self> {
        (requests.iter()).try_fold(Self::default(), |before, &request| before.and(request))
    }

    /// These, and then `request`; `None` where there are eight already.
    fn and(self, request: Request) -> Option<Self> {
        let bits = u32::BITS - self.0.leading_zeros();
        let place = bits.next_multiple_of(REQUEST_BITS);
        (place < REQUEST_BITS * MOST_REQUESTS).then(|| Self(self.0 | (request as u32) << place))
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl IntoIterator for Requests {
    type Item = Request;
    type IntoIter = RequestsIter;

    fn into_iter(self) -> RequestsIter {
        RequestsIter(self.0)
    }
}

/// The requests of some [`Requests`], in their order.
#[derive(Debug, Clone)]
pub struct RequestsIter(u32);

impl Iterator for RequestsIter {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let number = self.0 & ((1 << REQUEST_BITS) - 1);
        self.0 >>= REQUEST_BITS;
        Request::ALL.into_iter().find(|request| *request as u32 == number)
    }
}

/// What a loop takes out of its mailbox at the beginning of a tick.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Asked {
    /// Changes of mode, in the order in which they were asked for.
    pub requests: Requests,
    /// The newest velocity, as it was asked for.
    pub velocity: Option<VelocityCommand>,
    /// The check to stop for.
    pub stop: Option<Check>,
    /// The policy that was put into a place.
    pub install: Option<Install>,
    /// The policy that is to take charge.
    pub switch: Option<Switch>,
}

const REQUEST_BITS: u32 = 2;
const MOST_REQUESTS: u32 = 8;

#[derive(Debug)]
struct Shared {
    /// Among operators; the loop has the other end.
    velocity: Mutex<Giver<VelocityCommand>>,
    /// The [`Requests`] that wait.
    requests: AtomicU32,
    /// The check to stop for, as its index plus one; 0 is none.
    stop: AtomicU32,
    /// One of [`standing`].
    standing: AtomicU32,
    policies: PolicyPlaces,
    tap: Tap,
    counts: [AtomicU64; Check::ALL.len()],
}

/// The operator's end of a loop's mailbox: any number of clones, from any thread.
#[derive(Debug, Clone)]
pub struct Operator(Arc<Shared>);

/// The loop's end.
#[derive(Debug)]
pub(crate) struct Mailbox {
    shared: Arc<Shared>,
    velocity: Taker<VelocityCommand>,
}

/// A connected pair, of a loop with these places for policies whose records go through `tap`.
pub(crate) fn mailbox(tap: Tap, policies: PolicyPlaces) -> (Operator, Mailbox) {
    let (giver, velocity) = exchange(&VelocityCommand::default());
    let shared = Arc::new(Shared {
        velocity: Mutex::new(giver),
        requests: AtomicU32::new(0),
        stop: AtomicU32::new(0),
        standing: AtomicU32::new(standing::FREE),
        policies,
        tap,
        counts: std::array::from_fn(|_| AtomicU64::new(0)),
    });
    (Operator(shared.clone()), Mailbox { shared, velocity })
}

impl Operator {
    /// One whose loop has ended before its first tick: for tests of what reports about loops.
    pub fn of_no_loop() -> Self {
        let sizes = RecordSizes {
            dof: 0,
            feet: 0,
            observation: 0,
            action: 0,
        };
        let policies = PolicyPlaces::new(&[], 0.0, PolicyRoom::default());
        mailbox(Publisher::new(1, sizes).tap(), policies).0
    }

    /// The loop's policies: to install another one, and to have it take charge.
    pub fn policies(&self) -> &PolicyPlaces {
        &self.0.policies
    }

    /// Asks for a velocity; replaces the one that was not taken yet. Also feeds the deadman.
    pub fn command(&self, velocity: VelocityCommand) {
        let mut giver = lock(&self.0.velocity);
        giver.give(|slot| *slot = velocity);
    }

    /// Stops the robot at its next tick. Cannot be lost.
    pub fn stop(&self) {
        self.stop_for(Check::OperatorStop);
    }

    /// The same for a reason that somebody else than an operator has seen. Of several that the loop has not
    /// taken yet the first stays.
    pub fn stop_for(&self, check: Check) {
        let number = check as u32 + 1;
        // Where it fails another stop waits already.
        let _ = (self.0.stop).compare_exchange(0, number, Ordering::Release, Ordering::Relaxed);
    }

    /// Asks for a change of mode; `false` when the loop has not taken the last eight yet.
    #[must_use]
    pub fn request(&self, request: Request) -> bool {
        let add = |waiting: u32| Requests(waiting).and(request).map(|requests| requests.0);
        (self.0.requests)
            .fetch_update(Ordering::Release, Ordering::Relaxed, add)
            .is_ok()
    }

    /// From here on the robot stands up only after [`let_stand`](Self::let_stand): for somebody who has to see to
    /// something before it moves. To be called before the loop's first tick.
    pub fn withhold_standing(&self) {
        self.0.standing.store(standing::WITHHELD, Ordering::Release);
    }

    /// From here on nobody has to be asked before the robot stands up.
    pub(crate) fn free_standing(&self) {
        self.0.standing.store(standing::FREE, Ordering::Release);
    }

    /// Whether the robot would stand up now, and waits for [`let_stand`](Self::let_stand).
    pub fn asks_to_stand(&self) -> bool {
        self.0.standing.load(Ordering::Acquire) == standing::ASKED
    }

    /// Lets the robot that asks for it stand up, this time; `false` where it does not ask any more.
    pub fn let_stand(&self) -> bool {
        (self.0.standing)
            .compare_exchange(standing::ASKED, standing::GRANTED, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// A reader of the records of all ticks from now on: it gets every one of them, whoever else reads.
    pub fn tap(&self) -> TapReader {
        self.0.tap.reader()
    }

    /// A reader of the records of all ticks since the loop's first: of those that the loop does not keep any more it
    /// has none, and has lost them.
    pub fn tap_of_all(&self) -> TapReader {
        self.0.tap.reader_of_all()
    }

    /// How often each check of the gate has spoken so far.
    pub fn counts(&self) -> VerdictCounts {
        VerdictCounts::from_fn(|check| self.0.counts[check as usize].load(Ordering::Relaxed))
    }
}

impl Mailbox {
    /// Everything that was asked since the last call.
    pub(crate) fn take(&mut self) -> Asked {
        Asked {
            requests: self.take_requests(),
            velocity: self.take_velocity(),
            // Last, so that no request of before clears it.
            stop: self.take_stop(),
            // What waits there the loop takes itself.
            install: None,
            switch: None,
        }
    }

    /// Where others hand policies to the loop.
    pub(crate) fn policies(&self) -> &PolicyPlaces {
        &self.shared.policies
    }

    fn take_velocity(&mut self) -> Option<VelocityCommand> {
        self.velocity.take().then(|| *self.velocity.newest())
    }

    /// All requests since the last call, in order.
    fn take_requests(&self) -> Requests {
        let requests = &self.shared.requests;
        Requests(match requests.load(Ordering::Relaxed) {
            0 => 0,
            _ => requests.swap(0, Ordering::Acquire),
        })
    }

    /// The check to stop for, where somebody asked for a stop since the last call.
    fn take_stop(&self) -> Option<Check> {
        let number = match self.shared.stop.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.shared.stop.swap(0, Ordering::Acquire),
        };
        Check::ALL.get((number as usize).checked_sub(1)?).copied()
    }

    /// Whether the robot may stand up in this tick, of a loop that would where `due`.
    pub(crate) fn may_stand(&self, due: bool) -> bool {
        let standing = &self.shared.standing;
        match (standing.load(Ordering::Acquire), due) {
            (standing::FREE, _) => due,
            (standing::GRANTED, true) => {
                standing.store(standing::WITHHELD, Ordering::Release);
                true
            }
            (standing::WITHHELD, true) => {
                standing.store(standing::ASKED, Ordering::Release);
                false
            }
            (standing::WITHHELD, false) | (_, true) => false,
            // It was asked for a start that is off.
            (_, false) => {
                standing.store(standing::WITHHELD, Ordering::Release);
                false
            }
        }
    }

    pub(crate) fn publish_counts(&self, counts: &VerdictCounts) {
        for (check, count) in counts.iter() {
            self.shared.counts[check as usize].store(count, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecordSizes;
    use crate::tap::Publisher;

    #[test]
    fn requests_come_out_once_in_the_order_they_were_made_eight_at_most() {
        use Request::{ClearStop, Damp, Start};
        let sizes = RecordSizes {
            dof: 1,
            feet: 0,
            observation: 1,
            action: 1,
        };
        let policies = PolicyPlaces::new(&[0.0], 1.0, PolicyRoom::default());
        let (operator, mailbox) = mailbox(Publisher::new(1, sizes).tap(), policies);
        let made = [ClearStop, Start, Damp, Damp, Start, ClearStop, Damp, Start];
        assert!(made.into_iter().all(|request| operator.request(request)));
        assert!(!operator.request(Start));
        assert!(mailbox.take_requests().into_iter().eq(made));
        assert_eq!(Requests::from_slice(&made).unwrap().into_iter().count(), 8);
        assert_eq!(Requests::from_slice(&[Start; 9]), None);
        assert!(operator.request(Damp));
        assert!(mailbox.take_requests().into_iter().eq([Damp]));
        assert!(mailbox.take_requests().is_empty());
    }

    #[test]
    fn a_stand_that_is_withheld_takes_one_leave_each_time_and_none_is_left_over() {
        let sizes = RecordSizes {
            dof: 1,
            feet: 0,
            observation: 1,
            action: 1,
        };
        let policies = PolicyPlaces::new(&[0.0], 1.0, PolicyRoom::default());
        let (operator, mailbox) = mailbox(Publisher::new(1, sizes).tap(), policies);
        assert!(mailbox.may_stand(true) && !mailbox.may_stand(false));
        operator.withhold_standing();
        for _ in 0..2 {
            assert!(!operator.asks_to_stand() && !operator.let_stand());
            assert!(!mailbox.may_stand(true) && !mailbox.may_stand(true));
            assert!(operator.asks_to_stand() && operator.let_stand());
            assert!(!operator.asks_to_stand());
            assert!(mailbox.may_stand(true));
        }
        // A start that is off takes its leave with it.
        assert!(!mailbox.may_stand(true));
        assert!(operator.let_stand());
        assert!(!mailbox.may_stand(false));
        assert!(!mailbox.may_stand(true));
        assert!(!mailbox.may_stand(false));
        assert!(!operator.let_stand());
    }
}
