//! Work that the process must see ended before it ends itself, whatever the nodes are busy with: a control loop's
//! last safe action.

use crate::sync::lock;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

/// Work that is told to end before anything else in the process is.
pub trait EndsFirst: Debug + Send + Sync {
    /// Tells it to end, without waiting for that.
    fn end(&self);
    /// Whether it has ended.
    fn is_over(&self) -> bool;
}

static WORKING: Mutex<Vec<Weak<dyn EndsFirst>>> = Mutex::new(Vec::new());

fn working() -> MutexGuard<'static, Vec<Weak<dyn EndsFirst>>> {
    lock(&WORKING)
}

fn alive() -> Vec<Arc<dyn EndsFirst>> {
    working().iter().filter_map(Weak::upgrade).collect()
}

/// From now on the process does not end, if it can help it, before `work` is over.
pub fn ends_first(work: &Arc<impl EndsFirst + 'static>) {
    let mut working = working();
    working.retain(|known| known.strong_count() > 0);
    let work: Weak<dyn EndsFirst> = Arc::downgrade(work) as _;
    working.push(work);
}

/// Tells all such work to end, without waiting for it.
pub(super) fn end_all() {
    for work in alive() {
        work.end();
    }
}

/// Waits until all such work is over, at most for `patience`.
pub(super) fn wait(patience: Duration) {
    let began = Instant::now();
    let all_over = || alive().iter().all(|work| work.is_over());
    while !all_over() && began.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
}
