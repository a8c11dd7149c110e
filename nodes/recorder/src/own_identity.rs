//! The identity that signs what this user records.

use sinew_recording::{Identity, PRIVATE_KEY, RecordingError};

/// The user's own identity, where there is one.
///
/// # Errors
/// Where there is one that cannot be used.
pub fn own_identity() -> Result<Option<Identity>, RecordingError> {
    let own = Identity::default_dir().filter(|dir| dir.join(PRIVATE_KEY).exists());
    own.map(|dir| Identity::load(&dir)).transpose()
}
