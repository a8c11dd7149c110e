//! What a program says on standard error.

use std::io::{IsTerminal, Write};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Shows what is logged at `level` and above; the variable `RUST_LOG` has the last word.
pub fn to_stderr(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{level},ort=error")));
    let screen = fmt::layer()
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(filter);
    tracing_subscriber::registry().with(screen).init();
}

/// Hands what is logged to ROS 2: on the screen in its form, and on `/rosout`. `--log-level` of the ROS
/// arguments decides what of Sinew's own is shown, `RUST_LOG` what gets there at all.
#[cfg(feature = "ros2")]
pub fn to_ros() {
    const OWN: &str = "info,sinew=debug,sinew_control=debug,sinew_models=debug,sinew_sim=debug,ort=error";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(OWN));
    let ros = crate::bus::ros2::RosLog.with_filter(filter);
    tracing_subscriber::registry().with(ros).init();
}

/// Says on standard error what has gone wrong. Where nobody can be told, nothing more goes wrong.
pub fn complain(error: &anyhow::Error) {
    tell(&format!("error: {}", spelled(error)));
}

/// A line on standard error, unlike `eprintln!` without a panic where that was closed.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// An error with its causes, each said once: many of our messages end in their cause already.
pub fn spelled(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        match text.ends_with(&cause) {
            true => {}
            false if text.is_empty() => text = cause,
            false => text = format!("{text}: {cause}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn a_cause_is_said_once() {
        let io = || std::io::Error::other("no such file");
        let says_it = anyhow::Error::new(sinew_sim::description::DescriptionError::Read {
            file: "robot.xml".into(),
            source: io(),
        });
        assert_eq!(spelled(&says_it), "robot.xml: cannot be read: no such file");
        let silent = anyhow::Error::new(io()).context("cannot start");
        assert_eq!(spelled(&silent), "cannot start: no such file");
    }
}
