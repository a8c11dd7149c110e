//! A lock on a file, for one process at a time.

use std::fs::{File, TryLockError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a lock that somebody has is waited for.
const PATIENCE: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(5);

/// Takes the lock of a file, without waiting for whoever keeps it. A program that this process just starts has all its
/// open files until it has begun: that moment is waited for.
///
/// # Errors
/// Where another process has the lock, or the system gives none.
pub fn lock_alone(file: &File) -> Result<(), TryLockError> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => sleep(LOOK),
            locked => return locked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_kept_is_refused_and_one_that_is_let_go_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let open = || File::create(folder.path().join("lock")).unwrap();
        let first = open();
        lock_alone(&first).unwrap();
        assert!(matches!(lock_alone(&open()), Err(TryLockError::WouldBlock)));
        let release = std::thread::spawn(move || {
            sleep(Duration::from_millis(50));
            drop(first);
        });
        lock_alone(&open()).unwrap();
        release.join().unwrap();
    }
}
