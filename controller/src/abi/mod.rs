//! The functions.
//!
//! Three rules hold for all of them. A pointer that is not null points to what the parameter's type says, and an array
//! to as many elements as its count; nulls, sizes and counts are checked. No panic leaves them. None but
//! `sinew_controller_destroy` ends the life of a controller, and no other call may be on its way then.

mod asking;
mod making;
mod ticking;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{RwLock, RwLockWriteGuard};

use sinew_control::sync::try_write;
use sinew_node_control::hosted::{HostedError, HostedOperator, HostedTicks};

pub use self::asking::*;
pub use self::making::*;
pub use self::ticking::*;
use crate::types::SinewStatus;

/// A controller.
#[derive(Debug)]
pub struct SinewController {
    // Dropped in this order: a loop that is still active ends before what it leaves behind is kept.
    ticks: RwLock<HostedTicks>,
    operator: HostedOperator,
    interfaces: u32,
}

/// Runs `call`; a panic in it is `Failed`.
fn guarded(call: impl FnOnce() -> Result<(), SinewStatus>) -> SinewStatus {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => SinewStatus::Ok,
        Ok(Err(status)) => status,
        Err(_) => SinewStatus::Failed,
    }
}

impl SinewController {
    /// The end of the host's thread, which no other thread may be at. Does not wait.
    fn ticks(&self) -> Result<RwLockWriteGuard<'_, HostedTicks>, SinewStatus> {
        try_write(&self.ticks).ok_or(SinewStatus::Busy)
    }
}

impl From<HostedError> for SinewStatus {
    fn from(error: HostedError) -> Self {
        match error {
            HostedError::WrongLength => Self::Size,
            HostedError::Inactive | HostedError::Active => Self::State,
            HostedError::NotReady => Self::NotReady,
            _ => Self::Failed,
        }
    }
}

fn expect_size<T>(size: usize) -> Result<(), SinewStatus> {
    if size == size_of::<T>() {
        Ok(())
    } else {
        Err(SinewStatus::Size)
    }
}
