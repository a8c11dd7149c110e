//! Where releases come from, as the updater sees it.

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use sinew_releases::bundle::Unpacked;
use sinew_releases::store::State;
use thiserror::Error;

/// What there is for this robot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    /// The newest version that it is to get, such as `strider_walk-3`.
    pub newest: Option<String>,
    /// Versions that no robot is to run, and why.
    pub yanked: Vec<(String, String)>,
    /// Versions that no further robot is to get, and why.
    pub halted: Vec<(String, String)>,
    /// Versions that are not offered any more and may be again: a candidate goes.
    pub withdrawn: Vec<String>,
}

/// When a place wants to be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pauses {
    /// How often, where it says so.
    pub every: Option<Duration>,
    /// How long it wants to be left alone first.
    pub at_least: Option<Duration>,
}

/// Why there is nothing to be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OffersError {
    /// The network, the server or the disk; another time may do.
    #[error("{0}")]
    Unreachable(String),
    /// The disk has no room for it beside what is to stay free.
    #[error("{0}")]
    NoRoom(String),
    /// What was found is not what was signed, or does not fit what was seen before.
    #[error("{0}")]
    NotSigned(String),
    /// It cannot run here.
    #[error("{0}")]
    Unfit(String),
}

/// A release that was brought.
#[derive(Debug)]
pub struct Brought {
    /// The release, in the folder that was asked for.
    pub release: Unpacked,
    /// Bytes that came over the network.
    pub bytes: u64,
}

/// A place that releases come from. What it gives was verified.
pub trait Offers: Debug + Send {
    /// Asks what there is for this robot, and for one version where it is held.
    ///
    /// # Errors
    /// Where it cannot be reached, or does not tell what was signed.
    fn ask(&mut self, pinned: Option<&str>) -> Result<Offered, OffersError>;

    /// Brings the version that was offered last into `folder`, which is not there yet and whose parent is kept between
    /// tries. `before` is the folder of a release that the robot has, from which only the difference may have to be
    /// brought.
    ///
    /// # Errors
    /// Where it cannot be had, is not what was signed, or does not run here.
    fn bring(&mut self, version: &str, folder: &Path, before: Option<&Path>) -> Result<Brought, OffersError>;

    /// Takes no more than so many bytes a second from now on; `None` for as many as come.
    fn limit(&mut self, bytes_per_sec: Option<f64>);

    /// Hears what became of what was offered last: what the store knows, and why something was refused that is not in there. A
    /// place that does not want to know it need not listen.
    ///
    /// # Errors
    /// Where the place cannot be told; it is told the next time.
    fn tell(&mut self, _state: &State, _refused: Option<&str>) -> Result<(), OffersError> {
        Ok(())
    }

    /// When the place wants to be asked next.
    fn pauses(&self) -> Pauses {
        Pauses::default()
    }
}
