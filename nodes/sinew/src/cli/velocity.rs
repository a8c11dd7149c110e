//! A velocity command on the command line.

use std::str::FromStr;

use sinew_control::command::VelocityCommand;

/// `vx,vy,wz` on the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandArg(pub(crate) VelocityCommand);

impl FromStr for CommandArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected three numbers `vx,vy,wz` in m/s, m/s, rad/s, found `{text}`");
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
        match numbers.map_err(|_| expected())?[..] {
            [x, y, yaw] if [x, y, yaw].iter().all(|v: &f64| v.is_finite()) => Ok(Self(VelocityCommand::new(x, y, yaw))),
            _ => Err(expected()),
        }
    }
}
