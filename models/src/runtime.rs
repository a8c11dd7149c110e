//! Finding and loading the ONNX Runtime library, once per process.
//!
//! Where it is looked for, first match wins:
//! 1. the file that the environment variable `ORT_DYLIB_PATH` names (nothing else is tried then);
//! 2. `.sinew/onnxruntime/` in the project folder that the executable lies in;
//! 3. `lib/` beside or one above the executable's folder, as in an installed prefix;
//! 4. `.sinew/onnxruntime/` in the current directory or above it.
//!
//! Its telemetry is off: every program that this crate is part of has `ORT_DISABLE_TELEMETRY=1` in its environment
//! before `main`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use ort::environment::Environment;
use ort::logging::LogLevel;
use sinew_control::sync::lock;
use thiserror::Error;

use crate::limits::{self, MEMORY_VARIABLE};
use crate::{elf, ffi};

/// Environment variable that names the library file.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
const LIBRARY: &str = "libonnxruntime.so";
const PROJECT_FOLDER: &str = ".sinew/onnxruntime";

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
    let path = find_library(
        env::var_os(LIBRARY_VARIABLE),
        env::current_exe().ok(),
        env::current_dir().ok(),
    )?;
    let loaded = load(path)?;
    Ok(RUNTIME.get_or_init(|| loaded))
}

fn load(path: PathBuf) -> Result<Runtime, RuntimeError> {
    let memory = limits::memory().map_err(|found| RuntimeError::Memory { found })?;
    let version = checked_version(&path)?;
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
fn checked_version(path: &Path) -> Result<String, RuntimeError> {
    let probed = elf::check(path).and_then(|()| ffi::probe_library(path));
    let library = probed.map_err(|reason| RuntimeError::Unloadable {
        path: path.to_owned(),
        reason,
    })?;
    if library.has_api {
        Ok(library.version)
    } else {
        Err(RuntimeError::TooOld {
            path: path.to_owned(),
            found: library.version,
        })
    }
}

fn find_library(
    variable: Option<OsString>,
    executable: Option<PathBuf>,
    current_folder: Option<PathBuf>,
) -> Result<PathBuf, RuntimeError> {
    if let Some(path) = variable.filter(|value| !value.is_empty()).map(PathBuf::from) {
        return match path.canonicalize() {
            Ok(path) => Ok(path),
            Err(_) => Err(RuntimeError::NoSuchFile { path }),
        };
    }
    let mut tried = Vec::new();
    let executable = executable.and_then(|path| path.canonicalize().ok());
    if let Some(folder) = executable.as_deref().and_then(Path::parent) {
        tried.extend(folder.ancestors().map(|above| above.join(PROJECT_FOLDER)));
        tried.extend(folder.ancestors().take(2).map(|above| above.join("lib")));
    }
    if let Some(folder) = &current_folder {
        tried.extend(folder.ancestors().map(|above| above.join(PROJECT_FOLDER)));
    }
    match tried.iter().find_map(|folder| library_in(folder)) {
        Some(path) => Ok(path),
        None => {
            tried.retain(|folder| folder.parent().is_some_and(Path::exists));
            tried.dedup();
            Err(RuntimeError::NotFound { tried })
        }
    }
}

/// The library in `folder`: the plain name, else the last of the versioned ones.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let plain = folder.join(LIBRARY);
    if plain.is_file() {
        return Some(plain);
    }
    let entries = std::fs::read_dir(folder).ok()?;
    let versioned = entries.flatten().map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        path.is_file() && name.is_some_and(|name| name.starts_with("libonnxruntime.so."))
    });
    versioned.max()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }

    #[test]
    fn the_variable_wins_and_must_name_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("mine.so");
        touch(&named);
        touch(&folder.path().join(PROJECT_FOLDER).join(LIBRARY));
        let found = find_library(Some(named.clone().into()), None, Some(folder.path().into()));
        assert_eq!(found.unwrap(), named.canonicalize().unwrap());
        let missing = folder.path().join("gone.so");
        let error = find_library(Some(missing.into()), None, Some(folder.path().into())).unwrap_err();
        assert!(error.to_string().starts_with("ORT_DYLIB_PATH: expected"), "{error}");
    }

    #[test]
    fn the_project_folder_is_found_from_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let executable = root.join("target/release/sinew");
        touch(&executable);
        let library = root.join(PROJECT_FOLDER).join("libonnxruntime.so.1.31.1");
        touch(&library);
        assert_eq!(find_library(None, Some(executable), None).unwrap(), library);
    }

    #[test]
    fn an_installed_prefix_is_found_from_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let executable = root.join("bin/sinew");
        touch(&executable);
        let library = root.join("lib").join(LIBRARY);
        touch(&library);
        assert_eq!(find_library(None, Some(executable), None).unwrap(), library);
    }

    #[test]
    fn a_missing_library_names_the_command_that_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = find_library(None, None, Some(folder.path().into())).unwrap_err();
        assert!(matches!(error, RuntimeError::NotFound { .. }));
        assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(LIBRARY);
        fs::write(&file, b"not a library").unwrap();
        let error = checked_version(&file).unwrap_err();
        assert!(matches!(error, RuntimeError::Unloadable { .. }));
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    }

    #[test]
    fn the_runtime_is_never_loaded_with_its_telemetry_on() {
        assert_eq!(env::var(ffi::NO_TELEMETRY.to_str().unwrap()).unwrap(), "1");
    }

    #[test]
    fn a_library_of_something_else_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(LIBRARY);
        // A header alone: no segments, so that it is whole, but nothing to load.
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(64, 0);
        fs::write(&file, bytes).unwrap();
        let error = checked_version(&file).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
        assert!(!error.contains("dlopen failed"), "{error}");
    }

    #[test]
    fn an_old_version_says_what_is_needed() {
        let error = RuntimeError::TooOld {
            path: "/lib/libonnxruntime.so".into(),
            found: "1.17.0".into(),
        };
        let text = error.to_string();
        assert!(
            text.contains("1.17.0") && text.contains("expected 1.24 or newer"),
            "{text}"
        );
    }
}
