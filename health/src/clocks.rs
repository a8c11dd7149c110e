//! Clocks of the cores and of the GPU, and whether they may change.

use serde::Serialize;

use crate::tree::{Tree, listed};

/// The clocks of the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Clocks {
    /// Of the cores that are switched on.
    pub cpus: Vec<CpuClock>,
    /// The cores that are switched off.
    pub offline: Vec<u32>,
    /// Of a Jetson's GPU.
    pub gpus: Vec<DeviceClock>,
}

/// The clock of one core.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CpuClock {
    /// Which core.
    pub cpu: u32,
    /// What decides how fast it is, such as `schedutil` or `performance`.
    pub governor: Option<String>,
    /// The lowest frequency that it may have now, Hz.
    pub min_hz: Option<f64>,
    /// The highest frequency that it may have now, Hz.
    pub max_hz: Option<f64>,
    /// The frequency that it has, Hz.
    pub current_hz: Option<f64>,
}

/// The clock of a device.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceClock {
    /// As Linux names it, such as `17000000.gpu`.
    pub name: String,
    /// What decides how fast it is, such as `nvhost_podgov`.
    pub governor: Option<String>,
    /// The lowest frequency that it may have now, Hz.
    pub min_hz: Option<f64>,
    /// The highest frequency that it may have now, Hz.
    pub max_hz: Option<f64>,
    /// The frequency that it has, Hz.
    pub current_hz: Option<f64>,
    /// The share of time in which it worked, where it tells.
    pub load: Option<f64>,
}

impl Clocks {
    pub(crate) fn read(tree: &Tree) -> Self {
        let folder = "/sys/devices/system/cpu";
        let (mut cpus, mut offline) = (Vec::new(), Vec::new());
        for (cpu, path) in tree.numbered(folder, "cpu") {
            // The first core has no switch.
            if tree.count(&format!("{path}/online")) == Some(0) {
                offline.push(cpu);
                continue;
            }
            let hz = |file: &str| Some(tree.number(&format!("{path}/cpufreq/{file}"))? * 1e3);
            let clock = CpuClock {
                cpu,
                governor: tree.text(&format!("{path}/cpufreq/scaling_governor")),
                min_hz: hz("scaling_min_freq"),
                max_hz: hz("scaling_max_freq"),
                current_hz: hz("scaling_cur_freq"),
            };
            if clock.governor.is_some() || clock.max_hz.is_some() {
                cpus.push(clock);
            }
        }
        if let Some(list) = tree.text(&format!("{folder}/offline")) {
            offline.extend(listed(&list));
            offline.sort_unstable();
            offline.dedup();
        }
        Self {
            cpus,
            offline,
            gpus: gpus(tree),
        }
    }

    /// Whether the clocks stay as they are, as `jetson_clocks` makes them: each part's lowest frequency is its highest.
    /// `None` where no part tells.
    pub fn are_pinned(&self) -> Option<bool> {
        let cpus = self.cpus.iter().map(|cpu| (cpu.min_hz, cpu.max_hz));
        let gpus = self.gpus.iter().map(|gpu| (gpu.min_hz, gpu.max_hz));
        let mut told = cpus.chain(gpus).filter_map(|(min, max)| Some((min?, max?))).peekable();
        told.peek()?;
        Some(told.all(|(min, max)| min >= max))
    }

    /// What decides how fast the cores are, each once.
    pub fn governors(&self) -> Vec<&str> {
        let mut governors: Vec<_> = self.cpus.iter().filter_map(|cpu| cpu.governor.as_deref()).collect();
        governors.sort_unstable();
        governors.dedup();
        governors
    }

    /// Whether the cores are kept at what they can, by pinned clocks or by the governor `performance`.
    pub fn are_steady(&self) -> Option<bool> {
        let pinned = self.are_pinned();
        let governors = self.governors();
        if pinned == Some(true) || governors == ["performance"] {
            return Some(true);
        }
        pinned.or((!governors.is_empty()).then_some(false))
    }
}

/// A GPU's devices are `17000000.gpu`, with `ga10b` or `gpu` as their node's name, and on a Thor `gpu-gpc-0`. Those that
/// belong to its video engines do not run models.
fn gpus(tree: &Tree) -> Vec<DeviceClock> {
    let folder = "/sys/class/devfreq";
    let is_gpu = |name: &str| {
        let node = tree.text(&format!("{folder}/{name}/device/of_node/name"));
        let is_named = node.is_some_and(|node| ["gv11b", "gp10b", "ga10b", "gpu"].contains(&&*node));
        is_named || name.ends_with(".gpu") || name.starts_with("gpu-gpc-")
    };
    let clock = |name: String| {
        let at = |file: &str| format!("{folder}/{name}/{file}");
        let loads = [
            at("device/load"),
            format!("/sys/devices/platform/bus@0/{name}/load"),
            "/sys/devices/platform/gpu.0/load".to_owned(),
        ];
        DeviceClock {
            governor: tree.text(&at("governor")),
            min_hz: tree.number(&at("min_freq")),
            max_hz: tree.number(&at("max_freq")),
            current_hz: tree.number(&at("cur_freq")),
            // In thousandths.
            load: loads.iter().find_map(|file| tree.number(file)).map(|load| load / 1e3),
            name,
        }
    };
    tree.entries(folder, "")
        .into_iter()
        .filter(|name| is_gpu(name))
        .map(clock)
        .collect()
}
