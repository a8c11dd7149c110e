//! Checks by Rust's own tools. All in release, as the tests are, so that build scripts and macros are built once.

use std::path::Path;

use anyhow::{Context, Result};

use super::Checks;
use crate::{apt, mujoco, process, project, ros};

/// The oldest Rust that is supported: `rust-version` of the workspace.
const OLDEST: &str = concat!(env!("CARGO_PKG_RUST_VERSION"), ".0");
/// What robots' computers are.
const AARCH64: &str = "aarch64-unknown-linux-gnu";
/// What is compiled for them: what moves, sees, records and tells. Releases, uploads and data sets take most of the time of
/// compiling, for aws-lc and Arrow.
const ON_ROBOTS: &str = "camera,control,course,follow,health,metrics,perception,recorder,run,sim,telemetry,v4l2";
/// What compiles C for it.
const CROSS_COMPILER: &str = "aarch64-linux-gnu-gcc";
/// What Debian has of its C library for that.
const CROSS_HEADERS: &str = "/usr/aarch64-linux-gnu/include";
const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

pub(super) fn check(checks: &mut Checks) {
    checks.command("Formatting", process::cargo().args(["fmt", "--all", "--check"]));
    checks.command(
        "Formatting of the fuzz targets",
        process::cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]),
    );
    clippy(checks);
    checks.command(
        "Clippy without the default features",
        process::cargo()
            .args([
                "clippy",
                "--release",
                "--locked",
                "--package",
                "sinew",
                "--no-default-features",
            ])
            .args(DENY_WARNINGS),
    );
    checks.command(
        "Documentation",
        process::cargo()
            .args([
                "doc",
                "--release",
                "--locked",
                "--keep-going",
                "--workspace",
                "--no-deps",
            ])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    );
    checks.command(
        "Fuzz targets compile",
        process::cargo()
            .args([
                "check",
                "--release",
                "--locked",
                "--manifest-path",
                "fuzz/Cargo.toml",
                "--target-dir",
            ])
            .arg(project::target())
            // Nothing is linked, so libFuzzer need not be compiled.
            .env("CUSTOM_LIBFUZZER_PATH", "/not/linked/libfuzzer.a"),
    );
    oldest_rust(checks);
}

/// Clippy over everything, with the code for ROS 2 where that can be had.
fn clippy(checks: &mut Checks) {
    let mut clippy = process::cargo();
    clippy.args([
        "clippy",
        "--release",
        "--locked",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--features",
        "sinew/oci,sinew/otlp",
    ]);
    match mujoco::WHEEL.set_up() {
        Ok(_) => {
            clippy.args(["--features", mujoco::FEATURE]);
        }
        Err(reason) => checks.skip("Clippy with MuJoCo", &reason),
    }
    let with_ros = ros::environment().and_then(|environment| {
        environment.apply(&mut clippy)?;
        Ok(())
    });
    match with_ros {
        Ok(()) => {
            clippy.args(["--features", "sinew/ros2"]);
        }
        Err(reason) => checks.skip("Clippy with ROS 2", &reason),
    }
    checks.command("Clippy", clippy.args(DENY_WARNINGS));
}

/// Whether the oldest supported Rust compiles the workspace, for aarch64, so that both are known for the price of one.
fn oldest_rust(checks: &mut Checks) {
    let name = format!("Rust {OLDEST}");
    if let Err(reason) = install_oldest() {
        checks.skip(&format!("{name}, {AARCH64}"), &reason);
        return;
    }
    let mut check = process::command("rustup");
    check.args(["run", OLDEST, "cargo", "check", "--release", "--locked"]);
    match add_target() {
        Ok(()) => {
            check.args(["--package", "sinew", "--no-default-features", "--features", ON_ROBOTS]);
            check.args(["--target", AARCH64]);
            checks.command(&format!("{name} for {AARCH64}"), &mut check);
        }
        Err(reason) => {
            checks.skip(AARCH64, &reason);
            checks.command(&name, check.arg("--workspace"));
        }
    }
}

fn install_oldest() -> Result<()> {
    let mut install = process::command("rustup");
    install.args([
        "toolchain",
        "install",
        OLDEST,
        "--profile",
        "minimal",
        "--no-self-update",
    ]);
    process::quietly(&format!("Installing Rust {OLDEST}"), &mut install)
        .map(drop)
        .context("it cannot be had")
}

fn add_target() -> Result<()> {
    let mut add = process::command("rustup");
    add.args(["target", "add", "--toolchain", OLDEST, AARCH64]);
    process::quietly(&format!("Getting Rust's standard library for {AARCH64}"), &mut add)
        .context("it cannot be had")?;
    // Some crates bring C, which their build scripts compile even for a check.
    if !apt::has(CROSS_COMPILER) || !Path::new(CROSS_HEADERS).is_dir() {
        for package in ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"] {
            apt::install(package, "the check for aarch64, of crates that bring C")?;
        }
    }
    Ok(())
}
