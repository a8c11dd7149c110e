//! The functions of everybody else.

use std::ffi::{CString, c_char, c_void};

use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_node_control::hosted::{Answer, HostedOperator};

use super::{SinewController, guarded};
use crate::pointers;
use crate::types::{SinewLevel, SinewMode, SinewStatus, SinewStatusVisitor, SinewValueVisitor};

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

/// Multiplies the velocities that are asked for after this with a number from 0 to 1, for whoever looks after the
/// machine. From any thread that may wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_scale_velocity(
    controller: *const SinewController,
    scale: f64,
) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        if !(0.0..=1.0).contains(&scale) {
            return Err(SinewStatus::Value);
        }
        controller.operator.scale_velocity(scale);
        Ok(())
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
        let text = |text: &str| CString::new(text.replace('\0', " ")).unwrap_or_default();
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
