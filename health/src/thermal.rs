//! Thermal zones and their trip points.

use serde::Serialize;

use crate::tree::Tree;

/// Trip points of a zone that are looked at.
const MAX_TRIPS: u32 = 16;
/// What a temperature of a machine can be, °C. A part without power is told as -256 by some programs.
const POSSIBLE: std::ops::RangeInclusive<f64> = -100.0..=250.0;
/// What a trip point that means something can be, °C: firmware fills those that it does not have with 0 or -274.
const POSSIBLE_TRIP: std::ops::RangeInclusive<f64> = 40.0..=150.0;

/// A part of the machine that has a temperature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Zone {
    /// As Linux numbers it, such as `thermal_zone0`.
    pub id: String,
    /// What it is of, such as `cpu-thermal`.
    pub name: String,
    /// Its temperature; `None` for a part without power, which cannot be read.
    pub celsius: Option<f64>,
    /// At which something happens.
    pub trips: Vec<Trip>,
}

/// A temperature at which something happens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trip {
    /// As Linux says: `active` (a fan), `passive` (slower), `hot` (told to the firmware), `critical` (the machine ends).
    pub kind: String,
    /// At which.
    pub celsius: f64,
}

pub(crate) fn read(tree: &Tree) -> Vec<Zone> {
    let zones = tree.numbered("/sys/class/thermal", "thermal_zone");
    zones
        .into_iter()
        .map(|(number, path)| zone(tree, number, &path))
        .collect()
}

fn zone(tree: &Tree, number: u32, path: &str) -> Zone {
    let celsius = |file: &str| Some(tree.number(&format!("{path}/{file}"))? * 1e-3);
    let trip = |trip: u32| {
        let kind = tree.text(&format!("{path}/trip_point_{trip}_type"))?;
        let celsius = celsius(&format!("trip_point_{trip}_temp"))?;
        POSSIBLE_TRIP.contains(&celsius).then_some(Trip { kind, celsius })
    };
    let id = format!("thermal_zone{number}");
    Zone {
        name: tree.text(&format!("{path}/type")).unwrap_or_else(|| id.clone()),
        celsius: celsius("temp").filter(|celsius| POSSIBLE.contains(celsius)),
        trips: (0..MAX_TRIPS).filter_map(trip).collect(),
        id,
    }
}

impl Zone {
    /// At which temperature the machine slows itself down.
    pub fn throttle_celsius(&self) -> Option<f64> {
        self.lowest(&["passive", "hot"])
    }

    /// At which temperature the machine ends.
    pub fn shutdown_celsius(&self) -> Option<f64> {
        self.lowest(&["critical"])
    }

    /// How far it is from where the machine slows itself down, °C.
    pub fn margin_to_throttle(&self) -> Option<f64> {
        Some(self.throttle_celsius()? - self.celsius?)
    }

    /// How far it is from where the machine ends, °C.
    pub fn margin_to_shutdown(&self) -> Option<f64> {
        Some(self.shutdown_celsius()? - self.celsius?)
    }

    fn lowest(&self, kinds: &[&str]) -> Option<f64> {
        let trips = self.trips.iter().filter(|trip| kinds.contains(&&*trip.kind));
        trips.map(|trip| trip.celsius).reduce(f64::min)
    }
}
