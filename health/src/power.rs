//! Electrical power by rail, and fans, as hardware monitors tell them.

use serde::Serialize;

use crate::tree::Tree;

/// Channels of a hardware monitor that are looked at.
const MAX_CHANNELS: u32 = 16;
/// An INA3221 measures three rails. What it numbers after them is their sum.
const INA3221_CHANNELS: u32 = 3;

/// A supply of a part of the machine, or of all of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rail {
    /// Such as `VDD_IN`.
    pub name: String,
    /// The chip that measures it.
    pub chip: String,
    /// Its power.
    pub watts: f64,
    /// Whether the chip says that its current is above what it was told to warn at.
    pub is_over_current: bool,
}

/// A fan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fan {
    /// The chip that drives or measures it.
    pub chip: String,
    /// How strongly it is driven, 0 to 1.
    pub duty: Option<f64>,
    /// How fast it turns, 1/min.
    pub rpm: Option<f64>,
}

pub(crate) fn read(tree: &Tree) -> (Vec<Rail>, Vec<Fan>) {
    let (mut rails, mut fans) = (Vec::new(), Vec::new());
    for (_, path) in tree.numbered("/sys/class/hwmon", "hwmon") {
        let monitor = Monitor {
            tree,
            chip: tree.text(&format!("{path}/name")).unwrap_or_default(),
            path,
        };
        if monitor.chip.starts_with("ina3221") {
            rails.extend((1..=INA3221_CHANNELS).filter_map(|channel| monitor.measured_rail(channel)));
        } else {
            rails.extend((1..=MAX_CHANNELS).filter_map(|channel| monitor.rail(channel)));
        }
        fans.extend(monitor.fan());
    }
    (rails, fans)
}

struct Monitor<'a> {
    tree: &'a Tree,
    path: String,
    chip: String,
}

impl Monitor<'_> {
    fn number(&self, file: &str) -> Option<f64> {
        self.tree.number(&format!("{}/{file}", self.path))
    }

    fn label(&self, quantity: &str, channel: u32) -> Option<String> {
        self.tree.text(&format!("{}/{quantity}{channel}_label", self.path))
    }

    /// A rail whose voltage (mV) and current (mA) are measured. One that is not connected says `NC`, and one that is
    /// switched off cannot be read.
    fn measured_rail(&self, channel: u32) -> Option<Rail> {
        let name = self.label("in", channel).or_else(|| self.label("curr", channel));
        let name = name.unwrap_or_else(|| format!("{} {channel}", self.chip));
        if name == "NC" {
            return None;
        }
        let milli_volts = self.number(&format!("in{channel}_input"))?;
        let milli_amperes = self.number(&format!("curr{channel}_input"))?;
        let alarm = |kind: &str| self.number(&format!("curr{channel}_{kind}_alarm")) == Some(1.0);
        Some(Rail {
            name,
            chip: self.chip.clone(),
            watts: milli_volts * milli_amperes * 1e-6,
            is_over_current: alarm("max") || alarm("crit"),
        })
    }

    /// A rail whose power (µW) the chip computes, as an INA238 does.
    fn rail(&self, channel: u32) -> Option<Rail> {
        let micro_watts = self
            .number(&format!("power{channel}_input"))
            .or_else(|| self.number(&format!("power{channel}_average")))?;
        let alarm = |kind: &str| self.number(&format!("power{channel}_{kind}_alarm")) == Some(1.0);
        Some(Rail {
            name: (self.label("power", channel)).unwrap_or_else(|| format!("{} power{channel}", self.chip)),
            chip: self.chip.clone(),
            watts: micro_watts * 1e-6,
            is_over_current: alarm("max") || alarm("crit"),
        })
    }

    fn fan(&self) -> Option<Fan> {
        let duty = self.number("pwm1").map(|pwm| pwm / 255.0);
        let rpm = self.number("fan1_input").or_else(|| self.number("rpm"));
        (duty.is_some() || rpm.is_some()).then(|| Fan {
            chip: self.chip.clone(),
            duty,
            rpm,
        })
    }
}
