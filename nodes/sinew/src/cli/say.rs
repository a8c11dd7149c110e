//! `println!` and its like for the commands. They take the place of the standard library's, which panic where nobody
//! reads any more (`sinew … | head -1`), and pass on whatever control characters a file name, a joint or a model's
//! metadata has.
//!
//! What nobody reads any more is left out: the exit code stays the result's. What cannot be written, as on a disk that is
//! full, is an error at the end ([`finish`]).

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

use anyhow::bail;

/// Why something could not be written to standard output, the first time.
static FAILED: OnceLock<std::io::Error> = OnceLock::new();

/// A line of a table on standard output. A newline that is not at its start comes from some name.
macro_rules! println {
    () => {
        $crate::cli::say::line(format_args!(""))
    };
    ($($arg:tt)*) => {
        $crate::cli::say::line(format_args!($($arg)*))
    };
}

/// Text on standard output.
macro_rules! print {
    ($($arg:tt)*) => {
        $crate::cli::say::text(format_args!($($arg)*))
    };
}

/// Something for people, on standard error.
macro_rules! eprintln {
    ($($arg:tt)*) => {
        sinew::log::tell(&format!($($arg)*))
    };
}

pub(crate) fn line(line: Arguments<'_>) {
    let line = line.to_string();
    let text = line.trim_start_matches('\n');
    let before = &line[..line.len() - text.len()];
    let text = sinew::log::printable(text).replace('\n', "\\n");
    note(writeln!(std::io::stdout(), "{before}{text}"));
}

pub(crate) fn text(text: Arguments<'_>) {
    note(std::io::stdout().write_all(sinew::log::printable(&text.to_string()).as_bytes()));
}

fn note(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        let _ = FAILED.set(error);
    }
}

/// Whether all that was said has arrived, for the end of a command.
///
/// # Errors
/// Where standard output could not be written.
pub(crate) fn finish() -> anyhow::Result<()> {
    note(std::io::stdout().flush());
    if let Some(error) = FAILED.get() {
        bail!("standard output cannot be written: {error}");
    }
    Ok(())
}
