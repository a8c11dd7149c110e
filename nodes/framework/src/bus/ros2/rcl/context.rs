use std::env;
use std::ffi::{CStr, CString, c_char, c_int};
use std::os::unix::ffi::OsStringExt;
use std::ptr;
use std::slice;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, Weak};
use std::time::Duration;

use r2r_rcl::*;

use super::error::{Refused, check};
use super::security::Security;
use crate::sync::{lock, unpoisoned};

/// A process's connection to ROS 2: its command line's ROS arguments, and one DDS participant.
pub(in super::super) struct Context {
    /// Boxed, for rcl keeps its address.
    handle: Box<rcl_context_t>,
    exclusive: Mutex<()>,
}

// SAFETY: rcl reads a context from any thread; what changes it is its making and its end.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

static CURRENT: Mutex<Weak<Context>> = Mutex::new(Weak::new());

/// How many contexts there are, and that one has ended.
static THERE: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

impl Context {
    /// The process's own, made from its command line unless it is there.
    pub(in super::super) fn of_process() -> Result<Arc<Self>, Refused> {
        let mut current = lock(&CURRENT);
        if let Some(context) = current.upgrade() {
            return Ok(context);
        }
        let security = Security::of_environment()?;
        let arguments = env::args_os().map(|argument| CString::new(argument.into_vec()));
        // The system gives no argument with a NUL in it.
        let context = Arc::new(Self::new(&arguments.flatten().collect::<Vec<_>>())?);
        security.tell();
        *current = Arc::downgrade(&context);
        Ok(context)
    }

    /// Waits until the process is connected no more; false where it still is after `patience`.
    pub(in super::super) fn is_over(patience: Duration) -> bool {
        let waited = ENDED.wait_timeout_while(there(), patience, |there| *there > 0);
        !unpoisoned(waited).1.timed_out()
    }

    fn new(arguments: &[CString]) -> Result<Self, Refused> {
        let pointers: Vec<*const c_char> = arguments.iter().map(|argument| argument.as_ptr()).collect();
        let count = c_int::try_from(pointers.len()).map_err(|_| Refused("too many arguments".to_owned()))?;
        // SAFETY: each structure is initialised by rcl before it is used, and the options are finished
        // whatever comes of them. The arguments outlive the call, which copies them.
        let context = unsafe {
            let mut options = rcl_get_zero_initialized_init_options();
            check(rcl_init_options_init(&mut options, rcutils_get_default_allocator()))?;
            let mut handle = Box::new(rcl_get_zero_initialized_context());
            let outcome = check(rcl_init(count, pointers.as_ptr(), &options, &mut *handle));
            let finished = check(rcl_init_options_fini(&mut options));
            outcome?;
            let exclusive = Mutex::new(());
            *there() += 1;
            let context = Self { handle, exclusive };
            finished?;
            context
        };
        context.refuse_unknown(arguments)?;
        context.start_logging()?;
        Ok(context)
    }

    /// rcl leaves the ROS arguments that it does not know to others, and there are none.
    fn refuse_unknown(&self, arguments: &[CString]) -> Result<(), Refused> {
        // SAFETY: rcl writes an array of as many indices as it counts, which is ours to give back.
        let unknown: Vec<String> = unsafe {
            let global = &self.handle.global_arguments;
            let count = usize::try_from(rcl_arguments_get_count_unparsed_ros(global)).unwrap_or(0);
            if count == 0 {
                return Ok(());
            }
            let mut indices = ptr::null_mut();
            check(rcl_arguments_get_unparsed_ros(
                global,
                rcutils_get_default_allocator(),
                &mut indices,
            ))?;
            let named = slice::from_raw_parts(indices, count).iter();
            let named = named.filter_map(|&index| arguments.get(usize::try_from(index).ok()?));
            let named = named.map(|argument| argument.to_string_lossy().into_owned()).collect();
            free(indices.cast());
            named
        };
        Err(Refused(format!(
            "unknown ROS arguments: {}; expected such as -r, -p, --params-file or --log-level",
            unknown.join(" ")
        )))
    }

    /// Once for the process: rcl's logging is global.
    fn start_logging(&self) -> Result<(), Refused> {
        static STARTED: Once = Once::new();
        let mut outcome = Ok(());
        // SAFETY: the arguments are valid, and `Once` keeps other threads out.
        STARTED.call_once(|| unsafe {
            outcome = check(rcl_logging_configure(
                &self.handle.global_arguments,
                &rcutils_get_default_allocator(),
            ));
        });
        outcome
    }

    /// To be held while a handle is made or finished.
    pub(super) fn exclusive(&self) -> MutexGuard<'_, ()> {
        lock(&self.exclusive)
    }

    pub(super) fn handle(&self) -> *mut rcl_context_t {
        ptr::from_ref(&*self.handle).cast_mut()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: every handle made with it holds it, so that all are finished by now.
        let ended = unsafe { check(rcl_shutdown(&mut *self.handle)).and(check(rcl_context_fini(&mut *self.handle))) };
        if let Err(Refused(message)) = ended {
            tracing::error!("ROS 2 could not be shut down: {message}");
        }
        *there() -= 1;
        ENDED.notify_all();
    }
}

fn there() -> MutexGuard<'static, usize> {
    lock(&THERE)
}

/// Gives back what rcl allocated.
///
/// # Safety
/// `pointer` comes from rcutils' default allocator and is used no more.
pub(super) unsafe fn free(pointer: *mut std::ffi::c_void) {
    // SAFETY: the caller's promise.
    unsafe {
        let allocator = rcutils_get_default_allocator();
        if let Some(deallocate) = allocator.deallocate {
            deallocate(pointer, allocator.state);
        }
    }
}

/// A string of rcl's.
///
/// # Safety
/// `pointer` is null or ends with a NUL.
pub(super) unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
