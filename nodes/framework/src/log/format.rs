//! In which form a program says what it has to say.

use std::ffi::{OsStr, OsString};
use std::str::FromStr;
use std::sync::OnceLock;

/// The variable that chooses the form, where the command line does not.
pub const VARIABLE: &str = "SINEW_LOG_FORMAT";

/// What chooses it on the command line.
const OPTION: &str = "--log-format";

static CHOSEN: OnceLock<LogFormat> = OnceLock::new();

/// The form of what is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line, for what collects logs.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("expected text or json, found `{text}`")),
        }
    }
}

impl LogFormat {
    /// Chooses the form for this process: what the command line says, else what the variable says. The first choice
    /// stays.
    ///
    /// # Errors
    /// Where the variable says something else.
    pub fn choose(asked: Option<Self>) -> Result<(), String> {
        let format = match asked {
            Some(format) => format,
            None => Self::of_variable()?,
        };
        CHOSEN.get_or_init(|| format);
        Ok(())
    }

    /// Chooses the form that a command line asks for, if it does, before the line is read: what is wrong with it is said
    /// in that form, too.
    pub fn choose_early(args: &[OsString]) {
        if let Some(asked) = Self::asked_in(args) {
            CHOSEN.get_or_init(|| asked);
        }
    }

    fn asked_in(args: &[OsString]) -> Option<Self> {
        let of_ros = |arg: &&OsString| *arg != "--ros-args" && *arg != "--";
        let mut args = args.iter().take_while(of_ros);
        while let Some(arg) = args.next() {
            let value = match arg.to_str().and_then(|arg| arg.strip_prefix(OPTION)) {
                Some("") => args.next().map(OsString::as_os_str),
                Some(rest) => rest.strip_prefix('=').map(OsStr::new),
                None => None,
            };
            if let Some(format) = value.and_then(|value| value.to_str()?.parse().ok()) {
                return Some(format);
            }
        }
        None
    }

    /// The form that was chosen; where nothing was, that of the variable, if it says one.
    pub fn chosen() -> Self {
        *CHOSEN.get_or_init(|| Self::of_variable().unwrap_or_default())
    }

    fn of_variable() -> Result<Self, String> {
        match std::env::var_os(VARIABLE) {
            None => Ok(Self::default()),
            Some(text) if text.is_empty() => Ok(Self::default()),
            Some(text) => {
                let parsed = text.to_string_lossy().parse();
                parsed.map_err(|message: String| format!("{VARIABLE}: {message}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_that_is_wrong_elsewhere_still_says_the_form() {
        let asked = |line: &str| {
            let args: Vec<_> = line.split(' ').map(OsString::from).collect();
            LogFormat::asked_in(&args)
        };
        let json = Some(LogFormat::Json);
        for line in [
            "sinew --no-such run --log-format json",
            "sinew --log-format=json",
            "sinew --log-format xml --log-format json",
        ] {
            assert_eq!(asked(line), json, "{line}");
        }
        for line in [
            "sinew run",
            "sinew --log-format",
            "sinew --log-formatted=json",
            "sinew --ros-args --log-format json",
            "sinew -- --log-format=json",
        ] {
            assert_eq!(asked(line), None, "{line}");
        }
    }
}
