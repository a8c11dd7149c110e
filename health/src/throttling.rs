//! How often the hardware has slowed itself down.

use serde::Serialize;

use crate::tree::Tree;

/// Over-current alarms of a Jetson.
const ALARMS: [(u32, &str); 3] = [
    (1, "undervoltage"),
    (2, "average_over_current"),
    (3, "instantaneous_over_current"),
];

/// How often the hardware has slowed itself down for one cause since the machine began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThrottleCount {
    /// `undervoltage`, `average_over_current` and `instantaneous_over_current` of a Jetson, `core_temperature` and
    /// `package_temperature` of a PC.
    pub cause: &'static str,
    /// How often.
    pub count: u64,
}

pub(crate) fn read(tree: &Tree) -> Vec<ThrottleCount> {
    let monitors = tree.numbered("/sys/class/hwmon", "hwmon");
    let alarms = (monitors.iter())
        .filter(|(_, path)| tree.text(&format!("{path}/name")).as_deref() == Some("soctherm_oc"))
        .flat_map(|(_, path)| {
            ALARMS.into_iter().filter_map(move |(alarm, cause)| {
                let count = tree.count(&format!("{path}/oc{alarm}_event_cnt"))?;
                Some(ThrottleCount { cause, count })
            })
        });
    let mut counts: Vec<_> = alarms.collect();
    let cpus = tree.numbered("/sys/devices/system/cpu", "cpu");
    let of_cpus = |file: &str| {
        let counts = cpus
            .iter()
            .filter_map(|(_, path)| tree.count(&format!("{path}/thermal_throttle/{file}")));
        counts.collect::<Vec<_>>()
    };
    let cores = of_cpus("core_throttle_count").into_iter().reduce(u64::saturating_add);
    // All cores of a package tell the same: the sum would count it often.
    let package = of_cpus("package_throttle_count").into_iter().max();
    let found = [("core_temperature", cores), ("package_temperature", package)];
    counts.extend(
        found
            .into_iter()
            .filter_map(|(cause, count)| Some(ThrottleCount { cause, count: count? })),
    );
    counts
}
