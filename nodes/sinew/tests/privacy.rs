//! Nothing leaves the process: no socket to anywhere, no file but those that were asked for. Seen by `strace`, without
//! which these tests are skipped.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::Command;

use common::root;
use tempfile::TempDir;

const WATCHED: &str = "trace=socket,connect,bind,sendto,sendmsg,open,openat,openat2,creat,mkdir,mkdirat,rename,\
                       renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat,truncate";

/// Where the system keeps what is no file.
const DEVICES: [&str; 3] = ["/dev/", "/proc/", "/sys/"];

/// Runs `sinew` with a home of its own; gives what it did that somebody outside could notice.
fn deeds(args: &[&str], home: &Path) -> Option<Vec<String>> {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: needs strace (Debian package strace)");
        return None;
    }
    let trace = home.with_extension("trace");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-s", "300", "-e", WATCHED, "-o"])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(root())
        .env("HOME", home)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_STATE_HOME")
        .env_remove("ORT_DISABLE_TELEMETRY")
        .env("TMPDIR", home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("ptrace") && said.contains("Operation not permitted") {
        eprintln!("skipped: strace may not trace here: {said}");
        return None;
    }
    assert!(output.status.success(), "{args:?}: {:?}: {said}", output.status);
    let trace = std::fs::read_to_string(trace).unwrap();
    assert!(
        trace.contains("walk.onnx"),
        "the trace does not show the policy being read"
    );
    Some(trace.lines().filter(|line| is_deed(line)).map(str::to_owned).collect())
}

/// Whether a line of the trace is more than reading a file.
fn is_deed(line: &str) -> bool {
    let Some((_, call)) = line.split_once(' ') else {
        return false;
    };
    let call = call.trim_start();
    if call.starts_with("<...") || call.starts_with("---") || call.starts_with("+++") {
        return false;
    }
    if call.starts_with("open") {
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| call.contains(flag));
        return writes && !DEVICES.iter().any(|folder| call.contains(&format!("\"{folder}")));
    }
    if cfg!(feature = "ros2") && (call.starts_with("socket(AF_UNIX") || call.contains("/lttng-ust-sock")) {
        // ROS 2's libraries ask whether the daemon of their tracing, LTTng, runs on this machine.
        return false;
    }
    // Between the threads of this process.
    !call.starts_with("sendto(") || !call.contains("MSG_DONTWAIT")
}

fn home() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    (folder, home)
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_run_opens_no_socket_and_writes_no_file() {
    let (_folder, home) = home();
    let args = ["run", "launch/robots/strider.yaml", "--pace", "fast", "--seconds", "1"];
    if let Some(deeds) = deeds(&args, &home) {
        assert!(deeds.is_empty(), "{deeds:#?}");
        assert!(is_empty(&home));
    }
}

#[test]
fn nodes_on_the_local_bus_open_no_socket_and_write_no_file() {
    let (_folder, home) = home();
    if let Some(deeds) = deeds(&["up", "launch/robots/strider.yaml", "--seconds", "3"], &home) {
        assert!(deeds.is_empty(), "{deeds:#?}");
        assert!(is_empty(&home));
    }
}

#[test]
fn a_control_for_a_real_robot_writes_its_latch_and_nothing_else() {
    let (_folder, home) = home();
    let args = [
        "up",
        "launch/robots/strider.yaml",
        "--bus",
        "local",
        "--nodes",
        "control",
        "--seconds",
        "1",
    ];
    if let Some(deeds) = deeds(&args, &home) {
        let place = home.join(".local/state/sinew");
        let elsewhere = |deed: &&String| !deed.contains("/home/.local");
        assert_eq!(deeds.iter().find(elsewhere), None, "{deeds:#?}");
        assert!(is_empty(&place), "a good end without a stop leaves nothing");
    }
}
