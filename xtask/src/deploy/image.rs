//! `cargo xtask image`: an OCI image from scratch of the program, ONNX Runtime, models and robots, with the libraries that they
//! load, and nothing else. Made twice of the same program it has the same digest.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::deb;
use super::folder::{files, settle_rights};
use crate::{apt, install, onnxruntime, process, project};

/// Whoever has no name on the machine.
const USER: u32 = 65532;
/// The most that an image without ROS 2 may have, compressed.
const MOST_BYTES: u64 = 30_000_000;
/// Certificates of the world's authorities, for repositories and brokers.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// Builds `sinew` without ROS 2 and packs it into a folder of OCI's layout at `out`, under the name of its version.
pub(crate) fn run(out: &Path) -> Result<()> {
    for (program, package) in [("buildah", "buildah"), ("strip", "binutils")] {
        if !apt::has(program) {
            apt::install(package, "the image")?;
        }
    }
    ensure!(
        apt::is_root(),
        "an image is built as root, or in `buildah unshare cargo xtask image`"
    );
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    let digest = pack(out)?;
    println!("{}: {digest}", out.display());
    Ok(())
}

/// Packs what was built twice, and compares. Says what was seen.
pub(crate) fn twice(out: &Path) -> Result<Vec<String>> {
    let first = pack(out)?;
    let again = pack(out)?;
    ensure!(
        first == again,
        "made twice, the image has two digests: {first}, {again}"
    );
    let mut bytes = 0;
    for file in files(out)? {
        bytes += fs::metadata(file)?.len();
    }
    ensure!(
        bytes < MOST_BYTES,
        "the image has {bytes} bytes, expected fewer than {MOST_BYTES}"
    );
    let size = bytes as f64 / 1e6;
    Ok(vec![format!(
        "from scratch, {size:.1} MB compressed; made twice, the digest is the same: {first}"
    )])
}

/// Packs what was built; gives the digest of the manifest.
pub(crate) fn pack(out: &Path) -> Result<String> {
    let folder = project::target().join("package/image");
    let root = folder.join("rootfs");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let prefix = root.join("usr");
    install::install_programs(&prefix)?;
    install::install_library(&prefix, &onnxruntime::WHEEL)?;
    install::install_robots(&prefix)?;
    let program = prefix.join("lib/sinew/sinew");
    process::output(process::command("strip").arg("--strip-unneeded").arg(&program))?;
    let libraries = libraries(&[&program, &prefix.join("lib/sinew/lib/libonnxruntime.so")])?;
    for library in &libraries {
        let place = library.strip_prefix("/").unwrap_or(library);
        install::copy(library, &root.join(place))?;
        // The loader is called as a program.
        fs::set_permissions(root.join(place), fs::Permissions::from_mode(0o755))?;
    }
    licences(&root)?;
    let certificates = Path::new("/").join(CERTIFICATES);
    if certificates.is_file() {
        install::copy(&certificates, &root.join(CERTIFICATES))?;
    }
    install::write(
        &root.join("etc/passwd"),
        &format!("root:x:0:0::/var/lib/sinew:\nsinew:x:{USER}:{USER}::/var/lib/sinew:\n"),
    )?;
    install::write(&root.join("etc/group"), &format!("root:x:0:\nsinew:x:{USER}:\n"))?;
    for empty in ["tmp", "var/lib/sinew", "etc/sinew"] {
        fs::create_dir_all(root.join(empty))?;
    }
    settle_rights(&root)?;
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777))?;
    chown(root.join("var/lib/sinew"), Some(USER), Some(USER))?;
    install::copy(
        &project::root().join("deploy/image/Containerfile"),
        &folder.join("Containerfile"),
    )?;
    build(&folder, out)
}

fn build(folder: &Path, out: &Path) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("sinew:{version}");
    let store = folder.join("store");
    let buildah = || {
        let mut buildah = process::command("buildah");
        buildah.arg("--root").arg(&store);
        buildah.arg("--runroot").arg(folder.join("run"));
        buildah.args(["--storage-driver", "vfs"]);
        buildah
    };
    let mut bud = buildah();
    bud.args(["bud", "--isolation", "chroot", "--layers=false", "--format", "oci"])
        .args(["--timestamp", &deb::source_date()?, "--tag", &name])
        .arg(folder);
    process::quietly("Building the image", &mut bud)?;
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot empty {}", out.display()))?;
    }
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let digest = folder.join("digest");
    let mut push = buildah();
    push.args(["push", "--digestfile"])
        .arg(&digest)
        .arg(&name)
        .arg(format!("oci:{}:{version}", out.display()));
    process::quietly("Writing the image", &mut push)?;
    let digest = fs::read_to_string(&digest).context("buildah has told no digest")?;
    // As large as all that it was made of.
    fs::remove_dir_all(&store).with_context(|| format!("cannot remove {}", store.display()))?;
    Ok(digest.trim().to_owned())
}

/// The libraries that `programs` load, with the loader, where they are on this machine.
fn libraries(programs: &[&Path]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for program in programs {
        let listed = process::output(Command::new("ldd").arg(program))?;
        found.extend(loaded(&listed));
    }
    ensure!(!found.is_empty(), "ldd names no library");
    Ok(found)
}

/// The files that `ldd` names: `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, and the loader without an arrow.
fn loaded(listed: &str) -> Vec<PathBuf> {
    let of_line = |line: &str| {
        let file = line.split_once("=>").map_or(line, |(_, file)| file);
        let file = file.split_whitespace().next()?;
        file.starts_with('/').then(|| PathBuf::from(file))
    };
    listed.lines().filter_map(of_line).collect()
}

/// The licences of the libraries.
fn licences(root: &Path) -> Result<()> {
    for package in ["libc6", "libgcc-s1", "libstdc++6"] {
        let file = format!("usr/share/doc/{package}/copyright");
        let here = Path::new("/").join(&file);
        if here.exists() {
            install::copy(&here, &root.join(&file))?;
        }
    }
    let own = "usr/share/doc/sinew/copyright";
    install::copy(&project::root().join("deploy/debian/copyright"), &root.join(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_what_ldd_says() {
        let listed = "\tlinux-vdso.so.1 (0x00007ffc)\n\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)\n\
                      \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n\tstatically linked\n";
        let expected = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"].map(PathBuf::from);
        assert_eq!(loaded(listed), expected);
    }
}
