//! `cargo xtask demo deploy`: what is made for other machines, made and tried on this one.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::deploy::{boot, deb, image, kubernetes, packages, run_image};
use crate::{apt, onnxruntime, process, project};

/// Builds the package and the image, boots the one, runs the other, judges the charts, and prints what was seen.
pub(crate) fn run() -> Result<()> {
    ensure!(
        apt::is_root(),
        "a machine is booted and images are built as root: sudo -E cargo xtask demo deploy"
    );
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    let out = project::target().join("package");
    told("package", deb::twice(&out))?;
    let package = deb::file(&out)?;
    told("judged", packages::check(&package))?;
    told("booted", boot::check(&package))?;
    let layout = out.join("sinew-image");
    told("image", image::twice(&layout))?;
    told("run", run_image::check(&layout))?;
    told("charts", kubernetes::check())?;
    println!("Packages and images are in {}", shown(&out));
    Ok(())
}

fn told(what: &str, seen: Result<Vec<String>>) -> Result<()> {
    for line in seen? {
        println!("{what:<8} {line}");
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    let here = path.strip_prefix(project::root()).unwrap_or(path);
    here.display().to_string()
}
