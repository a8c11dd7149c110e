//! A process may exit while nodes are still there: a task that holds one was let go, or `exit` was
//! called. Fast DDS then goes first, and a thread that still uses it takes the process down with a
//! signal. So the threads are ended before.

use std::ffi::c_int;
use std::sync::{Arc, Mutex, Once, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::spin::Shared;
use crate::sync::lock;

/// How long the exit waits for callbacks that do not end.
const PATIENCE: Duration = Duration::from_secs(1);

static RUNNING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

unsafe extern "C" {
    fn atexit(function: extern "C" fn()) -> c_int;
}

/// Has the thread of `shared` ended before the process exits.
pub(super) fn end(shared: &Arc<Shared>) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: the function is there as long as the process. What was registered before it, such as
        // the end of Fast DDS, runs after it. Where there is no room for it, the exit is less clean.
        let _ = unsafe { atexit(end_all) };
    });
    let mut running = lock(&RUNNING);
    running.retain(|other| other.strong_count() > 0);
    running.push(Arc::downgrade(shared));
}

extern "C" fn end_all() {
    let running = std::mem::take(&mut *lock(&RUNNING));
    let running: Vec<_> = running.iter().filter_map(Weak::upgrade).collect();
    running.iter().for_each(|shared| shared.end());
    let deadline = Instant::now() + PATIENCE;
    while running.iter().any(|shared| shared.is_running()) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
}
