//! The kernel, and which cores it keeps free.

use serde::Serialize;

use crate::tree::{Tree, listed};

/// The kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Kernel {
    /// Its release, such as `5.15.148-tegra`.
    pub release: Option<String>,
    /// Whether it is one with PREEMPT_RT.
    pub is_realtime: bool,
    /// Cores on which it puts no thread by itself (`isolcpus`).
    pub isolated: Vec<u32>,
    /// Cores without a clock tick while one thread runs there (`nohz_full`).
    pub tickless: Vec<u32>,
    /// Cores whose deferred work others do (`rcu_nocbs`).
    pub without_callbacks: Vec<u32>,
}

impl Kernel {
    pub(crate) fn read(tree: &Tree) -> Self {
        let command_line = tree.text("/proc/cmdline").unwrap_or_default();
        let asked = |key: &str| {
            let mut words = command_line.split_whitespace();
            words
                .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
                .map(listed)
        };
        // What the kernel made of it, where it tells.
        let told = |file: &str| {
            let text = tree.text(&format!("/sys/devices/system/cpu/{file}"))?;
            Some(listed(&text))
        };
        let version = tree.text("/proc/version").unwrap_or_default();
        Self {
            release: tree.text("/proc/sys/kernel/osrelease"),
            is_realtime: tree.count("/sys/kernel/realtime") == Some(1) || version.contains("PREEMPT_RT"),
            isolated: told("isolated").or_else(|| asked("isolcpus")).unwrap_or_default(),
            tickless: told("nohz_full").or_else(|| asked("nohz_full")).unwrap_or_default(),
            without_callbacks: asked("rcu_nocbs").unwrap_or_default(),
        }
    }
}
