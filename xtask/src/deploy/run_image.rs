//! The image as a container: with the rights of a robot, and with none.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{apt, process, project};

/// Runs the image in OCI's layout at `layout`. Says what was seen, line by line.
pub(crate) fn check(layout: &Path) -> Result<Vec<String>> {
    for (program, package) in [("podman", "podman"), ("crun", "crun"), ("unshare", "util-linux")] {
        if !apt::has(program) {
            apt::install(package, "running the image")?;
        }
    }
    let store = project::target().join("package/containers");
    fs::create_dir_all(&store)?;
    let podman = |rest: &str| {
        let podman = format!(
            "podman --root {0}/store --runroot {0}/run --storage-driver vfs --cgroup-manager cgroupfs {rest}",
            store.display()
        );
        // In a mount namespace of its own, with cgroups as containers want them, whatever this machine has.
        let script =
            format!("umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup; exec {podman}");
        let mut command = process::command("unshare");
        command.args(["--mount", "sh", "-c", &script]);
        command
    };
    let pulled = process::output(&mut podman(&format!("pull --quiet oci:{}", layout.display())))?;
    let image = pulled.trim();
    let run = |options: &str, arguments: &str| {
        let limits = "--ulimit nofile=1024:1024 --ulimit nproc=1024:1024";
        let mut run = podman(&format!(
            "run --rm --runtime crun --cgroups=disabled {limits} {options} {image} {arguments}"
        ));
        let output = run.output().context("cannot start podman")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok::<_, anyhow::Error>((output.status.success(), said))
    };
    let rights = "--network host --user 0 --cap-add SYS_NICE --cap-add IPC_LOCK --device /dev/cpu_dma_latency";
    let (_, with) = run(rights, "doctor")?;
    let (_, without) = run("--network none --cap-drop ALL --read-only", "doctor")?;
    let right = |said: &str, subject: &str| {
        said.lines()
            .any(|line| line.starts_with("ok") && line.contains(subject))
    };
    for subject in ["SCHED_FIFO", "mlockall"] {
        ensure!(right(&with, subject), "with the rights, {subject} is missing:\n{with}");
        ensure!(
            !right(&without, subject),
            "without the rights, the doctor calls {subject} ok:\n{without}"
        );
    }
    let mut seen = vec![
        "with SYS_NICE and IPC_LOCK, the doctor finds SCHED_FIFO and locked memory; without, it says what is missing"
            .to_owned(),
    ];
    let (walked, said) = run(
        "--network none --cap-drop ALL --read-only --tmpfs /tmp",
        "run /usr/share/sinew/config/strider.yaml --pace fast --seconds 2",
    )?;
    ensure!(
        walked && said.contains("no stop"),
        "Strider does not walk in the container:\n{said}"
    );
    seen.push("read-only, without a network, as user 65532: Strider walks for 2 s, no stop".to_owned());
    Ok(seen)
}
