//! Work of a node that may block, in a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, anyhow};
use tokio::sync::oneshot;

use crate::worker::panic_message;

/// Does what may block in a thread of its own, outside the async tasks' threads. A panic is an error.
pub(super) async fn outside<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<T> {
    let (done, worked) = oneshot::channel();
    let work = move || {
        // Who waited may be gone.
        let _ = done.send(catch_unwind(AssertUnwindSafe(work)));
    };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.with_context(|| format!("no thread can be made to {name} in"))?;
    worked.await?.map_err(|panic| panicked(&*panic))
}

/// How many nodes of the process are being configured: one that was interrupted goes on until the process ends.
static CONFIGURING: AtomicUsize = AtomicUsize::new(0);

/// Counts a node for as long as it is being configured.
pub(super) struct Configuring;

impl Configuring {
    pub(super) fn new() -> Self {
        CONFIGURING.fetch_add(1, Ordering::AcqRel);
        Self
    }
}

impl Drop for Configuring {
    fn drop(&mut self) {
        CONFIGURING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Whether some node of the process is still being configured.
pub(super) fn still_configuring() -> bool {
    CONFIGURING.load(Ordering::Acquire) > 0
}

/// A panic as an error.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> anyhow::Error {
    anyhow!("panicked: {}", panic_message(panic))
}
