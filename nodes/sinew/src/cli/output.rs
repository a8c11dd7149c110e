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
    not(any(feature = "release", feature = "run")),
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

/// Refuses files of which two are the same: what one option writes would take the place of another's, or of what is read.
#[cfg(feature = "run")]
pub(crate) fn expect_apart(files: &[(&str, &Path)]) -> anyhow::Result<()> {
    let place = |file: &Path| {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        let named = file.file_name().and_then(|name| Some(folder.ok()?.join(name)));
        file.canonicalize().ok().or(named)
    };
    for (i, (option, file)) in files.iter().enumerate() {
        let Some(at) = place(file).filter(|_| *file != Path::new("-")) else {
            continue;
        };
        let twin = files[..i].iter().find(|(_, other)| place(other).as_ref() == Some(&at));
        if let Some((other, _)) = twin {
            anyhow::bail!(
                "{option}: {}: expected another file than that of {other}",
                file.display()
            );
        }
    }
    Ok(())
}

/// Refuses the name of a recording that would get another one.
#[cfg(feature = "run")]
pub(crate) fn expect_recording(option: &str, file: &Path) -> anyhow::Result<()> {
    let is_named = file.extension().is_some_and(|extension| extension == "mcap") && file.file_stem().is_some();
    anyhow::ensure!(
        is_named,
        "{option}: {}: expected the name of a file that ends in .mcap, such as walk.mcap",
        file.display()
    );
    expect_place(option, file)
}

/// The file of a recording's proof.
#[cfg(feature = "run")]
pub(crate) fn proof_of(file: &Path) -> std::path::PathBuf {
    let mut path = file.to_owned().into_os_string();
    path.push(".proof");
    path.into()
}
