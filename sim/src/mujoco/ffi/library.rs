//! MuJoCo's shared library, loaded once per process when it is first needed: a program with this crate starts without it.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use libloading::Library;
use mujoco_rs::mujoco_c::{mjData, mjModel, mjVERSION_HEADER, mjVFS};
use sinew_control::sync::lock;
use sinew_files::{SharedLibrary, check_library};

use crate::mujoco::error::MujocoError;

/// The only version whose library has its data where this program looks for them.
pub(crate) const VERSION: &str = "3.17.0";

const PLACES: SharedLibrary = SharedLibrary {
    variable: "MUJOCO_DYLIB_PATH",
    file: "libmujoco.so",
    project_folder: ".sinew/mujoco",
};

/// The functions that are called, by the names that they have in MuJoCo.
#[derive(Debug)]
pub(super) struct Functions {
    pub(super) default_vfs: unsafe extern "C" fn(*mut mjVFS),
    pub(super) add_buffer_vfs: unsafe extern "C" fn(*mut mjVFS, *const c_char, *const c_void, c_int) -> c_int,
    pub(super) delete_vfs: unsafe extern "C" fn(*mut mjVFS),
    pub(super) load_xml: unsafe extern "C" fn(*const c_char, *const mjVFS, *mut c_char, c_int) -> *mut mjModel,
    pub(super) delete_model: unsafe extern "C" fn(*mut mjModel),
    pub(super) make_data: unsafe extern "C" fn(*const mjModel) -> *mut mjData,
    pub(super) delete_data: unsafe extern "C" fn(*mut mjData),
    pub(super) reset_data: unsafe extern "C" fn(*const mjModel, *mut mjData),
    pub(super) set_const: unsafe extern "C" fn(*mut mjModel, *mut mjData),
    pub(super) step1: unsafe extern "C" fn(*const mjModel, *mut mjData),
    pub(super) step2: unsafe extern "C" fn(*const mjModel, *mut mjData),
    pub(super) name2id: unsafe extern "C" fn(*const mjModel, c_int, *const c_char) -> c_int,
    pub(super) id2name: unsafe extern "C" fn(*const mjModel, c_int, c_int) -> *const c_char,
    pub(super) object_velocity: unsafe extern "C" fn(*const mjModel, *const mjData, c_int, c_int, *mut f64, c_int),
    pub(super) contact_force: unsafe extern "C" fn(*const mjModel, *const mjData, c_int, *mut f64),
}

/// MuJoCo, as this process has loaded it.
#[derive(Debug)]
pub struct Mujoco {
    /// The library file.
    pub path: PathBuf,
    /// Its version.
    pub version: String,
    pub(super) functions: Functions,
}

/// The process's MuJoCo, loaded at the first call.
///
/// # Errors
/// [`MujocoError`], of which each says what to do. A failed call can be repeated after the cause is gone.
pub fn mujoco() -> Result<&'static Mujoco, MujocoError> {
    static MUJOCO: OnceLock<Mujoco> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    if let Some(mujoco) = MUJOCO.get() {
        return Ok(mujoco);
    }
    let _loading = lock(&LOADING);
    if let Some(mujoco) = MUJOCO.get() {
        return Ok(mujoco);
    }
    let loaded = load(PLACES.find().map_err(|reason| MujocoError::NotFound { reason })?)?;
    Ok(MUJOCO.get_or_init(|| loaded))
}

fn load(path: PathBuf) -> Result<Mujoco, MujocoError> {
    let unloadable = |reason: String| MujocoError::Unloadable {
        path: path.clone(),
        reason,
    };
    check_library(&path).map_err(unloadable)?;
    let library = open(&path).map_err(unloadable)?;
    let (number, version) = version(&library).map_err(unloadable)?;
    if u32::try_from(number) != Ok(mjVERSION_HEADER) {
        return Err(MujocoError::OtherVersion { path, found: version });
    }
    let functions = functions(&library).map_err(unloadable)?;
    silence(&library).map_err(unloadable)?;
    // The functions are used until the process ends.
    std::mem::forget(library);
    Ok(Mujoco {
        path,
        version,
        functions,
    })
}

/// What the system's loader says, which is the error's cause.
fn spelled(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn open(path: &Path) -> Result<Library, String> {
    // SAFETY: loading runs the library's initialisers; the user chose this file as MuJoCo.
    unsafe { Library::new(path) }.map_err(|error| spelled(&error))
}

/// The library's version, as a number and in words.
fn version(library: &Library) -> Result<(c_int, String), String> {
    // SAFETY: every MuJoCo since 2.1 exports these two functions with these signatures; the string is static.
    unsafe {
        let number: unsafe extern "C" fn() -> c_int = function(library, "mj_version")?;
        let words: unsafe extern "C" fn() -> *const c_char = function(library, "mj_versionString")?;
        Ok((number(), CStr::from_ptr(words()).to_string_lossy().into_owned()))
    }
}

/// # Safety
/// `T` must be the type of a pointer to the function, or to the variable, of this name.
unsafe fn function<T: Copy>(library: &Library, name: &str) -> Result<T, String> {
    // SAFETY: as this function's own.
    match unsafe { library.get::<T>(name.as_bytes()) } {
        Ok(symbol) => Ok(*symbol),
        Err(_) => Err(format!("it does not export `{name}`")),
    }
}

fn functions(library: &Library) -> Result<Functions, String> {
    // SAFETY: the signatures are those of mujoco.h of this version, which was compared.
    unsafe {
        Ok(Functions {
            default_vfs: function(library, "mj_defaultVFS")?,
            add_buffer_vfs: function(library, "mj_addBufferVFS")?,
            delete_vfs: function(library, "mj_deleteVFS")?,
            load_xml: function(library, "mj_loadXML")?,
            delete_model: function(library, "mj_deleteModel")?,
            make_data: function(library, "mj_makeData")?,
            delete_data: function(library, "mj_deleteData")?,
            reset_data: function(library, "mj_resetData")?,
            set_const: function(library, "mj_setConst")?,
            step1: function(library, "mj_step1")?,
            step2: function(library, "mj_step2")?,
            name2id: function(library, "mj_name2id")?,
            id2name: function(library, "mj_id2name")?,
            object_velocity: function(library, "mj_objectVelocity")?,
            contact_force: function(library, "mj_contactForce")?,
        })
    }
}

/// Keeps MuJoCo from writing to standard output and to `MUJOCO_LOG.TXT` in the current folder, as it does by itself. Its
/// warnings are counted in its data, where they are looked at.
fn silence(library: &Library) -> Result<(), String> {
    type Handler = Option<unsafe extern "C" fn(*const c_char)>;
    // SAFETY: both are variables of this type, and nobody else reads or writes them now: the library was loaded by this
    // thread a moment ago.
    unsafe {
        let on_error: *mut Handler = function(library, "mju_user_error")?;
        let on_warning: *mut Handler = function(library, "mju_user_warning")?;
        *on_error = Some(end);
        *on_warning = Some(ignore);
    }
    Ok(())
}

unsafe extern "C" fn ignore(_message: *const c_char) {}

/// MuJoCo calls this where it cannot go on, such as without memory, and it must not return.
unsafe extern "C" fn end(message: *const c_char) {
    // SAFETY: MuJoCo hands over a string that ends in zero.
    let message = unsafe { CStr::from_ptr(message) }.to_string_lossy();
    eprintln!("MuJoCo cannot go on, and this process neither: {message}");
    std::process::abort();
}
