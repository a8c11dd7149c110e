//! Memory.

use serde::Serialize;

use crate::tree::Tree;

/// The machine's memory, which on a Jetson is the GPU's as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// All of it, bytes.
    pub total_bytes: u64,
    /// What a program could still have, bytes.
    pub available_bytes: u64,
    /// Of the memory on disk: what is in use, bytes.
    pub swapped_bytes: u64,
}

impl Memory {
    pub(crate) fn read(tree: &Tree) -> Option<Self> {
        let text = tree.text("/proc/meminfo")?;
        let bytes = |key: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
            let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            kibibytes.checked_mul(1024)
        };
        let swapped = || bytes("SwapTotal")?.checked_sub(bytes("SwapFree")?);
        Some(Self {
            total_bytes: bytes("MemTotal")?,
            available_bytes: bytes("MemAvailable")?,
            swapped_bytes: swapped().unwrap_or(0),
        })
    }
}
