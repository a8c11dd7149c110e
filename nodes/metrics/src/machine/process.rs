//! This process, under the names that all programs' metrics have.

use std::path::Path;

use super::text;
use crate::exposition::{Families, Labels};

/// What Linux counts the time of a process in, on every machine that Sinew runs on, 1/s.
const CLOCK_TICKS_HZ: f64 = 100.0;

/// Adds what `proc` has of this process.
pub(super) fn add(families: &mut Families, proc: &Path) {
    if let Some(stat) = text(&proc.join("self/stat")) {
        add_stat(families, &stat, &proc.join("stat"));
    }
    let status = text(&proc.join("self/status")).unwrap_or_default();
    let kibibytes = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()
    };
    for (key, name, help) in [
        (
            "VmRSS:",
            "process_resident_memory_bytes",
            "Memory that the process has in RAM.",
        ),
        (
            "VmSize:",
            "process_virtual_memory_bytes",
            "Addresses that the process has.",
        ),
    ] {
        if let Some(kibibytes) = kibibytes(key) {
            families.gauge(name, help, Labels::default(), kibibytes * 1024.0);
        }
    }
    if let Ok(open) = std::fs::read_dir(proc.join("self/fd")) {
        let help = "Files and sockets that the process has open.";
        families.gauge("process_open_fds", help, Labels::default(), open.count() as f64);
    }
}

/// See proc(5): the fields after the name of the program, which may have anything in it but ends with the last `)`.
fn add_stat(families: &mut Families, stat: &str, machine: &Path) {
    let Some((_, after)) = stat.rsplit_once(')') else {
        return;
    };
    let fields: Vec<_> = after.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).and_then(|field| field.parse::<f64>().ok());
    if let (Some(user), Some(system)) = (field(14), field(15)) {
        families.counter(
            "process_cpu_seconds_total",
            "Time that the process was on a CPU.",
            Labels::default(),
            (user + system) / CLOCK_TICKS_HZ,
        );
    }
    if let Some(threads) = field(20) {
        let help = "Threads of the process.";
        families.gauge("process_threads", help, Labels::default(), threads);
    }
    let machine = text(machine).unwrap_or_default();
    let booted = machine.lines().find_map(|line| line.strip_prefix("btime "));
    if let (Some(booted), Some(started)) = (booted.and_then(|at| at.parse::<f64>().ok()), field(22)) {
        families.gauge(
            "process_start_time_seconds",
            "When the process began, in seconds since 1970.",
            Labels::default(),
            booted + started / CLOCK_TICKS_HZ,
        );
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::exposition::Format;

    #[test]
    fn a_process_of_any_name_tells_its_time_memory_and_threads() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("self/fd/3")).unwrap();
        let stat = "42 (a ) b) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 9 0 2500 0 0 0";
        fs::write(root.path().join("self/stat"), stat).unwrap();
        fs::write(
            root.path().join("self/status"),
            "Name:\ta\nVmSize:\t 2048 kB\nVmRSS:\t 1024 kB\n",
        )
        .unwrap();
        fs::write(root.path().join("stat"), "cpu 1 2\nbtime 1000\n").unwrap();
        let mut families = Families::default();
        add(&mut families, root.path());
        let told = families.text(Format::Text);
        let values: Vec<_> = told.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            "process_cpu_seconds_total 2",
            "process_open_fds 1",
            "process_resident_memory_bytes 1048576",
            "process_start_time_seconds 1025",
            "process_threads 9",
            "process_virtual_memory_bytes 2097152",
        ];
        assert_eq!(values, expected);
        // A tree that has nothing of it says nothing of it.
        let mut nothing = Families::default();
        add(&mut nothing, &root.path().join("none"));
        assert_eq!(nothing.text(Format::Text), "");
    }
}
