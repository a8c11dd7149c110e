//! The functions that make a controller, say what it needs, and end it.

use std::ffi::{OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr;
use std::sync::RwLock;

use sinew_node_control::hosted::{CommandInterfaces, HostOptions, host};

use super::{SinewController, expect_size, guarded};
use crate::types::{
    SINEW_ABI_VERSION, SINEW_INTERFACES_EFFORT, SINEW_INTERFACES_IMPEDANCE, SinewDescription, SinewLog, SinewOptions,
    SinewStatus,
};
use crate::{log, pointers};

/// The version of this interface that the library has: a host that was compiled with another `SINEW_ABI_VERSION` must
/// not use it.
#[unsafe(no_mangle)]
pub extern "C" fn sinew_abi_version() -> u32 {
    SINEW_ABI_VERSION
}

/// From now on `log` is told what Sinew logs in this process, with `user` and in any thread; null for nobody. Returns
/// once nobody is being told any more who was told before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_set_log(log: SinewLog, user: *mut c_void) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says that it may be called until another is told.
        unsafe { log::tell(log, user) };
        Ok(())
    })
}

/// Makes a controller, which moves nothing yet. On an error `controller` becomes null, and `error`, of `error_size`
/// bytes, says why: which file, which key, what was expected and what was found. Takes its time: files are read, and the
/// policy is loaded and tried.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_create(
    options: *const SinewOptions,
    controller: *mut *mut SinewController,
    error: *mut c_char,
    error_size: usize,
) -> SinewStatus {
    let say = |text: &str| {
        // SAFETY: the caller says what `error` is.
        unsafe { pointers::say(text, error, error_size) }
    };
    guarded(|| {
        say("")?;
        // SAFETY: the caller says what the pointers are.
        let place = unsafe { pointers::write(controller) }?;
        *place = ptr::null_mut();
        // SAFETY: the same.
        let made = unsafe { host_options(options) }.and_then(|options| {
            host(&options).map_err(|error| {
                // What cannot be written is not said, for there is another error to tell.
                let _ = say(&format!("{error:#}"));
                SinewStatus::Refused
            })
        });
        let (ticks, operator) = made.inspect_err(|status| {
            if *status != SinewStatus::Refused {
                let _ = say("the options: a pointer, a size or a number in them is none that there can be");
            }
        })?;
        // SAFETY: it was read above.
        let interfaces = unsafe { pointers::read(options) }?.interfaces;
        *place = Box::into_raw(Box::new(SinewController {
            ticks: RwLock::new(ticks),
            operator,
            interfaces,
        }));
        Ok(())
    })
}

/// # Safety
/// `options` is null or points to options, whose pointers are what their fields say.
unsafe fn host_options(options: *const SinewOptions) -> Result<HostOptions, SinewStatus> {
    // SAFETY: as the caller says.
    let options = unsafe { pointers::read(options) }?;
    expect_size::<SinewOptions>(options.struct_size)?;
    // SAFETY: as the caller says.
    let files = unsafe { pointers::array(options.robot_files, options.robot_file_count) }?;
    let path = |&file: &*const c_char| {
        // SAFETY: as the caller says.
        let file = unsafe { pointers::text(file) }?;
        Ok::<_, SinewStatus>(PathBuf::from(OsStr::from_bytes(file.to_bytes())))
    };
    let files = files.ok_or(SinewStatus::Pointer)?.iter().map(path);
    // SAFETY: as the caller says.
    let name = unsafe { pointers::text(options.name) }?;
    Ok(HostOptions {
        files: files.collect::<Result<_, _>>()?,
        name: name.to_str().map_err(|_| SinewStatus::Value)?.to_owned(),
        interfaces: match options.interfaces {
            SINEW_INTERFACES_IMPEDANCE => CommandInterfaces::Impedance,
            SINEW_INTERFACES_EFFORT => CommandInterfaces::Effort,
            _ => return Err(SinewStatus::Value),
        },
        update_rate_hz: options.update_rate_hz,
        simulated: match options.simulated {
            0 => false,
            1 => true,
            _ => return Err(SinewStatus::Value),
        },
    })
}

/// Ends a controller and makes the caller's pointer null; nothing where it is null already. What is latched is kept.
/// Deactivate it first: an active controller cannot write its safe action any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_destroy(controller: *mut *mut SinewController) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let place = unsafe { pointers::write(controller) }?;
        let controller = std::mem::replace(place, ptr::null_mut());
        if !controller.is_null() {
            // SAFETY: it comes from `sinew_controller_create`, and the caller's pointer to it is null from here on.
            drop(unsafe { Box::from_raw(controller) });
        }
        Ok(())
    })
}

/// Says what the controller needs of its host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_describe(
    controller: *const SinewController,
    description: *mut SinewDescription,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointers are.
        let (controller, description) = unsafe { (pointers::read(controller)?, pointers::write(description)?) };
        expect_size::<SinewDescription>(description.struct_size)?;
        let operator = &controller.operator;
        description.joint_count = operator.joints().len();
        description.foot_count = operator.feet().len();
        description.wants_base_velocity = operator.wants_base_velocity().into();
        description.interfaces = controller.interfaces;
        description.rate_hz = operator.rate_hz();
        Ok(())
    })
}

/// Name of a joint, in the order of all arrays, into `name` of `name_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_joint_name(
    controller: *const SinewController,
    index: usize,
    name: *mut c_char,
    name_size: usize,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        let joint = controller.operator.joints().nth(index).ok_or(SinewStatus::Size)?;
        // SAFETY: the caller says what the pointer is.
        unsafe { pointers::say(joint, name, name_size) }
    })
}

/// Name of a foot, likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_foot_name(
    controller: *const SinewController,
    index: usize,
    name: *mut c_char,
    name_size: usize,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        let foot = controller.operator.feet().get(index).ok_or(SinewStatus::Size)?;
        // SAFETY: the caller says what the pointer is.
        unsafe { pointers::say(foot, name, name_size) }
    })
}
