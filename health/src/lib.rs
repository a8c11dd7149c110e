//! What the machine below a robot is, and how it is: all that Linux tells in plain files, and what NVIDIA's Jetsons add.
//!
//! Everything is read below a root, so that a recorded tree reads as the machine itself does. What is not there, or cannot
//! be read, such as the thermal zone of a part without power, is left away; no content is an error.
//!
//! ```
//! use sinew_health::{Platform, Readings, Tree};
//!
//! let tree = Tree::new("/");
//! let platform = Platform::read(&tree);
//! let readings = Readings::read(&tree);
//! if let Some(l4t) = platform.l4t {
//!     println!("JetPack {}", l4t.jetpack().name);
//! }
//! for zone in &readings.zones {
//!     println!("{}: {:?} °C", zone.name, zone.celsius);
//! }
//! ```

mod clocks;
mod kernel;
mod l4t;
mod memory;
mod module;
mod power;
mod power_mode;
mod thermal;
mod throttling;
mod tree;

use serde::Serialize;

pub use clocks::{Clocks, CpuClock, DeviceClock};
pub use kernel::Kernel;
pub use l4t::{JetPack, L4t};
pub use memory::Memory;
pub use module::{Module, Soc};
pub use power::{Fan, Rail};
pub use power_mode::{FrequencyCap, PowerMode};
pub use thermal::{Trip, Zone};
pub use throttling::ThrottleCount;
pub use tree::Tree;

/// What does not change while the machine runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Platform {
    /// The machine by name.
    pub module: Module,
    /// The release of NVIDIA's Linux for Tegra.
    pub l4t: Option<L4t>,
    /// The kernel.
    pub kernel: Kernel,
    /// Cameras that give raw Bayer images through NVIDIA's video input, by their names.
    pub csi_cameras: Vec<String>,
}

impl Platform {
    /// Of the machine that `tree` is of.
    pub fn read(tree: &Tree) -> Self {
        Self {
            module: Module::read(tree),
            l4t: L4t::read(tree),
            kernel: Kernel::read(tree),
            csi_cameras: module::csi_cameras(tree),
        }
    }
}

/// How the machine is now.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Readings {
    /// The power mode of a Jetson.
    pub power_mode: Option<PowerMode>,
    /// Of the cores, and of what else has a clock.
    pub clocks: Clocks,
    /// Temperatures, and at which the machine slows down or ends.
    pub zones: Vec<Zone>,
    /// Electrical power.
    pub rails: Vec<Rail>,
    /// How often the hardware has slowed itself down since the machine began, by cause.
    pub throttle_counts: Vec<ThrottleCount>,
    /// Fans.
    pub fans: Vec<Fan>,
    /// Memory, which a Jetson's GPU shares.
    pub memory: Option<Memory>,
}

impl Readings {
    /// Of the machine that `tree` is of.
    pub fn read(tree: &Tree) -> Self {
        let (rails, fans) = power::read(tree);
        Self {
            power_mode: PowerMode::read(tree),
            clocks: Clocks::read(tree),
            zones: thermal::read(tree),
            rails,
            throttle_counts: throttling::read(tree),
            fans,
            memory: Memory::read(tree),
        }
    }

    /// The zone that is nearest to where the machine slows itself down, and by how much, °C.
    pub fn nearest_throttle(&self) -> Option<(&Zone, f64)> {
        nearest(&self.zones, Zone::margin_to_throttle)
    }

    /// The zone that is nearest to where the machine ends, and by how much, °C.
    pub fn nearest_shutdown(&self) -> Option<(&Zone, f64)> {
        nearest(&self.zones, Zone::margin_to_shutdown)
    }

    /// The hottest zone.
    pub fn hottest(&self) -> Option<(&Zone, f64)> {
        nearest(&self.zones, |zone| zone.celsius.map(|celsius| -celsius)).map(|(zone, celsius)| (zone, -celsius))
    }
}

/// The zone with the least of what `margin` says.
fn nearest(zones: &[Zone], margin: impl Fn(&Zone) -> Option<f64>) -> Option<(&Zone, f64)> {
    let margins = zones.iter().filter_map(|zone| Some((zone, margin(zone)?)));
    margins.min_by(|(_, a), (_, b)| a.total_cmp(b))
}
