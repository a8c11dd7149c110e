//! The machine by name.

use std::fmt;

use serde::Serialize;

use crate::tree::Tree;

/// NVIDIA's systems on a chip that Jetsons have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Soc {
    /// Tegra194.
    Xavier,
    /// Tegra234.
    Orin,
    /// Tegra264.
    Thor,
}

impl Soc {
    /// The GPU's compute capability, which CUDA code has to be built for: 87 for 8.7.
    pub fn compute_capability(self) -> u32 {
        match self {
            Self::Xavier => 72,
            Self::Orin => 87,
            Self::Thor => 110,
        }
    }
}

impl fmt::Display for Soc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xavier => "Xavier",
            Self::Orin => "Orin",
            Self::Thor => "Thor",
        })
    }
}

/// The machine by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Module {
    /// As the device tree says, or the firmware of a PC.
    pub name: Option<String>,
    /// Where it is a Jetson.
    pub soc: Option<Soc>,
}

impl Module {
    pub(crate) fn read(tree: &Tree) -> Self {
        let of_device_tree = |file: &str| {
            let places = ["/proc/device-tree", "/sys/firmware/devicetree/base"];
            places.iter().find_map(|folder| tree.text(&format!("{folder}/{file}")))
        };
        let compatible = of_device_tree("compatible").unwrap_or_default();
        let soc = compatible.split('\0').find_map(|name| match name {
            "nvidia,tegra194" => Some(Soc::Xavier),
            "nvidia,tegra234" => Some(Soc::Orin),
            "nvidia,tegra264" => Some(Soc::Thor),
            _ => None,
        });
        let of_firmware = || {
            let parts = ["sys_vendor", "product_name"].map(|file| tree.text(&format!("/sys/class/dmi/id/{file}")));
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        Self {
            name: of_device_tree("model").or_else(of_firmware),
            soc,
        }
    }
}

/// The cameras of NVIDIA's video input, whose driver names them `vi-output, …`.
pub(crate) fn csi_cameras(tree: &Tree) -> Vec<String> {
    let videos = tree.numbered("/sys/class/video4linux", "video");
    let names = videos.iter().filter_map(|(_, path)| tree.text(&format!("{path}/name")));
    names.filter(|name| name.starts_with("vi-output")).collect()
}
