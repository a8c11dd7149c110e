//! In which form a program says what it has to say.

use std::str::FromStr;
use std::sync::OnceLock;

/// The variable that chooses the form, where the command line does not.
pub const VARIABLE: &str = "SINEW_LOG_FORMAT";

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

    /// The form that was chosen; where nothing was, that of the variable, if it says one.
    pub(super) fn chosen() -> Self {
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
