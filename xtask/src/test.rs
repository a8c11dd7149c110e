//! `cargo xtask test`: every test there is.

use std::path::Path;

use anyhow::Result;

use crate::{apt, exporters, gazebo, mujoco, onnxruntime, process, python, readers, ros, s3_server};

/// Sets up, then runs the Rust tests and the Python tests, each with the screen to itself, and says
/// nothing after them.
pub(crate) fn run() -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    // Before the long run, so that a missing network shows at once.
    let mut pytest = python::environment()?;
    if let Err(reason) = exporters::set_up() {
        eprintln!("The tests on exported models are skipped: {reason:#}");
    }
    if let Err(reason) = gazebo::set_up() {
        eprintln!("The tests in Gazebo's physics are skipped: {reason:#}");
    }
    if let Err(reason) = s3_server::set_up() {
        eprintln!("The tests on an S3 server are skipped: {reason:#}");
    }
    if let Err(reason) = dds_with_security() {
        eprintln!("The tests on what DDS makes of a keystore are skipped: {reason:#}");
    }
    if process::output(process::command("strace").arg("-V")).is_err()
        && let Err(reason) = apt::install("strace", "the test of what leaves the process")
    {
        eprintln!("The test of what leaves the process is skipped: {reason:#}");
    }
    let readers = readers::environment();
    if let Err(reason) = &readers {
        eprintln!("The tests by other readers of what Sinew writes are skipped: {reason:#}");
    }
    let release_peers = readers::release_peers();
    if let Err(reason) = &release_peers {
        eprintln!("The tests of releases with python-tuf and model-signing are skipped: {reason:#}");
    }
    for (program, package, purpose) in [
        ("mosquitto", "mosquitto", "the tests of telemetry with a broker"),
        ("faketime", "faketime", "the test of telemetry with a clock that jumps"),
        ("ffmpeg", "ffmpeg", "the tests of data sets with videos"),
        (
            "docker-registry",
            "docker-registry",
            "the tests of releases in an OCI registry",
        ),
        (
            "skopeo",
            "skopeo",
            "the test of what others see of releases in an OCI registry",
        ),
    ] {
        if !apt::has(program)
            && let Err(reason) = apt::install(package, purpose)
        {
            eprintln!("Skipped: {reason:#}");
        }
    }
    if process::output(process::command("promtool").arg("--version")).is_err()
        && let Err(reason) = apt::install("prometheus", "the tests of what Prometheus reads")
    {
        eprintln!("The tests of what Prometheus reads are skipped: {reason:#}");
    }
    let mujoco = mujoco::WHEEL.set_up();
    match &mujoco {
        Ok(found) => eprintln!("{found}"),
        Err(reason) => eprintln!("The tests with MuJoCo as the engine are skipped: {reason:#}"),
    }
    let ros = ros::environment();
    match &ros {
        Ok(environment) => eprintln!("{}", environment.description()),
        Err(reason) => eprintln!("The tests on ROS 2 are skipped: {reason:#}"),
    }
    // What is left out of the program by default and changes nothing else is tested with all else.
    let mut features = vec!["sinew-node-metrics/otlp", "sinew-releases/oci"];
    if ros.is_ok() {
        features.push("sinew/ros2");
    }
    // Examples have no tests: clippy compiles them, and nobody waits for them to be optimised and linked.
    for targets in ["--tests", "--doc"] {
        let mut tests = process::cargo();
        // One run says everything that fails, not only the first.
        tests.args([
            "test",
            "--release",
            "--locked",
            "--workspace",
            "--no-fail-fast",
            targets,
            "--features",
            &features.join(","),
        ]);
        if let Ok(folder) = &readers {
            tests.env("SINEW_READERS", folder);
        }
        if let Ok(folder) = &release_peers {
            tests.env("SINEW_RELEASE_PEERS", folder);
        }
        if let Ok(environment) = &ros {
            environment.apply(&mut tests)?;
            // No robot near by is to hear what the tests say.
            tests.env("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST");
        }
        process::hand_over(&mut tests)?;
    }
    // The program without MuJoCo was tested above; with it, what MuJoCo is in is compiled once more.
    if mujoco.is_ok() {
        features.extend([mujoco::FEATURE, "sinew-sim/mujoco"]);
        let mut tests = process::cargo();
        tests.args(["test", "--release", "--locked", "--workspace", "--no-fail-fast"]);
        tests.args(["--test", "mujoco", "--features", &features.join(",")]);
        if let Ok(environment) = &ros {
            environment.apply(&mut tests)?;
        }
        process::hand_over(&mut tests)?;
    }
    if let Ok(environment) = &ros {
        ros::test(environment)?;
    }
    process::hand_over(pytest.args(["-m", "pytest", "models/train"]))
}

/// Debian's Fast DDS, which has the security that those of PyPI's wheels have not.
fn dds_with_security() -> Result<()> {
    if Path::new("/usr/include/fastdds").is_dir() {
        return Ok(());
    }
    apt::install("libfastrtps-dev", "the tests of ROS 2 security")
}
