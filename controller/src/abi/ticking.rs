//! The functions of the host's thread.

use sinew_control::state::JointCommand;
use sinew_node_control::hosted::{HostedTicks, ImuReading, Readings};

use super::{SinewController, expect_size, guarded};
use crate::pointers;
use crate::types::{SINEW_IMU_NUMBERS, SINEW_INTERFACES_EFFORT, SinewCommand, SinewReadings, SinewStatus};

/// Begins: the loop at the time of the next update. A robot that was stopped stays so until the stop is cleared, and is then started on request
/// alone. `SINEW_STATUS_NOT_READY` says that the loop of this activation is still to be made, by
/// `sinew_controller_supervise`. May wait for a file that is being written. For the host's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_activate(controller: *const SinewController) -> SinewStatus {
    guarded(|| {
        // SAFETY: the caller says what the pointer is.
        let controller = unsafe { pointers::read(controller) }?;
        Ok(controller.ticks()?.activate()?)
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

/// Ends: the robot is in its safe action, and `command` is the last of this activation, which may stay
/// for ever: it has no torque of its own. What is latched stays latched. Nothing where the controller is not active.
/// For the host's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sinew_controller_deactivate(
    controller: *const SinewController,
    command: *const SinewCommand,
) -> SinewStatus {
    // SAFETY: the caller says what the pointers are.
    unsafe {
        commanded(controller, command, |ticks| {
            ticks.deactivate();
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
