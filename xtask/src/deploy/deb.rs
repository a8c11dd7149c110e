//! `cargo xtask deb`: a Debian package of the program, ONNX Runtime, models, robots, units and manuals. Made twice of the
//! same checkout it is the same to the bit.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::folder::{files, settle_rights};
use crate::{apt, install, onnxruntime, process, project};

const MAINTAINER: &str = "The Sinew developers <sinew@example.org>";
/// Where the files of `deploy/` go.
const PLACES: [(&str, &str); 6] = [
    ("systemd/sinew@.service", "usr/lib/systemd/system/sinew@.service"),
    (
        "systemd/sinew-node@.service",
        "usr/lib/systemd/system/sinew-node@.service",
    ),
    ("systemd/sinew.sysusers", "usr/lib/sysusers.d/sinew.conf"),
    ("systemd/60-sinew.rules", "usr/lib/udev/rules.d/60-sinew.rules"),
    ("debian/copyright", "usr/share/doc/sinew/copyright"),
    ("debian/lintian-overrides", "usr/share/lintian/overrides/sinew"),
];
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];
/// The shells that get completions, and where they look for them.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/sinew"),
    ("zsh", "usr/share/zsh/vendor-completions/_sinew"),
    ("fish", "usr/share/fish/vendor_completions.d/sinew.fish"),
];

/// Builds `sinew` without ROS 2 and packs it into a file in `out`.
pub(crate) fn run(out: &Path) -> Result<()> {
    for (program, package) in [("dpkg-deb", "dpkg"), ("strip", "binutils"), ("gzip", "gzip")] {
        if !apt::has(program) {
            apt::install(package, "the Debian package")?;
        }
    }
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    let package = pack(out)?;
    println!("{}", package.display());
    Ok(())
}

/// Packs what was built twice, and compares. Says what was seen.
pub(crate) fn twice(out: &Path) -> Result<Vec<String>> {
    let package = pack(out)?;
    let first = fs::read(&package)?;
    let again = fs::read(pack(out)?)?;
    ensure!(first == again, "{}: made twice, it is not the same", package.display());
    let size = first.len() as f64 / 1e6;
    Ok(vec![format!(
        "{}: {size:.1} MB, made twice the same to the bit",
        name()?
    )])
}

/// The package's file in `out`.
pub(crate) fn file(out: &Path) -> Result<PathBuf> {
    Ok(out.join(name()? + ".deb"))
}

/// The package's name with version and architecture.
fn name() -> Result<String> {
    Ok(format!("sinew_{}_{}", env!("CARGO_PKG_VERSION"), architecture()?))
}

fn architecture() -> Result<String> {
    let architecture = process::output(Command::new("dpkg").arg("--print-architecture"))?;
    Ok(architecture.trim().to_owned())
}

/// Packs what was built.
pub(crate) fn pack(out: &Path) -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let root = project::target().join("package").join(name()?);
    if root.exists() {
        fs::remove_dir_all(&root).with_context(|| format!("cannot empty {}", root.display()))?;
    }
    let prefix = root.join("usr");
    install::install_programs(&prefix)?;
    install::install_library(&prefix, &onnxruntime::WHEEL)?;
    install::install_robots(&prefix)?;
    let program = prefix.join("lib/sinew/sinew");
    let library = prefix.join("lib/sinew/lib/libonnxruntime.so");
    ensure!(
        library.is_file(),
        "ORT_DYLIB_PATH is set: unset it, so that the package gets the library that Sinew is tested with"
    );
    process::output(process::command("strip").arg("--strip-unneeded").arg(&program))?;
    for (from, to) in PLACES {
        install::copy(&project::root().join("deploy").join(from), &root.join(to))?;
    }
    manuals(&root, &program)?;
    let date = source_date()?;
    changelog(&root, version, &date)?;
    settle_rights(&prefix)?;
    let libraries = glibc_of(&[&program, &library])?;
    control(&root, version, &architecture()?, &libraries)?;
    settle_rights(&root.join("DEBIAN"))?;

    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let package = file(out)?;
    let mut pack = process::command("dpkg-deb");
    pack.args(["--root-owner-group", "-Zxz", "--build"])
        .arg(&root)
        .arg(&package)
        .env("SOURCE_DATE_EPOCH", &date);
    process::quietly("Packing", &mut pack)?;
    Ok(package)
}

/// What the program says of itself, for `man` and for shells.
fn manuals(root: &Path, program: &Path) -> Result<()> {
    let folder = root.join("usr/share/man/man1");
    process::output(Command::new(program).arg("manual").arg(&folder))?;
    for page in files(&folder)? {
        process::output(process::command("gzip").args(["-9n"]).arg(page))?;
    }
    for (shell, place) in COMPLETIONS {
        let script = process::output(Command::new(program).args(["completions", shell]))?;
        install::write(&root.join(place), &script)?;
    }
    Ok(())
}

/// The time of the newest commit, s since 1970: what SOURCE_DATE_EPOCH says goes first.
pub(super) fn source_date() -> Result<String> {
    if let Ok(date) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(date);
    }
    let date = process::output(process::command("git").args(["log", "-1", "--format=%ct"]));
    let date = date.context("SOURCE_DATE_EPOCH: unset, and there is no commit to take the time from")?;
    Ok(date.trim().to_owned())
}

fn changelog(root: &Path, version: &str, date: &str) -> Result<()> {
    let day = process::output(
        process::command("date")
            .args(["-R", "-u", "-d"])
            .arg(format!("@{date}")),
    )?;
    let text = format!(
        "sinew ({version}) unstable; urgency=medium\n\n  * See CHANGELOG.md of that version.\n\n -- {MAINTAINER}  {}\n",
        day.trim()
    );
    let file = root.join("usr/share/doc/sinew/changelog");
    install::write(&file, &text)?;
    process::output(process::command("gzip").args(["-9n"]).arg(file)).map(drop)
}

/// The package's own files: what it is, what it needs, the scripts, and a digest of each file.
fn control(root: &Path, version: &str, architecture: &str, libc: &str) -> Result<()> {
    let debian = root.join("DEBIAN");
    for script in SCRIPTS {
        let from = project::root().join("deploy/debian").join(script);
        install::copy(&from, &debian.join(script))?;
    }
    let installed = files(&root.join("usr"))?;
    let mut bytes = 0;
    let mut digests = String::new();
    for file in &installed {
        bytes += fs::metadata(file)?.len();
        let name = file.strip_prefix(root).unwrap_or(file);
        let digest = process::output(Command::new("md5sum").arg(name).current_dir(root))?;
        digests.push_str(&digest);
    }
    install::write(&debian.join("md5sums"), &digests)?;
    let mut text = String::new();
    for (field, value) in [
        ("Package", "sinew"),
        ("Version", version),
        ("Architecture", architecture),
        ("Maintainer", MAINTAINER),
        ("Installed-Size", &bytes.div_ceil(1024).to_string()),
        ("Depends", &format!("libc6 (>= {libc}), libgcc-s1, libstdc++6")),
        ("Recommends", "systemd"),
        ("Section", "science"),
        ("Priority", "optional"),
        (
            "Description",
            "learned models on robots, with a real-time control loop and a safety gate\n \
             Sinew runs ONNX policies and detectors on robots and in a simulator of its\n \
             own: a control loop at a fixed rate, a gate that alone writes to the robot,\n \
             recordings that replay to the bit, telemetry, and signed models that take\n \
             over when they have proved themselves.",
        ),
    ] {
        writeln!(text, "{field}: {value}")?;
    }
    install::write(&debian.join("control"), &text)
}

/// The newest version of glibc that any of `programs` needs, such as `2.35`.
fn glibc_of(programs: &[&Path]) -> Result<String> {
    let mut newest = (0, 0);
    for program in programs {
        let symbols = process::output(process::command("objdump").arg("-T").arg(program))?;
        newest = newest.max(newest_glibc(&symbols));
    }
    Ok(format!("{}.{}", newest.0, newest.1))
}

fn newest_glibc(symbols: &str) -> (u32, u32) {
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let version = rest.split([')', ' ', '\n']).next()?;
        let mut parts = version.split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    });
    versions.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found_among_symbols() {
        let symbols =
            "0000 DF *UND* (GLIBC_2.2.5) free\n0000 DF *UND*  (GLIBC_2.35) hypot\n0 (GLIBC_2.9) x GLIBC_PRIVATE";
        assert_eq!(newest_glibc(symbols), (2, 35));
        assert_eq!(newest_glibc("nothing"), (0, 0));
    }

    #[test]
    fn scripts_of_the_package_are_executable() {
        use std::os::unix::fs::PermissionsExt;
        for script in SCRIPTS {
            let file = project::root().join("deploy/debian").join(script);
            assert!(
                fs::metadata(&file).unwrap().permissions().mode() & 0o100 != 0,
                "{}",
                file.display()
            );
        }
    }
}
