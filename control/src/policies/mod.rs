//! Several policies in one loop: loaded and warm, each in a place, one of them in charge.
//!
//! A [`LoadedPolicy`] is made outside the tick, with everything that belongs to one policy, and refused there for what
//! does not fit. [`PolicyPlaces`] hands it to the loop and takes a request to change over, [`Switch`]; the loop looks at
//! both at the beginning of a tick, and does neither allocate nor free: what has to leave comes back and is dropped by
//! whoever installs next.
//!
//! A newcomer takes charge at a tick boundary. Where it observes the robot as the one before did, it takes over its
//! observation with histories, gait phases and last actions as they are; else its histories begin with what is observed
//! then, and its last action is the one that its own map makes the last target of. Recurrent state begins anew in both
//! cases: that of one network says nothing to another. The first target of the newcomer and the last that was written
//! differ by an offset which decays smoothly; the gains go over with it. The gate bounds what comes of it as it bounds
//! everything.

mod blend;
mod loaded;
mod places;
mod switch;

pub(crate) use blend::Blend;
pub use loaded::{LoadedPolicy, rest_command};
pub use places::{InstallError, NotInstalled, PolicyPlaces, PolicyRoom};
pub use switch::{InCharge, Install, Switch, SwitchWhen};

/// How many policies a loop has room for, the one in charge among them.
pub const PLACES: usize = 4;
