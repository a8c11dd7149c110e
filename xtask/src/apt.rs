//! Debian packages that a chore needs: installed where we are root, named where we are not.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::process;

/// Installs `package` because `purpose` needs it, or says how to.
pub(crate) fn install(package: &str, purpose: &str) -> Result<()> {
    if !is_root() || !has_apt_get() {
        bail!("{purpose} needs the Debian package {package}: sudo apt-get install {package}");
    }
    static UPDATED: OnceLock<()> = OnceLock::new();
    if UPDATED.get().is_none() {
        apt_get("Reading the lists of Debian packages", &["update"])?;
        UPDATED.get_or_init(|| ());
    }
    apt_get(
        &format!("Installing the Debian package {package}, which {purpose} needs"),
        &["install", "--yes", "--no-install-recommends", package],
    )
}

fn apt_get(doing: &str, args: &[&str]) -> Result<()> {
    let mut command = process::command("apt-get");
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    process::quietly(doing, &mut command).map(drop)
}

/// Whether there is a program of this name, for users or for root.
pub(crate) fn has(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let for_root = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&paths).chain(for_root);
    folders.any(|folder| folder.join(program).is_file())
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    // The kernel gives /proc/self the effective user of the process.
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn has_apt_get() -> bool {
    process::output(process::command("apt-get").arg("--version")).is_ok()
}
