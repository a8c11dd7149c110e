//! What is told of updates.

use std::fmt;

/// What was done with a release, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Name and version; empty where it is about none.
    pub version: String,
    /// What was done, such as `admitted`.
    pub what: &'static str,
    /// Why, with numbers.
    pub reason: String,
    /// Whether somebody should look at it.
    pub is_warning: bool,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.version.is_empty() {
            write!(f, "{}: ", self.version)?;
        }
        f.write_str(self.what)?;
        if self.reason.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.reason)
    }
}
