//! Locks without poison.
//!
//! A thread that panics while it holds a lock leaves a value that every holder here can go on with: each is written in
//! one step, or is judged anew by its next reader. The panic itself is reported where the thread is ended.

use std::sync::{LockResult, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// Waits for the lock; a panic of an earlier holder does not count.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    unpoisoned(mutex.lock())
}

/// The value behind a lock of any kind, or a wait on one, whether or not an earlier holder panicked.
#[allow(clippy::disallowed_methods, reason = "the one place where poison is undone")]
pub fn unpoisoned<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The lock for reading, where nobody writes; a panic of an earlier holder does not count.
pub(crate) fn try_read<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
    free(lock.try_read())
}

/// The lock for writing, where nobody else has it; a panic of an earlier holder does not count.
pub fn try_write<T>(lock: &RwLock<T>) -> Option<RwLockWriteGuard<'_, T>> {
    free(lock.try_write())
}

fn free<G>(tried: Result<G, TryLockError<G>>) -> Option<G> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(unpoisoned(Err(poisoned))),
        Err(TryLockError::WouldBlock) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_one_holder_does_not_keep_the_next_from_the_value() {
        let mutex = Mutex::new(7);
        std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _held = lock(&mutex);
                panic!("while it holds the lock");
            });
            assert!(holder.join().is_err());
        });
        assert!(mutex.is_poisoned());
        assert_eq!(*lock(&mutex), 7);
        assert_eq!(unpoisoned(mutex.into_inner()), 7);
    }
}
