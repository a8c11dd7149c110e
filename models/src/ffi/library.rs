//! Shared libraries: ONNX Runtime's before it is used, TensorRT's for its version.

use std::ffi::{CStr, c_char, c_int};
use std::path::Path;

use libloading::Library;
use ort::sys::{ORT_API_VERSION, OrtApiBase};

use super::newer::Newer;

/// With this variable ONNX Runtime sends its maker nothing, looks for no host of his, and writes no queue of what it
/// would send into the user's cache. (Its C API can only turn off the events themselves.) It reads the variable when it
/// is loaded.
pub(crate) const NO_TELEMETRY: &CStr = c"ORT_DISABLE_TELEMETRY";

unsafe extern "C" {
    fn setenv(name: *const c_char, value: *const c_char, overwrite: c_int) -> c_int;
}

extern "C" fn disable_telemetry() {
    // SAFETY: called by the system's loader before `main`, when the process has one thread and nobody reads or writes
    // the environment beside it. Both strings end in zero and are copied.
    unsafe { setenv(NO_TELEMETRY.as_ptr(), c"1".as_ptr(), 1) };
}

/// Run by the system's loader in every program that this crate is part of: later, the environment could only be changed
/// beside other threads that read it.
// SAFETY: the section holds pointers to functions that the loader calls with arguments which ours does not look at.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = disable_telemetry;

/// What the system's loader says, which is the error's cause.
fn spelled(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// What an ONNX Runtime library says of itself.
#[derive(Debug)]
pub(crate) struct ProbedLibrary {
    pub(crate) version: String,
    /// Whether it has the interface that this program was built for.
    pub(crate) has_api: bool,
    /// What it can do besides.
    pub(crate) newer: Newer,
}

/// Opens a library and asks for its version. It stays loaded: the runtime is loaded next.
pub(crate) fn probe_library(path: &Path) -> Result<ProbedLibrary, String> {
    // SAFETY: loading runs the library's initialisers; the user chose this file as ONNX Runtime.
    let library = unsafe { Library::new(path) }.map_err(|error| spelled(&error))?;
    // SAFETY: every ONNX Runtime exports this function with this signature.
    let get_base = unsafe { library.get::<unsafe extern "C" fn() -> *const OrtApiBase>(b"OrtGetApiBase") }
        .map_err(|_| "it does not export `OrtGetApiBase`".to_owned())?;
    // SAFETY: the function takes nothing and returns a static table or null.
    let base = unsafe { get_base().as_ref() }.ok_or("`OrtGetApiBase` returned nothing")?;
    // SAFETY: the table's functions may be called at any time; the string is static.
    let (version, api) = unsafe {
        (
            CStr::from_ptr((base.GetVersionString)()),
            (base.GetApi)(ORT_API_VERSION),
        )
    };
    let mut probed = ProbedLibrary {
        version: version.to_string_lossy().into_owned(),
        has_api: !api.is_null(),
        newer: Newer::default(),
    };
    if probed.has_api {
        std::mem::forget(library);
        // SAFETY: from here on it stays loaded.
        probed.newer = unsafe { Newer::of(base, &probed.version) };
    }
    Ok(probed)
}

/// What TensorRT's library at `path`, which this process has loaded, says is its version.
pub(crate) fn tensorrt_version(path: &Path) -> Option<i32> {
    // SAFETY: its initialisers have run already.
    let library = unsafe { Library::new(path) }.ok()?;
    // SAFETY: every TensorRT since version 5 exports this function with this signature.
    unsafe {
        let version = library
            .get::<unsafe extern "C" fn() -> i32>(b"getInferLibVersion")
            .ok()?;
        Some(version())
    }
}
