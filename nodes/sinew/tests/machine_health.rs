//! The machine below the robot: what `sinew doctor` says of recorded ones, and a robot on one that is too hot.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "../../../health/tests/trees/mod.rs"]
mod trees;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::root;
use serde_json::Value;

/// A loaded machine takes its time to load a robot.
const PATIENT: Duration = Duration::from_secs(60);

/// What the doctor finds: subject, whether it is good, and the text.
fn doctor(root: &Path, args: &[&str]) -> Vec<(String, bool, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["doctor", "--json", "-", "--root"])
        .arg(root)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = findings.iter().map(|finding| {
        let good = finding["good"].as_bool().unwrap();
        (text(finding, "subject"), good, text(finding, "text"))
    });
    findings.collect()
}

/// Checks whether subjects are good, and words of what is said of them.
fn assert_finds(machine: &str, args: &[&str], expected: &[(&str, bool, &str)]) {
    let folder = trees::tree(machine);
    let findings = doctor(folder.path(), args);
    for (subject, good, words) in expected {
        let found = findings.iter().find(|(known, ..)| known == subject);
        let (_, found_good, text) = found.unwrap_or_else(|| panic!("{machine}: no {subject} in {findings:?}"));
        assert!(
            found_good == good && text.contains(words),
            "{machine}: {subject}: {text}"
        );
    }
}

#[test]
fn the_doctor_says_what_is_to_be_known_of_each_recorded_machine() {
    assert_finds(
        "orin_nano_jetpack_6",
        &["--power-mode", "MAXN_SUPER"],
        &[
            ("machine", true, "Developer Kit Super, JetPack 6.2 (L4T 36.4.3)"),
            ("kernel", false, "nvidia-l4t-rt-kernel"),
            ("isolated cores", true, "5 for the parameter `realtime.cores`"),
            (
                "power mode",
                false,
                "15W (0), CPU_A78_0 at most 1510 MHz, GPU at most 612 MHz; expected MAXN_SUPER",
            ),
            ("cpu frequency", false, "`sudo jetson_clocks` pins them"),
            (
                "temperature",
                true,
                "without power or switched off: cv0-thermal, tj-thermal",
            ),
            ("power", true, "VDD_IN 9.3 W, VDD_CPU_GPU_CV 3.2 W, VDD_SOC 2.4 W"),
            (
                "throttling",
                false,
                "average_over_current 3, instantaneous_over_current 41",
            ),
            ("memory", true, "2.8 of 7.4 GiB to be had, shared with the GPU"),
            ("CSI cameras", false, "imx219"),
            ("onnx runtime for", true, "onnxruntime-gpu-extended 1.23.2.12.9"),
        ],
    );
    assert_finds(
        "agx_orin_jetpack_7_2",
        &["--power-mode", "0"],
        &[
            ("machine", true, "JetPack 7.2.1 (L4T 39.2.1)"),
            ("kernel", true, "PREEMPT_RT"),
            ("power mode", true, "MAXN (0)"),
            ("cpu frequency", true, "pinned"),
            ("throttling", true, "none since the machine began"),
            ("onnx runtime for", true, "CUDA 13 and sm_87"),
        ],
    );
    assert_finds(
        "agx_thor_jetpack_7",
        &[],
        &[
            ("machine", true, "JetPack 7.0 (L4T 38.2.0)"),
            ("power mode", true, "120W (1)"),
            ("power", true, "ina238 power1 37.6 W"),
            ("onnx runtime for", true, "sm_110"),
        ],
    );
    assert_finds(
        "pc",
        &["--power-mode", "MAXN"],
        &[
            ("machine", true, "LENOVO 21CB0000"),
            ("power mode", false, "expected MAXN, found none"),
            ("temperature", false, "TCPU slows the machine down in 4.0 °C"),
            ("cpu frequency", false, "`cpupower frequency-set -g performance`"),
        ],
    );
}

#[test]
fn a_folder_without_a_machine_is_refused_by_name() {
    let empty = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["doctor", "--root"])
        .arg(empty.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--root") && said.contains("expected a folder"), "{said}");
}

#[test]
fn a_robot_on_a_machine_that_is_about_to_end_is_slowed_down_and_stopped() {
    let machine = trees::tree("agx_orin_jetpack_7_2");
    let hot = machine.path().join("sys/class/thermal/thermal_zone8/temp");
    fs::write(hot, "103500").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("health.yaml"), folder.path().join("log"));
    let parameters = format!(
        "health: {{ros__parameters: {{root: '{}', period_secs: 0.1, overheating: {{hold_secs: 0.0}}}}}}\n",
        machine.path().display()
    );
    fs::write(&file, parameters).unwrap();
    let mut up = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .arg("up")
        .arg(root().join("launch/robots/strider.yaml"))
        .arg(&file)
        .args(["--bus", "local"])
        .env_remove("RUST_LOG")
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let expected = [
        "commanded velocities are multiplied with 0.5",
        "the robot is stopped: tj-thermal is 1.0 °C below where the machine ends",
        "stopped: operator_stop",
    ];
    let said = loop {
        let said = fs::read_to_string(&log).unwrap();
        let is_all = expected.iter().all(|words| said.contains(words));
        if is_all || begun.elapsed() > PATIENT || up.try_wait().unwrap().is_some() {
            break said;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    // Only this test's own process.
    up.kill().unwrap();
    up.wait().unwrap();
    for words in expected {
        assert!(said.contains(words), "`{words}` is not in:\n{said}");
    }
}
