//! The functions.
//!
//! Three rules hold for all of them. A pointer that is not null points to what the parameter's type says, and an array
//! to as many elements as its count; nulls, sizes and counts are checked. No panic leaves them. None but
//! `sinew_controller_destroy` ends the life of a controller, and no other call may be on its way then.

use std::ffi::{OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr;
use std::sync::{RwLock, RwLockWriteGuard};

use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_control::state::JointCommand;
use sinew_control::sync::try_write;
use sinew_node_control::hosted::{
    Answer, CommandInterfaces, HostOptions, HostedError, HostedOperator, HostedTicks, ImuReading, Readings, host,
};

use crate::types::*;
use crate::{log, pointers};

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

/// Begins, at `now_nanos`. A robot that was stopped stays so until the stop is cleared, and is then started on request
/// alone. `SINEW_STATUS_NOT_READY` says that the loop of this activation is still to be made, by
/// `sinew_controller_supervise`. May wait for a file that is being written. For the host's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_activate(controller: *const SinewController, now_nanos: u64) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        Ok(controller.ticks()?.activate(now_nanos)?)
    })
}

/// One update of the host, at `now_nanos`: hands on what was measured, ticks where the loop is due, and gives what the
/// drives are to do until the next. Whatever it returns, `command` has been written where it is one: where anything is
/// wrong it damps, and without a controller it is limp. Does not wait, lock, log or allocate. For the host's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_update(
    controller: *const SinewController,
    now_nanos: u64,
    readings: *const SinewReadings,
    command: *const SinewCommand,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe {
        commanded(controller, command, |ticks| {
            // Without readings the loop ticks all the same: nothing was measured.
            let found = given(readings);
            let updated = ticks.update(now_nanos, &found.unwrap_or_default());
            found.map(drop)?;
            Ok(updated?)
        })
    }
}

/// Ends, at `now_nanos`: the robot is in its safe action, and `command` is the last of this activation, which may stay
/// for ever: it has no torque of its own. What is latched stays latched. Nothing where the controller is not active.
/// For the host's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_deactivate(
    controller: *const SinewController,
    now_nanos: u64,
    command: *const SinewCommand,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe {
        commanded(controller, command, |ticks| {
            ticks.deactivate(now_nanos);
            Ok(())
        })
    }
}

/// Calls `call` and writes the command that it leaves.
///
/// # Safety
/// The pointers are null or what their types say.
unsafe fn commanded(
    controller: *const SinewController,
    command: *const SinewCommand,
    call: impl FnOnce(&mut HostedTicks) -> Result<(), SinewStatus>,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: as the caller says.
        let mut drives = unsafe { Drives::new(command) };
        if let Ok(drives) = &mut drives {
            drives.limp();
        }
        // SAFETY: the same.
        let controller = unsafe { pointers::read(controller) }?;
        let mut ticks = controller.ticks()?;
        // The loop goes on with its time even where nobody takes its commands.
        let outcome = call(&mut ticks);
        let mut drives = drives?;
        drives.expect(ticks.command().dof(), controller.interfaces)?;
        drives.write(ticks.command());
        outcome
    })
}

/// The arrays of a command.
struct Drives<'a> {
    parts: [Option<&'a mut [f64]>; 5],
    joint_count: usize,
}

impl<'a> Drives<'a> {
    /// # Safety
    /// `command` is null or points to a command whose arrays are what its fields say, for as long as `'a`.
    unsafe fn new(command: *const SinewCommand) -> Result<Self, SinewStatus> {
        // SAFETY: as the caller says.
        let command = unsafe { pointers::read(command) }?;
        expect_size::<SinewCommand>(command.struct_size)?;
        let count = command.joint_count;
        let array = |pointer| {
            // SAFETY: as the caller says; no two of the arrays are one.
            unsafe { pointers::array_mut(pointer, count) }
        };
        let SinewCommand {
            position,
            velocity,
            effort,
            kp,
            kd,
            ..
        } = *command;
        Ok(Self {
            parts: [
                array(position)?,
                array(velocity)?,
                array(effort)?,
                array(kp)?,
                array(kd)?,
            ],
            joint_count: count,
        })
    }

    /// Nothing but positions stays of what is there.
    fn limp(&mut self) {
        for part in self.parts.iter_mut().skip(1).flatten() {
            part.fill(0.0);
        }
    }

    fn expect(&self, joints: usize, interfaces: u32) -> Result<(), SinewStatus> {
        let has = |part: usize| self.parts[part].is_some();
        let all = if interfaces == SINEW_INTERFACES_EFFORT {
            has(2)
        } else {
            (0..5).all(has)
        };
        match (all, self.joint_count == joints) {
            (false, _) => Err(SinewStatus::Pointer),
            (true, false) => Err(SinewStatus::Size),
            (true, true) => Ok(()),
        }
    }

    fn write(&mut self, command: &JointCommand) {
        let from = [
            &command.position,
            &command.velocity,
            &command.effort,
            &command.kp,
            &command.kd,
        ];
        for (part, from) in self.parts.iter_mut().zip(from) {
            if let Some(part) = part {
                part.copy_from_slice(from);
            }
        }
    }
}

/// What was measured.
///
/// # Safety
/// `readings` is null or points to readings whose arrays are what its fields say, for as long as `'a`.
unsafe fn given<'a>(readings: *const SinewReadings) -> Result<Readings<'a>, SinewStatus> {
    // SAFETY: as the caller says.
    unsafe {
        let readings = pointers::read(readings)?;
        expect_size::<SinewReadings>(readings.struct_size)?;
        let array = |pointer, len| pointers::array(pointer, len);
        let joints = match (
            array(readings.position, readings.joint_count)?,
            array(readings.velocity, readings.joint_count)?,
        ) {
            (Some(position), Some(velocity)) => Some((position, velocity)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(SinewStatus::Pointer),
        };
        let imu = array(readings.imu, SINEW_IMU_NUMBERS)?.and_then(|imu| {
            let (orientation, rest) = imu.split_first_chunk::<4>()?;
            let (angular, rest) = rest.split_first_chunk::<3>()?;
            Some(ImuReading {
                orientation_xyzw: *orientation,
                angular_velocity: *angular,
                linear_acceleration: *rest.first_chunk::<3>()?,
            })
        });
        let base_velocity = array(readings.base_velocity, 3)?;
        Ok(Readings {
            joints,
            effort: array(readings.effort, readings.joint_count)?,
            imu,
            base_velocity: base_velocity.and_then(|velocity| velocity.first_chunk::<3>().copied()),
            feet: pointers::array(readings.foot_contact, readings.foot_count)?,
        })
    }
}

/// Asks for a velocity of the base: m/s forwards and leftwards, rad/s counter-clockwise. Also feeds the deadman, so it is
/// to be repeated. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_command_velocity(
    controller: *const SinewController,
    lin_vel_x: f64,
    lin_vel_y: f64,
    ang_vel_z: f64,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        let velocity = VelocityCommand::new(lin_vel_x, lin_vel_y, ang_vel_z);
        controller.operator.command(velocity);
        if velocity.is_finite() {
            Ok(())
        } else {
            Err(SinewStatus::Value)
        }
    })
}

/// # Safety
/// The pointers are null or what their types say.
unsafe fn request(
    controller: *const SinewController,
    message: *mut c_char,
    message_size: usize,
    ask: fn(&HostedOperator) -> Answer,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: as the caller says.
        let controller = unsafe { pointers::read(controller) }?;
        let answer = ask(&controller.operator);
        // SAFETY: the same.
        unsafe { pointers::say(&answer.message, message, message_size) }?;
        if answer.success {
            Ok(())
        } else {
            Err(SinewStatus::Refused)
        }
    })
}

/// Stops the robot at its next tick, or latches the stop for the next activation. `message`, of `message_size` bytes or
/// null, gets a sentence for people, in this function as in the next three. From any thread that may wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_stop(
    controller: *const SinewController,
    message: *mut c_char,
    message_size: usize,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe { request(controller, message, message_size, HostedOperator::stop) }
}

/// Forgets a stop: the robot damps until it is started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_clear_stop(
    controller: *const SinewController,
    message: *mut c_char,
    message_size: usize,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe { request(controller, message, message_size, HostedOperator::clear_stop) }
}

/// Damp, stand up, run. Refused while a stop is latched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_start(
    controller: *const SinewController,
    message: *mut c_char,
    message_size: usize,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe { request(controller, message, message_size, HostedOperator::start) }
}

/// Back to damping, without a fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_damp(
    controller: *const SinewController,
    message: *mut c_char,
    message_size: usize,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe { request(controller, message, message_size, HostedOperator::damp) }
}

/// Follows the loop: keeps what is latched, lets the robot stand up, logs what changes, and makes the loop of the next
/// activation. To be called about every 20 ms from a thread that may wait, as long as the controller lives: without it no
/// robot stands up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_supervise(controller: *const SinewController) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        controller.operator.supervise();
        Ok(())
    })
}

/// What the loop did when it was followed last. From any thread that may wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_mode(
    controller: *const SinewController,
    mode: *mut SinewMode,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointers are.
        let (controller, place) = unsafe { (pointers::read(controller)?, pointers::write(mode)?) };
        *place = match controller.operator.mode() {
            None => SinewMode::Inactive,
            Some(Mode::Damp) => SinewMode::Damp,
            Some(Mode::Stand) => SinewMode::Stand,
            Some(Mode::Run) => SinewMode::Run,
            Some(Mode::Stopped) => SinewMode::Stopped,
        };
        Ok(())
    })
}

/// Why the robot is stopped, into `reason` of `reason_size` bytes; empty where no stop is latched. From any thread that
/// may wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_stop_reason(
    controller: *const SinewController,
    reason: *mut c_char,
    reason_size: usize,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        let said = controller.operator.stop_reason().unwrap_or_default();
        // SAFETY: the same.
        unsafe { pointers::say(&said, reason, reason_size) }
    })
}

/// Tells what the node `control` tells on `/diagnostics`, of a host of the name `name` whose velocity command so many
/// publish: each status, and after it its values. The visitors get `user`. From any thread that may wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_diagnostics(
    controller: *const SinewController,
    name: *const c_char,
    commanders: usize,
    status: SinewStatusVisitor,
    value: SinewValueVisitor,
    user: *mut c_void,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointers are.
        let (controller, name) = unsafe { (pointers::read(controller)?, pointers::text(name)?) };
        let name = name.to_str().map_err(|_| SinewStatus::Value)?;
        let (Some(status), Some(value)) = (status, value) else {
            return Err(SinewStatus::Pointer);
        };
        let text = |text: &str| std::ffi::CString::new(text.replace('\0', " ")).unwrap_or_default();
        for told in controller.operator.diagnostics(name, commanders) {
            let [name, message, id] = [&told.name, &told.message, &told.hardware_id].map(|said| text(said));
            let level = match told.level {
                0 => SinewLevel::Ok,
                1 => SinewLevel::Warn,
                2 => SinewLevel::Error,
                _ => SinewLevel::Stale,
            };
            // SAFETY: the caller says that they may be called, and the texts outlive the call.
            unsafe { status(user, level, name.as_ptr(), message.as_ptr(), id.as_ptr()) };
            for pair in &told.values {
                let [key, said] = [&pair.key, &pair.value].map(|said| text(said));
                // SAFETY: the same.
                unsafe { value(user, key.as_ptr(), said.as_ptr()) };
            }
        }
        Ok(())
    })
}
