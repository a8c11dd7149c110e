//! Where results go: tables for people on standard error, JSON where it was asked for.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

/// Writes `value` as JSON to standard output (`-`) or to a file.
pub(crate) fn write_json(to: &str, value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    match to {
        // A reader that has seen enough, such as `head`, is no error.
        "-" => match writeln!(std::io::stdout(), "{text}") {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written.context("standard output cannot be written")?,
        },
        file => std::fs::write(Path::new(file), text + "\n").with_context(|| format!("{file}: cannot be written"))?,
    }
    Ok(())
}

/// Refuses, before any work is done for it, a file that cannot be written. It is not made yet.
#[cfg_attr(
    not(feature = "run"),
    expect(dead_code, reason = "what runs robots writes the files that take long")
)]
pub(crate) fn expect_place(option: &str, file: &Path) -> anyhow::Result<()> {
    if file == Path::new("-") {
        return Ok(());
    }
    let refused = || format!("{option}: {}: cannot be written", file.display());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let writable = match std::fs::metadata(file) {
        Ok(there) if there.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(there) if there.is_file() => OpenOptions::new().append(true).open(file).map(drop),
        // The reader of a pipe would take an early end for the whole.
        Ok(_) => Ok(()),
        Err(_) if folder.is_none_or(Path::is_dir) => Ok(()),
        Err(error) => Err(error),
    };
    writable.with_context(refused)
}
