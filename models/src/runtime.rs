//! Finding and loading the ONNX Runtime library, once per process.
//!
//! Where it is looked for, [`SharedLibrary::find`] says, with `ORT_DYLIB_PATH` and `.sinew/onnxruntime/`.
//!
//! Its telemetry is off: every program that this crate is part of has `ORT_DISABLE_TELEMETRY=1` in its environment
//! before `main`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use ort::environment::Environment;
use ort::logging::LogLevel;
use sinew_control::sync::lock;
use sinew_files::{NotFound, SharedLibrary, check_library};
use thiserror::Error;

use crate::ffi;
use crate::limits::{self, MEMORY_VARIABLE};

/// Environment variable that names the library file.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
const LIBRARY: &str = "libonnxruntime.so";
/// Where the library is looked for.
const PLACES: SharedLibrary = SharedLibrary {
    variable: LIBRARY_VARIABLE,
    file: LIBRARY,
    project_folder: ".sinew/onnxruntime",
};

/// Why ONNX Runtime could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// There is no library in any of the usual places.
    #[error(
        "ONNX Runtime is not installed: run `cargo xtask setup`, or set {LIBRARY_VARIABLE} to {LIBRARY} \
         (looked in {})", list(.tried)
    )]
    NotFound {
        /// Folders that were looked into.
        tried: Vec<PathBuf>,
    },
    /// `ORT_DYLIB_PATH` names a file that does not exist.
    #[error("{LIBRARY_VARIABLE}: expected a path of {LIBRARY}, found `{}`, which does not exist", .path.display())]
    NoSuchFile {
        /// What the variable holds.
        path: PathBuf,
    },
    /// The file is not a library that this process can load.
    #[error(
        "{} cannot be loaded as ONNX Runtime: {reason}; run `cargo xtask setup`, or set {LIBRARY_VARIABLE}",
        .path.display()
    )]
    Unloadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The library is older than the interface this program was built for.
    #[error(
        "{} is ONNX Runtime {found}, expected 1.{} or newer; run `cargo xtask setup`, or set {LIBRARY_VARIABLE}",
        .path.display(), ort::MINOR_VERSION
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// The version it reports.
        found: String,
    },
    /// The environment sets no sensible limit of memory.
    #[error("{MEMORY_VARIABLE}: expected a whole number of MiB, 64 to 1048576, found `{found}`")]
    Memory {
        /// What the variable holds.
        found: String,
    },
    /// The library was loaded but would not start.
    #[error("ONNX Runtime at {} does not start: {reason}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What it says.
        reason: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}

impl From<NotFound> for RuntimeError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Nowhere { tried } => Self::NotFound { tried },
            NotFound::NoSuchFile { path } => Self::NoSuchFile { path },
        }
    }
}

/// The ONNX Runtime that this process uses.
#[derive(Debug)]
pub struct Runtime {
    /// The library file.
    pub path: PathBuf,
    /// Its version, such as `1.31.1`.
    pub version: String,
    /// Execution providers that it was built with, best first. Whether one works on this machine
    /// shows only when a session uses it.
    pub providers: Vec<String>,
    pub(crate) environment: Environment,
    /// What it can do besides what the oldest one can that will do.
    pub(crate) newer: ffi::Newer,
    /// Bytes that the tensors of all models may take together.
    pub(crate) memory: u64,
}

/// The process's ONNX Runtime, loaded at the first call.
///
/// # Errors
/// See [`RuntimeError`]. A failed call can be repeated after the cause is gone.
pub fn runtime() -> Result<&'static Runtime, RuntimeError> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _loading = lock(&LOADING);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let path = PLACES.find()?;
    let loaded = load(path)?;
    Ok(RUNTIME.get_or_init(|| loaded))
}

fn load(path: PathBuf) -> Result<Runtime, RuntimeError> {
    let memory = limits::memory().map_err(|found| RuntimeError::Memory { found })?;
    let ffi::ProbedLibrary { version, newer, .. } = checked(&path)?;
    let broken = |reason: String| RuntimeError::Broken {
        path: path.clone(),
        reason,
    };
    let environment = ort::init_from(&path)
        .map_err(|error| broken(error.to_string()))?
        .with_name("sinew")
        .with_telemetry(false)
        .with_logger(Arc::new(log))
        .build()
        .map_err(|error| broken(error.to_string()))?;
    // With a logger it begins by telling everything, in every run of a network, too.
    environment.set_log_level(LogLevel::Warning);
    ffi::limit_memory(&environment, memory).map_err(|error| broken(error.to_string()))?;
    let providers = ffi::available_providers().map_err(|error| broken(error.to_string()))?;
    tracing::debug!(path = %path.display(), version, "ONNX Runtime loaded");
    Ok(Runtime {
        path,
        version,
        providers,
        environment,
        newer,
        memory,
    })
}

/// Puts what the runtime says into our log, under the target `ort`.
fn log(level: LogLevel, category: &str, _id: &str, place: &str, message: &str) {
    match level {
        LogLevel::Verbose => tracing::trace!(target: "ort", category, place, "{message}"),
        LogLevel::Info => tracing::debug!(target: "ort", category, place, "{message}"),
        LogLevel::Warning => tracing::warn!(target: "ort", category, place, "{message}"),
        LogLevel::Error | LogLevel::Fatal => tracing::error!(target: "ort", category, place, "{message}"),
    }
}

/// Opens the library far enough to know that it is an ONNX Runtime new enough for this program.
fn checked(path: &Path) -> Result<ffi::ProbedLibrary, RuntimeError> {
    let probed = check_library(path).and_then(|()| ffi::probe_library(path));
    let library = probed.map_err(|reason| RuntimeError::Unloadable {
        path: path.to_owned(),
        reason,
    })?;
    if library.has_api {
        Ok(library)
    } else {
        Err(RuntimeError::TooOld {
            path: path.to_owned(),
            found: library.version,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_told_with_the_variable_and_the_command_that_gets_it() {
        let error = RuntimeError::from(NotFound::NoSuchFile { path: "gone.so".into() });
        assert!(error.to_string().starts_with("ORT_DYLIB_PATH: expected"), "{error}");
        let error = RuntimeError::from(NotFound::Nowhere { tried: Vec::new() });
        assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(LIBRARY);
        fs::write(&file, b"not a library").unwrap();
        let error = checked(&file).unwrap_err();
        assert!(matches!(error, RuntimeError::Unloadable { .. }));
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    }

    #[test]
    fn the_runtime_is_never_loaded_with_its_telemetry_on() {
        assert_eq!(std::env::var(ffi::NO_TELEMETRY.to_str().unwrap()).unwrap(), "1");
    }

    #[test]
    fn a_library_of_something_else_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(LIBRARY);
        // A header alone: no segments, so that it is whole, but nothing to load.
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(64, 0);
        fs::write(&file, bytes).unwrap();
        let error = checked(&file).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
        assert!(!error.contains("dlopen failed"), "{error}");
    }

    #[test]
    fn an_old_version_says_what_is_needed() {
        let error = RuntimeError::TooOld {
            path: "/lib/libonnxruntime.so".into(),
            found: "1.16.3".into(),
        };
        let text = error.to_string();
        assert!(
            text.contains("1.16.3") && text.contains("expected 1.17 or newer"),
            "{text}"
        );
    }
}
