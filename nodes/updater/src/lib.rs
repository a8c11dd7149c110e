//! The node `updater`: brings signed releases of models to a robot, and puts them into its store.
//!
//! It asks a repository, or an Eclipse hawkBit ([`Hawkbit`]), now and then, verifies what it says, downloads what is newer and for this robot, and stages it.
//! What becomes of it then is decided by whoever runs the model; the store is all that they share. Without a network
//! the robot works as before.
//!
//! | out | type | |
//! |---|---|---|
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: the part `releases` |
//! | `~/report` | `std_msgs/String` | latched: a [`RobotReport`](sinew_releases::fleet::RobotReport) as JSON, at each change and every minute |
//!
//! [`Updates`] is its core, without a bus, a thread or a clock.

mod archive;
mod hawkbit;
mod node;
mod offers;
mod opening;
mod params;
mod report;
mod repository;
mod schedule;
mod signer;
mod updates;

pub use hawkbit::{Hawkbit, HawkbitParams, HawkbitToken};
pub use node::UpdaterNode;
pub use offers::{Brought, Offered, Offers, OffersError, Pauses};
pub use params::UpdaterParams;
pub use repository::Repository;
pub use schedule::Schedule;
pub use signer::SignerParams;
pub use updates::{Step, Updates};
