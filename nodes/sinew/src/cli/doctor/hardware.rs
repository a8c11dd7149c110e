//! What the doctor says of the machine itself, of this one or of a recorded tree.

use sinew_health::{Memory, Platform, PowerMode, Readings, Tree};

use super::Finding;

/// A machine that is so near to slowing itself down soon does, °C.
const NEAR_CELSIUS: f64 = 5.0;
/// Less than this for programs and models makes Linux end one of them, bytes.
const LITTLE_MEMORY: u64 = 512 << 20;

/// Of the machine that `tree` is of; `tuned_in` is the power mode in which its robot was tuned.
pub(super) fn findings(tree: &Tree, platform: &Platform, tuned_in: Option<&str>) -> Vec<Finding> {
    let readings = Readings::read(tree);
    let mut findings = vec![machine(platform), kernel(platform), isolated_cores(platform)];
    if let Some(mode) = &readings.power_mode {
        findings.push(power_mode(mode, tuned_in));
    } else if let Some(expected) = tuned_in {
        let text = format!("expected {expected}, found none: /var/lib/nvpmodel/status is not there");
        findings.push(Finding::miss("power mode", text));
    }
    findings.push(clocks(platform, &readings));
    findings.extend(temperature(&readings));
    findings.extend(power(&readings));
    findings.extend(throttling(&readings));
    findings.extend(readings.memory.map(|memory| self::memory(platform, memory)));
    if !platform.csi_cameras.is_empty() {
        findings.push(csi_cameras(platform));
    }
    findings
}

fn machine(platform: &Platform) -> Finding {
    let name = platform
        .module
        .name
        .as_deref()
        .unwrap_or("its firmware does not say which");
    let text = match (platform.module.soc, platform.l4t) {
        (_, Some(l4t)) => format!("{name}, JetPack {} (L4T {l4t})", l4t.jetpack().name),
        (Some(soc), None) => format!(
            "{name}, a Jetson {soc} whose release is not known: /etc/nv_tegra_release is not there; a container needs it \
             mounted"
        ),
        (None, None) => name.to_owned(),
    };
    let is_known = platform.module.soc.is_none() || platform.l4t.is_some();
    Finding::new("machine", is_known, text)
}

fn kernel(platform: &Platform) -> Finding {
    let kernel = &platform.kernel;
    let release = kernel.release.as_deref().unwrap_or("unknown");
    if kernel.is_realtime {
        return Finding::good("kernel", format!("{release}, PREEMPT_RT"));
    }
    let with_it = if platform.l4t.is_some() {
        "JetPack: the packages nvidia-l4t-rt-kernel and nvidia-l4t-rt-kernel-headers"
    } else {
        "Debian: linux-image-rt-amd64, Ubuntu: `pro enable realtime-kernel`"
    };
    Finding::miss(
        "kernel",
        format!(
            "{release}, without PREEMPT_RT: ticks can come late under load; a robot wants a kernel with it ({with_it})"
        ),
    )
}

fn isolated_cores(platform: &Platform) -> Finding {
    let kernel = &platform.kernel;
    let text = if kernel.isolated.is_empty() {
        "none; `isolcpus=N nohz_full=N rcu_nocbs=N` on the kernel's command line keeps core N for the control loop, which \
         takes it with the parameter `realtime.cores`"
            .to_owned()
    } else {
        let mut text = format!("{} for the parameter `realtime.cores`", list(&kernel.isolated));
        let ticking: Vec<_> = (kernel.isolated.iter().copied())
            .filter(|core| !kernel.tickless.contains(core))
            .collect();
        if !ticking.is_empty() {
            text += &format!("; without `nohz_full={}` they still have a clock tick", list(&ticking));
        }
        text
    };
    Finding::good("isolated cores", text)
}

fn list(cores: &[u32]) -> String {
    let cores: Vec<_> = cores.iter().map(ToString::to_string).collect();
    cores.join(",")
}

fn power_mode(mode: &PowerMode, tuned_in: Option<&str>) -> Finding {
    let caps: Vec<_> = (mode.caps.iter())
        .map(|cap| format!("{} at most {} MHz", cap.part, cap.hz / 1_000_000))
        .collect();
    let mut text = mode.to_string();
    if !caps.is_empty() {
        text += &format!(", {}", caps.join(", "));
    }
    match tuned_in {
        Some(expected) if !mode.is(expected) => {
            text += &format!(
                "; expected {expected}, in which the robot was tuned: `sudo nvpmodel -m ID`, with the number that \
                 /etc/nvpmodel.conf has for it"
            );
            Finding::miss("power mode", text)
        }
        _ => Finding::good("power mode", text),
    }
}

fn clocks(platform: &Platform, readings: &Readings) -> Finding {
    let clocks = &readings.clocks;
    let governors = clocks.governors().join(", ");
    let mut text = match (clocks.are_steady(), platform.module.soc) {
        (None, _) => "fixed, or not for this machine to choose".to_owned(),
        (Some(true), _) if clocks.are_pinned() == Some(true) => "pinned".to_owned(),
        (Some(true), _) => "governor performance".to_owned(),
        (Some(false), Some(_)) => format!(
            "they change with the load (governor {governors}): `sudo jetson_clocks` pins them, after the power mode was set"
        ),
        (Some(false), None) => {
            format!("governor {governors}: `cpupower frequency-set -g performance` makes ticks more regular")
        }
    };
    let mhz = |hz: Option<f64>| hz.map_or("?".to_owned(), |hz| format!("{:.0}", hz / 1e6));
    for gpu in &clocks.gpus {
        text += &format!(
            "; GPU {} MHz of {} to {}",
            mhz(gpu.current_hz),
            mhz(gpu.min_hz),
            mhz(gpu.max_hz)
        );
        if let Some(load) = gpu.load {
            text += &format!(", busy {:.0} %", load * 100.0);
        }
    }
    if !clocks.offline.is_empty() {
        text += &format!("; switched off: cores {}", list(&clocks.offline));
    }
    Finding::new("cpu frequency", clocks.are_steady() != Some(false), text)
}

fn temperature(readings: &Readings) -> Option<Finding> {
    let (hottest, celsius) = readings.hottest()?;
    let mut text = format!("{} {celsius:.1} °C", hottest.name);
    let mut is_near = false;
    if let Some((zone, margin)) = readings.nearest_throttle() {
        is_near = margin < NEAR_CELSIUS;
        text += &format!("; {} slows the machine down in {margin:.1} °C", zone.name);
    }
    if let Some((zone, margin)) = readings.nearest_shutdown() {
        is_near |= margin < NEAR_CELSIUS;
        text += &format!("; {} ends it in {margin:.1} °C", zone.name);
    }
    let silent: Vec<_> = (readings.zones.iter())
        .filter(|zone| zone.celsius.is_none())
        .map(|zone| &*zone.name)
        .collect();
    if !silent.is_empty() {
        text += &format!("; without power or switched off: {}", silent.join(", "));
    }
    if is_near {
        text += "; it needs more cooling, a lower power mode, or less to do";
    }
    Some(Finding::new("temperature", !is_near, text))
}

fn power(readings: &Readings) -> Option<Finding> {
    let rails: Vec<_> = (readings.rails.iter())
        .map(|rail| {
            let over = if rail.is_over_current { ", over its current" } else { "" };
            format!("{} {:.1} W{over}", rail.name, rail.watts)
        })
        .collect();
    let is_good = !readings.rails.iter().any(|rail| rail.is_over_current);
    (!rails.is_empty()).then(|| Finding::new("power", is_good, rails.join(", ")))
}

fn throttling(readings: &Readings) -> Option<Finding> {
    let counts = &readings.throttle_counts;
    let happened: Vec<_> = (counts.iter())
        .filter(|of| of.count > 0)
        .map(|of| format!("{} {}", of.cause, of.count))
        .collect();
    if counts.is_empty() {
        return None;
    }
    Some(if happened.is_empty() {
        Finding::good("throttling", "none since the machine began".to_owned())
    } else {
        Finding::miss(
            "throttling",
            format!(
                "since the machine began: {}; it was slower each time, and ticks may have been late: a stronger supply, a \
                 lower power mode or more cooling; the node `health` tells when it happens",
                happened.join(", ")
            ),
        )
    })
}

fn memory(platform: &Platform, memory: Memory) -> Finding {
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let mut text = format!(
        "{:.1} of {:.1} GiB to be had",
        gib(memory.available_bytes),
        gib(memory.total_bytes)
    );
    if platform.module.soc.is_some() {
        text += ", shared with the GPU";
    }
    if memory.swapped_bytes > 0 {
        text += &format!("; {} MiB swapped out", memory.swapped_bytes >> 20);
    }
    Finding::new("memory", memory.available_bytes >= LITTLE_MEMORY, text)
}

fn csi_cameras(platform: &Platform) -> Finding {
    Finding::miss(
        "CSI cameras",
        format!(
            "{}: these give raw Bayer images, which the node `camera` does not develop: take a ROS 2 driver or GStreamer's \
             nvarguscamerasrc, which use NVIDIA's image processor",
            platform.csi_cameras.join("; ")
        ),
    )
}
