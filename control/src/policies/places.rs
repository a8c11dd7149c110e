//! The way of others to a loop's policies, lock-free on the loop's side.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crossbeam_utils::atomic::AtomicCell;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{InCharge, Install, LoadedPolicy, PLACES, Switch};
use crate::sync::lock;

/// The most numbers that policies may have which are installed later; what the first policy has fits in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRoom {
    /// In an observation, histories included.
    pub observation: usize,
    /// In an action.
    pub action: usize,
}

/// Why a policy was not handed to the loop.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum InstallError {
    /// There is no such place.
    #[error("expected a place from 0 to {}, found {found}", PLACES - 1)]
    NoPlace {
        /// The place.
        found: u8,
    },
    /// The policy in that place is in charge.
    #[error("expected a place whose policy is not in charge, found {found}")]
    InCharge {
        /// The place.
        found: u8,
    },
    /// The loop has not taken the one before yet.
    #[error("the control loop has not taken the policy before yet")]
    Busy,
    /// It was made for another robot or rate.
    #[error(
        "expected a policy that was loaded for {joints} joints at {rate_hz} Hz, found one for {found_joints} at {found_rate_hz} Hz"
    )]
    OtherLoop {
        /// Joints of the loop's robot.
        joints: usize,
        /// The loop's rate.
        rate_hz: f64,
        /// Joints of the robot that it was made for.
        found_joints: usize,
        /// The rate that it was made for.
        found_rate_hz: f64,
    },
    /// The joints damp by themselves with another damping than its own.
    #[error(
        "expected a policy with the damping that the joints have by themselves (`drive_damping`), {expected} N·m·s/rad at \
         joint {joint} of the robot, found {found}"
    )]
    OtherDamping {
        /// The first joint where they differ, robot order.
        joint: usize,
        /// What the joint has.
        expected: f64,
        /// What the policy asks for.
        found: f64,
    },
    /// The loop's records have no room for it.
    #[error(
        "expected an observation of at most {} numbers and an action of at most {}, found {} and {}",
        .room.observation, .room.action, .found.observation, .found.action
    )]
    TooLarge {
        /// What there is room for.
        room: PolicyRoom,
        /// What it has.
        found: PolicyRoom,
    },
}

/// A policy that was not handed to the loop, and why.
#[derive(Debug, Error)]
#[error("{why}")]
pub struct NotInstalled {
    /// Why.
    pub why: InstallError,
    /// The policy.
    pub policy: Box<LoadedPolicy>,
}

/// The places of a loop's policies, seen from outside the tick.
pub struct PolicyPlaces {
    room: PolicyRoom,
    /// What each joint of the loop's robot damps by itself.
    drive_kd: Vec<f64>,
    rate_hz: f64,
    /// Whether something waits below: all that a tick reads where nothing does.
    waits: AtomicBool,
    arriving: AtomicCell<Option<Box<LoadedPolicy>>>,
    /// Whether the loop is not done with the newest arrival yet.
    is_arriving: AtomicBool,
    /// What had to make room. Empty before anything arrives.
    leaving: AtomicCell<Option<Box<LoadedPolicy>>>,
    /// For one who installs at a time.
    installing: Mutex<()>,
    /// A [`Switch`].
    switch: AtomicU64,
    /// Place and number of the policy in charge.
    in_charge: AtomicU64,
    /// The number of the policy in each place, plus one; 0 where there is none.
    numbers: [AtomicU32; PLACES],
    /// Whether a switch waits for its conditions.
    is_switching: AtomicBool,
    refused: AtomicU64,
}

impl fmt::Debug for PolicyPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyPlaces")
            .field("room", &self.room)
            .field("in_charge", &self.in_charge())
            .finish_non_exhaustive()
    }
}

impl PolicyPlaces {
    /// Of a loop at `rate_hz` over joints that damp by themselves with `drive_kd`, whose records have `room`.
    pub(crate) fn new(drive_kd: &[f64], rate_hz: f64, room: PolicyRoom) -> Self {
        let numbers = [const { AtomicU32::new(0) }; PLACES];
        numbers[0].store(1, Ordering::Relaxed);
        Self {
            room,
            drive_kd: drive_kd.to_vec(),
            rate_hz,
            waits: AtomicBool::new(false),
            arriving: AtomicCell::new(None),
            is_arriving: AtomicBool::new(false),
            leaving: AtomicCell::new(None),
            installing: Mutex::new(()),
            switch: AtomicU64::new(0),
            in_charge: AtomicU64::new(0),
            numbers,
            is_switching: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        }
    }

    /// Hands a policy to the loop, which takes it at its next tick; the one that has the place comes back and is dropped
    /// with the next call, or by [`drop_left`](Self::drop_left).
    ///
    /// # Errors
    /// With the policy, where it does not fit the loop, or the loop has not taken the one before.
    pub fn install(&self, place: u8, mut policy: Box<LoadedPolicy>) -> Result<(), NotInstalled> {
        let _one_at_a_time = lock(&self.installing);
        if let Err(why) = self.expect_room(place, &policy) {
            return Err(NotInstalled { why, policy });
        }
        // Before the next one can make anything leave.
        drop(self.leaving.take());
        policy.place = place;
        self.is_arriving.store(true, Ordering::Relaxed);
        self.arriving.store(Some(policy));
        self.waits.store(true, Ordering::Release);
        Ok(())
    }

    fn expect_room(&self, place: u8, policy: &LoadedPolicy) -> Result<(), InstallError> {
        if usize::from(place) >= PLACES {
            return Err(InstallError::NoPlace { found: place });
        }
        if self.in_charge().place == place {
            return Err(InstallError::InCharge { found: place });
        }
        let found_joints = policy.rest.position.len();
        if (found_joints, policy.rate_hz) != (self.drive_kd.len(), self.rate_hz) {
            return Err(InstallError::OtherLoop {
                joints: self.drive_kd.len(),
                rate_hz: self.rate_hz,
                found_joints,
                found_rate_hz: policy.rate_hz,
            });
        }
        let mut dampings = self.drive_kd.iter().zip(&policy.drive_kd).enumerate();
        if let Some((joint, (&expected, &found))) = dampings.find(|(_, (own, found))| own != found) {
            return Err(InstallError::OtherDamping { joint, expected, found });
        }
        let found = PolicyRoom {
            observation: policy.observation_len(),
            action: policy.action_len(),
        };
        if found.observation > self.room.observation || found.action > self.room.action {
            return Err(InstallError::TooLarge { room: self.room, found });
        }
        if self.is_arriving.load(Ordering::Acquire) {
            return Err(InstallError::Busy);
        }
        Ok(())
    }

    /// Drops the policy that had to make room last.
    pub fn drop_left(&self) {
        let _one_at_a_time = lock(&self.installing);
        drop(self.leaving.take());
    }

    /// Asks that the policy of a place takes charge; replaces a request that the loop has not taken yet.
    pub fn switch(&self, switch: Switch) {
        self.switch.store(switch.to_bits(), Ordering::Relaxed);
        self.waits.store(true, Ordering::Release);
    }

    /// The policy that is in charge.
    pub fn in_charge(&self) -> InCharge {
        let bits = self.in_charge.load(Ordering::Acquire);
        InCharge {
            place: (bits >> 32) as u8,
            number: bits as u32,
        }
    }

    /// The number of the policy in a place; `None` where there is none.
    pub fn number_at(&self, place: u8) -> Option<u32> {
        let number = self.numbers.get(usize::from(place))?.load(Ordering::Acquire);
        number.checked_sub(1)
    }

    /// Whether a switch was asked for and has not taken place yet.
    pub fn is_switching(&self) -> bool {
        self.is_switching.load(Ordering::Acquire) || self.switch.load(Ordering::Acquire) != 0
    }

    /// How many requests the loop has refused: for a place without a policy, or with one that needs torques which the
    /// drives do not measure; and policies for the place in charge.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Acquire)
    }

    /// The room that there is.
    pub fn room(&self) -> PolicyRoom {
        self.room
    }

    /// Whether something waits for the loop.
    pub(crate) fn waits(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    /// What waits. Of a policy and a request that came together the policy is the older one.
    pub(crate) fn take(&self) -> (Option<Box<LoadedPolicy>>, Option<Switch>) {
        self.waits.swap(false, Ordering::Acquire);
        let switch = Switch::from_bits(self.switch.swap(0, Ordering::AcqRel));
        (self.arriving.take(), switch)
    }

    /// Says that the arrival which was taken has its place, and gives out the policy that had to make room, if any. There
    /// is room for it: whoever made it leave has dropped the one before.
    pub(crate) fn arrived(&self, leaving: Option<Box<LoadedPolicy>>) {
        if leaving.is_some() {
            self.leaving.store(leaving);
        }
        // Only now may the next one come.
        self.is_arriving.store(false, Ordering::Release);
    }

    pub(crate) fn tell_installed(&self, install: Install) {
        if let Some(number) = self.numbers.get(usize::from(install.place)) {
            number.store(install.number.wrapping_add(1), Ordering::Release);
        }
    }

    pub(crate) fn tell_in_charge(&self, in_charge: InCharge) {
        let bits = u64::from(in_charge.place) << 32 | u64::from(in_charge.number);
        self.in_charge.store(bits, Ordering::Release);
    }

    pub(crate) fn tell_switching(&self, is_switching: bool) {
        self.is_switching.store(is_switching, Ordering::Release);
    }

    pub(crate) fn tell_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_is_exchanged_in_one_step() {
        assert!(AtomicCell::<Option<Box<u8>>>::is_lock_free());
    }
}
