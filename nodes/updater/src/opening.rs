//! A place that is opened when it is asked: one that cannot be opened now may be there the next time.

use std::fmt;
use std::path::Path;

use sinew_releases::store::State;

use crate::offers::{Brought, Offered, Offers, OffersError, Pauses};

/// Opens the place.
type Open = Box<dyn FnMut() -> anyhow::Result<Box<dyn Offers>> + Send>;

/// A place, and how it is opened. A robot does as well without one as without a network.
pub(crate) struct Opening {
    open: Open,
    opened: Option<Box<dyn Offers>>,
    bytes_per_sec: Option<f64>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening")
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

impl Opening {
    pub(crate) fn new(open: Open) -> Self {
        Self {
            open,
            opened: None,
            bytes_per_sec: None,
        }
    }

    /// The place, which is opened where it is not.
    fn place(&mut self) -> Result<&mut Box<dyn Offers>, OffersError> {
        let mut place = match self.opened.take() {
            Some(opened) => opened,
            None => (self.open)().map_err(|error| OffersError::Unreachable(format!("{error:#}")))?,
        };
        place.limit(self.bytes_per_sec);
        Ok(self.opened.insert(place))
    }
}

impl Offers for Opening {
    fn ask(&mut self, pinned: Option<&str>) -> Result<Offered, OffersError> {
        self.place()?.ask(pinned)
    }

    fn bring(&mut self, version: &str, folder: &Path, before: Option<&Path>) -> Result<Brought, OffersError> {
        self.place()?.bring(version, folder, before)
    }

    fn limit(&mut self, bytes_per_sec: Option<f64>) {
        self.bytes_per_sec = bytes_per_sec;
    }

    fn tell(&mut self, state: &State, refused: Option<&str>) -> Result<(), OffersError> {
        match &mut self.opened {
            Some(opened) => opened.tell(state, refused),
            None => Ok(()),
        }
    }

    fn pauses(&self) -> Pauses {
        self.opened
            .as_ref()
            .map_or_else(Pauses::default, |opened| opened.pauses())
    }
}
