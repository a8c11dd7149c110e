//! A tick of a control loop as a message, and back: nothing is lost on the way, not a bit.

mod read;
mod write;

pub use read::{BadTick, read};
pub use write::write;

use sinew_control::io::IoError;

/// What the robot answered: the number of it, and the joint whose drive did not answer.
fn answer_number(answer: Option<Result<(), IoError>>) -> (u8, i32) {
    use sinew_messages::sinew_msgs::msg::Tick;
    let number = match answer {
        None => Tick::NOT_ASKED,
        Some(Ok(())) => Tick::OK,
        Some(Err(IoError::NoState)) => Tick::NO_STATE,
        Some(Err(IoError::JointMissing { joint })) => return (Tick::JOINT_MISSING, joint as i32),
        Some(Err(IoError::ImuMissing)) => Tick::IMU_MISSING,
        Some(Err(IoError::WriteFailed)) => Tick::WRITE_FAILED,
        Some(Err(IoError::WrongLength)) => Tick::WRONG_LENGTH,
        Some(Err(IoError::Panicked)) => Tick::PANICKED,
        Some(Err(IoError::Disconnected)) => Tick::DISCONNECTED,
    };
    (number, -1)
}

/// The reverse of [`answer_number`]; `None` for a number that is none.
fn answer_of(number: u8, joint: i32) -> Option<Option<Result<(), IoError>>> {
    use sinew_messages::sinew_msgs::msg::Tick;
    let error = match number {
        Tick::NOT_ASKED => return Some(None),
        Tick::OK => return Some(Some(Ok(()))),
        Tick::NO_STATE => IoError::NoState,
        Tick::JOINT_MISSING => IoError::JointMissing {
            joint: usize::try_from(joint).ok()?,
        },
        Tick::IMU_MISSING => IoError::ImuMissing,
        Tick::WRITE_FAILED => IoError::WriteFailed,
        Tick::WRONG_LENGTH => IoError::WrongLength,
        Tick::PANICKED => IoError::Panicked,
        Tick::DISCONNECTED => IoError::Disconnected,
        _ => return None,
    };
    Some(Some(Err(error)))
}

#[cfg(test)]
mod tests;
