//! What may happen to a release, as methods of its store: each is checked, and on the disk when it returns.

use super::event::{By, Event, ShadowResult};
use super::{Status, Store, StoreError};

/// Longest reason that is kept, characters.
const LONGEST_REASON: usize = 500;

impl Store {
    /// The candidate is being looked at.
    ///
    /// # Errors
    /// Where it is another, or further, or the state cannot be written.
    pub fn begin_admission(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::AdmissionBegan(version.to_owned()))
    }

    /// The candidate fits this robot.
    ///
    /// # Errors
    /// Where it is another or is not being looked at, or the state cannot be written.
    pub fn admit(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::Admitted(version.to_owned()))
    }

    /// The candidate does not fit, or does badly: it goes, and its version is not tried again by itself.
    ///
    /// # Errors
    /// Where it is another, or the state cannot be written.
    pub fn refuse(&self, version: &str, reason: &str) -> Result<Status, StoreError> {
        self.change(&Event::Refused(version.to_owned(), short(reason)))
    }

    /// The candidate runs beside the one in charge.
    ///
    /// # Errors
    /// Where it is another or was not admitted, or the state cannot be written.
    pub fn begin_shadow(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::ShadowBegan(version.to_owned()))
    }

    /// The candidate does not run beside the one in charge any more.
    ///
    /// # Errors
    /// Where it is another or is not in shadow, or the state cannot be written.
    pub fn end_shadow(&self, version: &str, result: ShadowResult) -> Result<Status, StoreError> {
        let result = match result {
            ShadowResult::Failed(reason) => ShadowResult::Failed(short(&reason)),
            result => result,
        };
        self.change(&Event::ShadowEnded(version.to_owned(), result))
    }

    /// The candidate may take charge without having run beside the one in charge.
    ///
    /// # Errors
    /// Where it is another or was not admitted, or the state cannot be written.
    pub fn make_ready(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::Ready(version.to_owned()))
    }

    /// An operator wants the candidate in charge as soon as that is safe: whoever runs it sees
    /// [`promotion_asked`](super::Held::promotion_asked).
    ///
    /// # Errors
    /// Where it is another, was not admitted, or another version is pinned, or the state cannot be written.
    pub fn ask_for_promotion(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::PromotionAsked(version.to_owned()))
    }

    /// The candidate is in charge, on probation.
    ///
    /// # Errors
    /// Where it is another, is not ready (for an operator: was not admitted), or another version is pinned, or the
    /// state cannot be written.
    pub fn promote(&self, version: &str, by: By) -> Result<Status, StoreError> {
        self.change(&Event::Promoted(version.to_owned(), by))
    }

    /// The release in charge has passed its probation.
    ///
    /// # Errors
    /// Where another is in charge, or the state cannot be written.
    pub fn pass_probation(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::ProbationPassed(version.to_owned()))
    }

    /// The release in charge is taken back by a rule, or because an operator asks for it: the one before it is in
    /// charge, or the factory's, and the version is not tried again by itself.
    ///
    /// # Errors
    /// Where another is in charge, or the factory's, or the state cannot be written.
    pub fn roll_back(&self, version: &str, rule: &str) -> Result<Status, StoreError> {
        self.change(&Event::RolledBack(version.to_owned(), short(rule)))
    }

    /// The process that runs the models begins. Where it has ended `limit` times in a row, however long it ran, and not in
    /// good [order](Self::ended), the release that may be to blame is gone: a candidate that ran, or one on probation.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub fn started(&self, limit: u32) -> Result<Status, StoreError> {
        self.change(&Event::Started { limit })
    }

    /// The same for a robot that has to begin whatever its disk does: what could not be written, and why, if anything.
    ///
    /// # Errors
    /// Where a newer program has written the state.
    pub fn started_where_written(&self, limit: u32) -> Result<Option<String>, StoreError> {
        if self.not_written().is_some() {
            return Ok(None);
        }
        match self.started(limit) {
            Err(error @ StoreError::Disk { .. }) => {
                Ok(Some(format!("it is not counted that the process begins: {error}")))
            }
            started => started.map(|_| None),
        }
    }

    /// That process was well for long enough since it began, and since it began to run another model.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub fn healthy(&self) -> Result<Status, StoreError> {
        self.change(&Event::Healthy)
    }

    /// That process ends in good order.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub fn ended(&self) -> Result<Status, StoreError> {
        self.change(&Event::Ended)
    }

    /// The candidate is not offered to this robot any more: it goes, and may come again.
    ///
    /// # Errors
    /// Where it is another, or the state cannot be written.
    pub fn withdraw(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::Withdrawn(version.to_owned()))
    }

    /// Holds a version: no other is staged or promoted. A rule still rolls back.
    ///
    /// # Errors
    /// Where no release of this store can have such a version, it was refused or rolled back, or the state cannot be written.
    pub fn pin(&self, version: &str) -> Result<Status, StoreError> {
        self.status()?.state.may_come(version)?;
        self.change(&Event::Pinned(version.to_owned()))
    }

    /// Holds none any more.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub fn unpin(&self) -> Result<Status, StoreError> {
        self.change(&Event::Unpinned)
    }

    /// Lets a version be tried again that was refused or rolled back.
    ///
    /// # Errors
    /// Where it was neither, or the state cannot be written.
    pub fn retry(&self, version: &str) -> Result<Status, StoreError> {
        self.change(&Event::Retry(version.to_owned()))
    }
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST_REASON).collect()
}
