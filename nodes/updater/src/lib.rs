//! The node `updater`: brings signed releases of models to a robot, and puts them into its store.
//!
//! It asks a repository now and then, verifies what it says, downloads what is newer and for this robot, and stages it.
//! What becomes of it then is decided by whoever runs the model; the store is all that they share. Without a network
//! the robot works as before.
//!
//! The node has no topics but `/diagnostics`. [`Updates`] is its core, without a bus, a thread or a clock.

mod node;
mod offers;
mod params;
mod repository;
mod schedule;
mod updates;

pub use node::UpdaterNode;
pub use offers::{Offered, Offers, OffersError};
pub use params::UpdaterParams;
pub use repository::Repository;
pub use schedule::Schedule;
pub use updates::{Step, Updates};
