//! What judges the Debian package: lintian, and systemd's own judgement of how much its units may do.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{apt, process};

/// The most that `systemd-analyze security` may find, in tenths.
const MOST_EXPOSED: u32 = 30;
const UNITS: [&str; 2] = ["sinew@.service", "sinew-node@.service"];

/// Judges the package, whose files lie unpacked beside it. Says what was seen, line by line.
pub(crate) fn check(package: &Path) -> Result<Vec<String>> {
    for (program, name) in [("lintian", "lintian"), ("systemd-analyze", "systemd")] {
        if !apt::has(program) {
            apt::install(name, "judging the package")?;
        }
    }
    let mut lintian = process::command("lintian");
    lintian.arg("--allow-root").arg(package);
    let found = lintian.output().context("cannot start lintian")?;
    let found = String::from_utf8_lossy(&found.stdout);
    ensure!(found.trim().is_empty(), "lintian:\n{found}");
    let mut said = vec!["lintian: nothing but what deploy/debian/lintian-overrides explains".to_owned()];
    for unit in UNITS {
        let file = package.with_extension("").join("usr/lib/systemd/system").join(unit);
        let mut security = process::command("systemd-analyze");
        security
            .args(["security", "--offline=true", &format!("--threshold={MOST_EXPOSED}")])
            .arg(file);
        let judged = process::output(&mut security).with_context(|| unit.to_owned())?;
        let overall = judged
            .lines()
            .find(|line| line.contains("Overall exposure"))
            .unwrap_or_default();
        let overall = overall.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        said.push(format!("{unit}: {overall}"));
    }
    Ok(said)
}
