//! What is asked of a loop's policies, and which of them is in charge.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When a policy may take charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SwitchWhen {
    /// While the robot damps or is stopped, and while it runs once nobody has asked it to move for a second.
    #[default]
    Standing,
    /// At the next tick in which the robot does not just stand up.
    Running,
}

/// A request that the policy in a place takes charge. It waits until it may, and a newer one takes its turn; one for the
/// place that is in charge takes back the one that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// The place, from 0.
    pub place: u8,
    /// When it may.
    pub when: SwitchWhen,
    /// How long the offset between the two policies' targets takes to decay, ms; 0 for none at all.
    pub blend_millis: u32,
}

impl Switch {
    /// A change over to `place` whose offset decays in `blend`.
    pub fn new(place: u8, when: SwitchWhen, blend: Duration) -> Self {
        Self {
            place,
            when,
            blend_millis: u32::try_from(blend.as_millis()).unwrap_or(u32::MAX),
        }
    }

    /// How long the offset takes to decay, ns.
    pub(crate) fn blend_nanos(self) -> u64 {
        u64::from(self.blend_millis) * 1_000_000
    }

    /// As a number that is never 0.
    pub(super) fn to_bits(self) -> u64 {
        let when = match self.when {
            SwitchWhen::Standing => 0,
            SwitchWhen::Running => 1,
        };
        1 << 63 | when << 40 | u64::from(self.place) << 32 | u64::from(self.blend_millis)
    }

    /// The reverse of [`to_bits`](Self::to_bits); 0 is none.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        (bits != 0).then_some(Self {
            place: (bits >> 32) as u8,
            when: if bits >> 40 & 1 == 0 {
                SwitchWhen::Standing
            } else {
                SwitchWhen::Running
            },
            blend_millis: bits as u32,
        })
    }
}

/// A policy that was put into a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Install {
    /// The place, from 0.
    pub place: u8,
    /// The policy's number.
    pub number: u32,
}

/// The policy in charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InCharge {
    /// Its place, from 0.
    pub place: u8,
    /// Its number; that of the loop's first policy is 0.
    pub number: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_comes_back_from_its_bits() {
        for place in [0, 3, 255] {
            for when in [SwitchWhen::Standing, SwitchWhen::Running] {
                for blend_millis in [0, 1, u32::MAX] {
                    let switch = Switch {
                        place,
                        when,
                        blend_millis,
                    };
                    assert_eq!(Switch::from_bits(switch.to_bits()), Some(switch));
                }
            }
        }
        assert_eq!(Switch::from_bits(0), None);
    }
}
