//! Functions that ONNX Runtime has had only since a release that is newer than the oldest one that will do.
//!
//! The bindings are those of the oldest one. These functions stand further down in the table of a newer one, whose order is
//! part of its interface and never changes.

use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::ptr;
use std::slice;

use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::sys::{OrtApiBase, OrtSession, OrtSessionOptions, OrtStatusPtr};
use ort::{AsPointer, Error};

use super::{check, forget};
use crate::limits::Stop;

/// The table of ONNX Runtime 1.22.
#[repr(C)]
struct Table22 {
    _before: [usize; 293],
    /// `SessionOptionsSetLoadCancellationFlag`
    cancel_loading: unsafe extern "C" fn(*mut OrtSessionOptions, bool) -> OrtStatusPtr,
}

/// The table of ONNX Runtime 1.24.
#[repr(C)]
struct Table24 {
    _before: [usize; 407],
    /// `Session_GetEpGraphAssignmentInfo`
    subgraphs: unsafe extern "C" fn(*const OrtSession, *mut *const *const Subgraph, *mut usize) -> OrtStatusPtr,
    /// `EpAssignedSubgraph_GetEpName`
    provider_name: unsafe extern "C" fn(*const Subgraph, *mut *const c_char) -> OrtStatusPtr,
    /// `EpAssignedSubgraph_GetNodes`
    operators: unsafe extern "C" fn(*const Subgraph, *mut *const *const Operator, *mut usize) -> OrtStatusPtr,
}

/// A part of a session's graph, which the session owns.
#[repr(C)]
struct Subgraph {
    _private: [u8; 0],
}

/// An operator of a session's graph, which the session owns.
#[repr(C)]
struct Operator {
    _private: [u8; 0],
}

/// What the loaded runtime can do besides what the oldest one can.
#[derive(Clone, Copy, Default)]
pub(crate) struct Newer {
    since_22: Option<&'static Table22>,
    since_24: Option<&'static Table24>,
}

impl fmt::Debug for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newer")
            .field("can_cancel_loading", &self.since_22.is_some())
            .field("can_tell_providers", &self.since_24.is_some())
            .finish()
    }
}

impl Newer {
    /// Of a runtime of this version, such as `1.23.2`.
    ///
    /// # Safety
    /// `base` must be that of an ONNX Runtime library which stays loaded for as long as the process lives.
    pub(super) unsafe fn of(base: &OrtApiBase, version: &str) -> Self {
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
        let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        // Asked for a table that it does not have, a runtime complains on standard error.
        let table = |since: u32| {
            let has_it = major > 1 || (major == 1 && minor >= since);
            // SAFETY: the function may be called at any time. It returns null, or the library's own table.
            let table = if has_it {
                unsafe { (base.GetApi)(since) }
            } else {
                ptr::null()
            };
            table.cast::<c_void>()
        };
        // SAFETY: the table of each version has these functions at these places, in every release from that version on.
        unsafe {
            Self {
                since_22: table(22).cast::<Table22>().as_ref(),
                since_24: table(24).cast::<Table24>().as_ref(),
            }
        }
    }

    /// Does `work`, which loads a model with `builder`, so that `stop` ends it. With an older runtime it goes on without
    /// anybody who waits.
    pub(crate) fn stoppable<T>(
        self,
        builder: &mut SessionBuilder,
        stop: &Stop,
        work: impl FnOnce(&mut SessionBuilder) -> T,
    ) -> T {
        struct Options(*mut OrtSessionOptions);
        // SAFETY: setting the flag of options that another thread loads a model with is what the flag is for.
        unsafe impl Send for Options {}
        let shared = Options(builder.ptr().cast_mut());
        let cancel = move || {
            let Options(options) = &shared;
            if let Some(table) = self.since_22 {
                // SAFETY: `during` lets go of this before it returns, and `builder`, whose options these are, is borrowed
                // until then.
                forget(unsafe { (table.cancel_loading)(*options, true) });
            }
        };
        stop.during(cancel, || work(builder))
    }

    /// How many operators of a session each execution provider got, by the runtime's names, where it tells. The session
    /// must have been told to record it.
    pub(crate) fn operators_by_provider(self, session: &Session) -> Option<Result<Vec<(String, usize)>, Error>> {
        self.since_24.map(|table| table.operators_by_provider(session))
    }
}

impl Table24 {
    fn operators_by_provider(&self, session: &Session) -> Result<Vec<(String, usize)>, Error> {
        let (mut subgraphs, mut len) = (ptr::null(), 0);
        // SAFETY: the out-pointers are valid; on success `subgraphs` holds `len` entries. They, their names and their
        // operators belong to the session, which outlives this call.
        unsafe {
            check((self.subgraphs)(session.ptr(), &mut subgraphs, &mut len))?;
            let subgraphs = if subgraphs.is_null() {
                &[]
            } else {
                slice::from_raw_parts(subgraphs, len)
            };
            let mut counts = Vec::new();
            for &subgraph in subgraphs {
                let mut name = ptr::null();
                check((self.provider_name)(subgraph, &mut name))?;
                let (mut operators, mut len) = (ptr::null(), 0);
                check((self.operators)(subgraph, &mut operators, &mut len))?;
                counts.push((CStr::from_ptr(name).to_string_lossy().into_owned(), len));
            }
            Ok(counts)
        }
    }
}
