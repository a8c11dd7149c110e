//! How the machine stands, in the words of `/diagnostics`.

use sinew_health::{Platform, Readings};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use crate::overheating::Demand;
use crate::params::HealthParams;

/// A level of [`DiagnosticStatus`], and why.
pub(crate) type Judgement = (u8, String);

/// Of the computer: its power mode and its clocks against what the robot was tuned with.
pub(crate) fn computer(params: &HealthParams, platform: &Platform, readings: &Readings) -> Judgement {
    let name = platform.module.name.as_deref().unwrap_or("a computer without a name");
    let wanted = params.power_mode.trim();
    let mode = readings.power_mode.as_ref();
    if !wanted.is_empty() && !mode.is_some_and(|mode| mode.is(wanted)) {
        let found = mode.map_or("none".to_owned(), ToString::to_string);
        return (
            DiagnosticStatus::ERROR,
            format!(
                "`power_mode`: expected {wanted}, in which the robot was tuned, found {found}: `sudo nvpmodel -m ID`"
            ),
        );
    }
    if params.steady_clocks && readings.clocks.are_steady() == Some(false) {
        let governors = readings.clocks.governors().join(", ");
        return (
            DiagnosticStatus::WARN,
            format!(
                "`steady_clocks`: the clocks change with the load (governor {governors}): `sudo jetson_clocks`, or the \
                 governor performance"
            ),
        );
    }
    let text = match mode {
        Some(mode) => format!("{name}, power mode {mode}"),
        None => name.to_owned(),
    };
    (DiagnosticStatus::OK, text)
}

/// Of the temperatures, and what was asked for because of them.
pub(crate) fn temperature(readings: &Readings, demand: &Demand, stop_failure: Option<&str>) -> Judgement {
    if let Some(reason) = &demand.stop {
        let failure = stop_failure.map_or(String::new(), |failure| format!("; and it is not: {failure}"));
        return (
            DiagnosticStatus::ERROR,
            format!("the robot is stopped: {reason}{failure}"),
        );
    }
    if let Some(reason) = &demand.slow {
        return (
            DiagnosticStatus::WARN,
            format!("velocities are multiplied with {}: {reason}", demand.scale),
        );
    }
    let Some((zone, celsius)) = readings.hottest() else {
        return (DiagnosticStatus::OK, "no thermal zone can be read".to_owned());
    };
    let mut text = format!("{} {celsius:.1} °C", zone.name);
    match readings.nearest_throttle() {
        Some((zone, margin)) if margin <= 0.0 => {
            text += &format!("; {} slows the machine down", zone.name);
            (DiagnosticStatus::WARN, text)
        }
        Some((zone, margin)) => {
            text += &format!("; {} slows the machine down in {margin:.1} °C", zone.name);
            (DiagnosticStatus::OK, text)
        }
        None => (DiagnosticStatus::OK, text),
    }
}

/// Of the power.
pub(crate) fn power(readings: &Readings) -> Judgement {
    let over: Vec<_> = (readings.rails.iter())
        .filter(|rail| rail.is_over_current)
        .map(|rail| &*rail.name)
        .collect();
    if !over.is_empty() {
        return (
            DiagnosticStatus::WARN,
            format!("more current than the chip was told to warn at: {}", over.join(", ")),
        );
    }
    let rails: Vec<_> = (readings.rails.iter())
        .map(|rail| format!("{} {:.1} W", rail.name, rail.watts))
        .collect();
    let text = if rails.is_empty() {
        "not measured".to_owned()
    } else {
        rails.join(", ")
    };
    (DiagnosticStatus::OK, text)
}

/// Of the memory.
pub(crate) fn memory(params: &HealthParams, platform: &Platform, readings: &Readings) -> Judgement {
    let Some(memory) = readings.memory else {
        return (DiagnosticStatus::OK, "not told".to_owned());
    };
    let (available, total) = (memory.available_bytes >> 20, memory.total_bytes >> 20);
    let shared = if platform.module.soc.is_some() {
        ", which the GPU shares"
    } else {
        ""
    };
    let text = format!("{available} of {total} MiB to be had{shared}");
    if available < u64::from(params.min_memory_mib) {
        let least = params.min_memory_mib;
        return (
            DiagnosticStatus::WARN,
            format!("`min_memory_mib`: {text}, less than {least} MiB: Linux may end this program"),
        );
    }
    (DiagnosticStatus::OK, text)
}
